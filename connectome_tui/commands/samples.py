"""`connectome samples`: the recordings that come with the program."""

import textwrap

import click

from connectome_tui.samples import SAMPLES


def run() -> None:
    """Print each sample with the name that opens it."""
    width = max(len(sample.name) for sample in SAMPLES)
    for sample in SAMPLES:
        about = textwrap.fill(sample.about, 88, initial_indent=" " * (width + 10), subsequent_indent=" " * (width + 10))
        click.echo(f"sample:{sample.name:<{width}}   {sample.title}\n{about}")
