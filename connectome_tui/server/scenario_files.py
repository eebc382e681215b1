"""Scenarios as files (CLIENT-7): YAML that names a script or recording, a title, and the session that it wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.names import SESSION_PREFIX
from connectome_tui.server.sources import NAME, is_name
from connectome_tui.sources.named import SAMPLE_PREFIX
from connectome_tui.sources.script_places import ScriptTextError, path_text
from connectome_tui.sources.script_text import read_script_text

SUFFIXES: Final = (".yaml", ".yml")
LARGEST: Final = 64 << 10
MOST: Final = 1000
"""So many scenarios of a folder are offered."""


class ScenarioModel(BaseModel):
    """A scenario for `connectome serve --scenarios`."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, use_attribute_docstrings=True)

    title: Annotated[str, Field(min_length=1)]
    """What people choose it by."""
    source: Annotated[str, Field(min_length=1)]
    """The script or recording: a path from this file's folder, `sample:NAME` or `session:ID`."""
    session: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    """The name of the session that it makes."""
    flow: Annotated[str, Field(min_length=1)] | None = None
    """One flow of it by its id, or `all`; the only one if there is none."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by the name of its file. `trouble` says in one line why it cannot be used."""

    name: str
    title: str
    session: str = ""
    source: str = ""
    flow: str | None = None
    trouble: str = ""


def read_folder(folder: Path) -> Sequence[Scenario]:
    """The scenarios of a folder in order of their names; a broken one is there with its trouble.

    `SourceError` when there is no such folder.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    except OSError as problem:
        raise SourceError(str(folder), f"expected a folder of scenarios: {(problem.strerror or '').lower()}") from None
    found: dict[str, Scenario] = {}
    for path in files[:MOST]:
        try:
            scenario = read_scenario(path)
        except SourceError as problem:
            scenario = Scenario(path.stem, path.stem, trouble=str(problem))
        if path.stem in found:
            scenario = Scenario(path.stem, path.stem, trouble=f"{path}: another file has this name")
        found[path.stem] = scenario
    return list(found.values())


def read_scenario(path: Path) -> Scenario:
    """One scenario; `SourceError` names file, line and field."""
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
        text = None if data is None else data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        what = (problem.strerror or "").lower() if isinstance(problem, OSError) else "expected UTF-8 text"
        raise SourceError(str(path), what) from None
    if text is None:
        raise SourceError(str(path), f"expected a scenario of at most {LARGEST >> 10} KiB")
    if not is_name(path.stem):
        raise SourceError(str(path), "expected a file name of letters, digits, `.`, `_` and `-`")
    try:
        read = read_script_text(text)
    except ScriptTextError as problem:
        raise SourceError(str(path), problem.expected, f"line {problem.line}") from None
    try:
        model = ScenarioModel.model_validate(read.value)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        place = path_text(first["loc"])
        line = f"line {read.line(first['loc'])}"
        raise SourceError(str(path), _expected(first), f"{line}, {place}" if place else line) from None
    return Scenario(path.stem, model.title, model.session, _located(model.source, path.parent), model.flow)


def _located(source: str, folder: Path) -> str:
    """Who writes a scenario starts the server, and may name any file that they can read."""
    if source.startswith((SAMPLE_PREFIX, SESSION_PREFIX)):
        return source
    return str(folder / Path(source).expanduser())


def _expected(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "expected, but it is missing"
        case "extra_forbidden":
            return f"is not known here, expected one of {', '.join(ScenarioModel.model_fields)}"
        case "model_type" | "dict_type":
            return "expected a mapping of fields"
        case "string_type" | "string_too_short":
            return "expected text"
        case "string_pattern_mismatch":
            return "expected a name of letters, digits, `.`, `_` and `-`, at most 64"
        case _:
            return str(error["msg"])
