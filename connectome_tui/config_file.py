"""The configuration file: TOML, validated field by field, every error with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from connectome_tui.amounts import duration_ms, size_bytes
from connectome_tui.config import CardStyle, Config, KeyRemap, RecordingsConfig, RestartPolicy, ThemeChoice
from connectome_tui.events.flow import SourceError
from connectome_tui.events.topology import Zone
from connectome_tui.recordings.cap import DEFAULT_CAP
from connectome_tui.store.retention import DEFAULT_MAX_EVENTS, Retention
from connectome_tui.traces.overrides import NodeOverride

_LEAST_BYTES: Final = 1_000_000
"""Less than this would not hold one recording."""
_HEADER: Final = re.compile(r"\s*\[(\[)?\s*(?P<name>[^\]]+?)\s*\]")
_KEY: Final = re.compile(r"""\s*(?P<name>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_DECODE_ERROR: Final = re.compile(
    r"(?P<reason>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL
)


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _size(value: Any) -> Any:
    return size_bytes(value) if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    return duration_ms(str(value))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _NodeTable(_Strict):
    match: str = Field(min_length=1)
    title: str | None = Field(default=None, min_length=1)
    zone: Zone | None = None
    kind: str | None = Field(default=None, min_length=1)


class _RecordingsTable(_Strict):
    folder: Path | None = None
    max_size: Annotated[int, BeforeValidator(_size)] = Field(default=DEFAULT_CAP, ge=_LEAST_BYTES)


class _RetentionTable(_Strict):
    max_events: int = Field(default=DEFAULT_MAX_EVENTS, ge=1)
    max_age: Annotated[float, BeforeValidator(_duration)] | None = Field(default=None, gt=0)


class _ConfigTable(_Strict):
    theme: ThemeChoice | None = None
    ascii: bool | None = None
    cards: CardStyle = "fill"
    restart_policy: RestartPolicy = "boundary"
    keys: dict[str, Annotated[list[str], BeforeValidator(_one_or_more)]] = Field(default_factory=dict)
    nodes: list[_NodeTable] = Field(default_factory=list)
    recordings: _RecordingsTable = _RecordingsTable()
    retention: _RetentionTable = _RetentionTable()


_TABLES: Final[dict[int | str, type[_Strict]]] = {
    "nodes": _NodeTable,
    "recordings": _RecordingsTable,
    "retention": _RetentionTable,
}


def parse_config(path: Path, content: bytes) -> Config:
    """The configuration in `content`; `path` is for messages. Raises `SourceError` with the line."""
    try:
        text = content.decode()
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(str(path), "expected text in UTF-8", f"line {line}") from None
    except tomllib.TOMLDecodeError as error:
        raise _decode_error(path, text, error) from None
    if isinstance(tables.get("keys"), dict):
        tables["keys"] = dict(_flat(tables["keys"]))
    try:
        table = _ConfigTable.model_validate(tables)
    except ValidationError as error:
        raise _validation_error(path, text, error) from None
    folder = table.recordings.folder and path.parent / table.recordings.folder.expanduser()
    return Config(
        path=path,
        theme=table.theme,
        ascii=table.ascii,
        cards=table.cards,
        restart_policy=table.restart_policy,
        keys={name: KeyRemap(tuple(keys), _line_of(text, ("keys", name))) for name, keys in table.keys.items()},
        nodes=tuple(NodeOverride(node.match, node.title, node.zone, node.kind) for node in table.nodes),
        recordings=RecordingsConfig(folder, table.recordings.max_size),
        retention=Retention(table.retention.max_events, table.retention.max_age),
    )


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Ids of commands have a dot, which TOML takes for a table inside a table unless they are quoted."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _decode_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> SourceError:
    found = _DECODE_ERROR.fullmatch(str(error))
    reason = found["reason"] if found else str(error)
    line = found["line"] if found and found["line"] else str(len(text.splitlines()) or 1)
    return SourceError(str(path), f"expected TOML: {reason[:1].lower()}{reason[1:]}", f"line {line}")


def _validation_error(path: Path, text: str, error: ValidationError) -> SourceError:
    first = error.errors(include_url=False)[0]
    location = tuple(part for part in first["loc"] if part != "function-before")
    name = ".".join(str(part) for part in location if not isinstance(part, int))
    if first["type"] == "extra_forbidden":
        known = _TABLES.get(location[0], _ConfigTable) if len(location) > 1 else _ConfigTable
        expected = f"there is no setting {name!r}; expected one of {', '.join(known.model_fields)}"
    elif first["type"] == "value_error":
        expected = f"{name}: {first['ctx']['error']}"
    else:
        message = first["msg"]
        expected = f"{name}: {message[:1].lower()}{message[1:]}, found {first['input']!r}"
    line = _line_of(text, location)
    return SourceError(str(path), expected, f"line {line}" if line else "")


def _line_of(text: str, location: tuple[int | str, ...]) -> int:
    """The line (from 1) where the nearest part of `location` stands; 0 when it cannot be told."""
    wanted = [str(part) for part in location]
    best, best_length = 0, 0
    for line, found in _settings(text):
        common = _common_length(found, wanted)
        if common > best_length and common == min(len(found), len(wanted)):
            best, best_length = line, common
    return best


def _settings(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each header and each key with its line and its full place, entries of lists by their number."""
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header["name"])
            if header[1]:
                index = counts.get(header["name"], 0)
                counts[header["name"]] = index + 1
                table.append(str(index))
            yield number, table
        elif key := _KEY.match(line):
            parts = _parts(key["name"])
            yield number, [*table, ".".join(parts)] if table == ["keys"] else [*table, *parts]


def _parts(name: str) -> list[str]:
    return [part.strip("\"' ") for part in re.findall(r""""[^"]*"|'[^']*'|[^.]+""", name)]


def _common_length(found: list[str], wanted: list[str]) -> int:
    length = 0
    for one, other in zip(found, wanted, strict=False):
        if one != other:
            break
        length += 1
    return length
