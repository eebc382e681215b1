"""The documentation is tested: what is not documented, or no longer true, fails."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connectome_tui.cli import connectome
from connectome_tui.config_file import _ConfigTable, _NodeTable
from connectome_tui.find.filters import _TERMS, parse_filter
from connectome_tui.samples import SAMPLES
from connectome_tui.sources.script_model import NodeModel, ScriptModel, StepModel

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
ID = re.compile(r"\b(?:EVENT|SPAN|STORE|ENGINE|LOG|GRAPH|WAIT|TICK|RUN|HEALTH|SYNC|SERVER|CLIENT)-\d+\b")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")


def pages() -> list[Path]:
    return [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def section(page: str, title: str) -> str:
    """The text under a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"docs/{page} has no section {title!r}"
    return found[1]


def options_of_commands() -> Iterator[tuple[str, str]]:
    for name, command in connectome.commands.items():
        parts = command.commands.values() if isinstance(command, click.Group) else ()
        for parameter in [parameter for one in (command, *parts) for parameter in one.params]:
            if isinstance(parameter, click.Option):
                yield from ((name, option) for option in [*parameter.opts, *parameter.secondary_opts])


def ids_in(*folders: str) -> set[str]:
    """The ids that files cite; of ranges as `STORE-1 to STORE-4` the ends alone."""
    files = (file for folder in folders for file in (REPOSITORY / folder).rglob("*.py"))
    return {found for file in files for found in ID.findall(file.read_text())}


@pytest.mark.parametrize(("command", "option"), options_of_commands())
def test_every_option_is_documented(command: str, option: str) -> None:
    """Each option of each command stands in docs/command-line.md under its command."""
    assert re.search(rf"`{option}[ `]", section("command-line.md", f"connectome {command}"))


def test_every_key_is_documented() -> None:
    """docs/keys.md is what the command table makes of it: run ./scripts/docs."""
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.documentation", "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_setting_is_documented() -> None:
    """Each setting of the configuration stands in its page, and the example there has all of them."""
    settings = (DOCS / "configuration.md").read_text()
    for name in _ConfigTable.model_fields:
        assert f"`{name}`" in settings or f"[{name}]" in settings or f"[[{name}]]" in settings
        assert re.search(rf"^(?:{name} = |\[+{name}\]+)", settings, re.MULTILINE)
    for name in _NodeTable.model_fields:
        assert f"| `{name}` |" in section("configuration.md", "Nodes")


@pytest.mark.parametrize(("model", "title"), [(NodeModel, "Nodes"), (StepModel, "Steps")])
def test_every_field_of_a_script_is_documented(model: type[ScriptModel], title: str) -> None:
    """Each field of nodes and steps stands in docs/step-scripts.md."""
    text = section("step-scripts.md", title)
    for name, field in model.model_fields.items():
        assert f"`{field.alias or name}`" in text


def test_the_example_script_is_a_script() -> None:
    """The example in docs/step-scripts.md can be opened as it stands there."""
    from connectome_tui.sources.script_model import check_script
    from connectome_tui.sources.script_text import read_script_text

    example = re.search(r"```yaml\n(.*?)```", (DOCS / "step-scripts.md").read_text(), re.DOTALL)
    assert example
    assert len(check_script(read_script_text(example[1]).value)["steps"]) == 3


def test_the_example_configuration_is_one(tmp_path: Path) -> None:
    """The example in docs/configuration.md is read without an error, its keys included."""
    from connectome_tui.config import load_config

    example = re.search(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)
    assert example
    (tmp_path / "config.toml").write_text(example[1])
    assert load_config(tmp_path / "config.toml").keys


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a page or a heading finds it."""
    for target, anchor in LINK.findall(page.read_text()):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert anchor[1:] in {heading.lower().replace(" ", "-") for heading in headings}


def test_every_term_of_a_filter_is_documented() -> None:
    """Each term stands in docs/search-and-filter.md, and every filter there can be read."""
    text = section("search-and-filter.md", "Filter")
    for term in _TERMS:
        assert f"`{term}:" in text
    examples = [
        part for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for part in re.findall(r"`(.*?)`", row)
    ]
    block = re.search(r"```\n(.*?)```", text, re.DOTALL)
    assert block
    for example in [*examples, *block[1].splitlines()]:
        assert parse_filter(example).tests


def test_every_page_is_in_the_index() -> None:
    """Whoever starts at docs/index.md finds every page."""
    index = (DOCS / "index.md").read_text() + (DOCS / "decisions" / "index.md").read_text()
    for page in DOCS.rglob("*.md"):
        assert page.name in index or page == DOCS / "index.md"


def test_ids_that_are_cited_are_requirements() -> None:
    """Every id in a docstring or a test stands in docs/requirements.md."""
    known = set(re.findall(r"^- (\w+-\d+) ", (DOCS / "requirements.md").read_text(), re.MULTILINE))
    assert not ids_in("connectome_tui", "tests") - known


def test_requirements_are_tested() -> None:
    """Every line of docs/requirements.md is cited by a test."""
    known = set(re.findall(r"^- (\w+-\d+) ", (DOCS / "requirements.md").read_text(), re.MULTILINE))
    assert not known - ids_in("tests")


def test_samples_in_the_docs_are_samples() -> None:
    """Every `sample:NAME` of the docs can be opened."""
    names = {name for page in pages() for name in re.findall(r"sample:([a-z-]+)", page.read_text())}
    assert names <= {sample.name for sample in SAMPLES}


def test_the_readme_begins_with_the_two_commands() -> None:
    """Whoever opens the README sees first how to run it and how to test it."""
    first_lines = (REPOSITORY / "README.md").read_text().splitlines()[:6]
    assert any(line.startswith("./scripts/connectome ") for line in first_lines)
    assert any(line.startswith("./scripts/test ") for line in first_lines)
