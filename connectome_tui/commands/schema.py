"""`connectome schema`: the JSON Schema of step scripts."""

import json

import click

from connectome_tui.sources.script_model import script_json_schema


def run() -> None:
    """Print the schema."""
    click.echo(json.dumps(script_json_schema(), indent=2, ensure_ascii=False))
