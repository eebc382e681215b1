"""The text of a step script, YAML or JSON, as plain values, with the line on which each stands.

It reads events and builds values without recursion, so that neither deep nesting nor aliases that
multiply each other can hurt. Plain scalars are numbers, `true`, `false`, `null` or text: `on`, `yes`
and dates are text, as people mean them.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from connectome_tui.sources.script_places import Path, ScriptTextError

MOST_VALUES: Final = 1_000_000
MOST_EXPANDED: Final = 100_000
"""So many values may come from aliases."""
DEEPEST: Final = 50

_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?\d{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,9})?")
_MERGE: Final = "<<"
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The values, and the line of each by its path."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest one around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_script_text(text: str) -> ScriptText:
    """Read one document; `ScriptTextError` for what cannot be read or would grow beyond all bounds."""
    if not text.lstrip().startswith("{"):
        return _Builder().build(text)
    try:
        value = json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        return _flow_yaml_or(text, ScriptTextError(error.lineno, f"expected JSON: {error.msg.lower()}"))
    except RecursionError:
        raise ScriptTextError(1, f"nested more than {DEEPEST} deep") from None
    except _DoubleKeyError:
        return _Builder().build(text.replace("\t", " "))
    return ScriptText(value, _lines_of_json(text))


def _flow_yaml_or(text: str, error: ScriptTextError) -> ScriptText:
    """What begins like JSON may still be YAML in its flow style; if it is not, the error of JSON is the clearer one."""
    try:
        return _Builder().build(text)
    except ScriptTextError:
        raise error from None


def _lines_of_json(text: str) -> dict[Path, int]:
    try:
        return _Builder().build(text.replace("\t", " ")).lines
    except ScriptTextError:
        return {}  # JSON that YAML cannot read (surrogate pairs): errors then name the field alone


class _DoubleKeyError(ValueError):
    """An object has a key twice."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _DoubleKeyError
    return fields


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being filled. `size` counts the values in it, expanded."""

    value: list[Any] | dict[str, Any]
    path: Path
    anchor: str | None
    line: int
    key: str | None = None
    size: int = 1
    key_lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._lines: dict[Path, int] = {}
        self._expanded = 0
        self._root: Any = None

    def build(self, text: str) -> ScriptText:
        """Go through the events of the text."""
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or "it cannot be read"
            raise ScriptTextError(mark.line + 1 if mark else 1, f"expected YAML: {problem}") from None
        except yaml.YAMLError as error:
            raise ScriptTextError(1, f"expected YAML: {str(error).splitlines()[0]}") from None
        return ScriptText(self._root, self._lines)

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.ScalarEvent():
                self._add_scalar(event, line)
            case yaml.AliasEvent():
                self._add_alias(event, line)
            case yaml.SequenceStartEvent():
                self._open([], event, line)
            case yaml.MappingStartEvent():
                self._open({}, event, line)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close()
            case yaml.DocumentStartEvent() if self._root is not None:
                raise ScriptTextError(line, "expected one document")
            case _:
                pass

    def _open(self, value: list[Any] | dict[str, Any], event: yaml.CollectionStartEvent, line: int) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise ScriptTextError(line, f"expected no tag, it has {event.tag}")
        if len(self._stack) >= DEEPEST:
            raise ScriptTextError(line, f"nested more than {DEEPEST} deep")
        if self._stack and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None:
            raise ScriptTextError(line, "expected text as a key")
        self._stack.append(_Open(value, self._next_path(), event.anchor, line))
        if event.anchor:
            self._anchors.pop(event.anchor, None)

    def _close(self) -> None:
        done = self._stack.pop()
        if done.anchor:
            self._anchors[done.anchor] = done.value, done.size
        self._add(done.value, done.line, done.size)

    def _add_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if event.tag not in (None, "!", _TEXT_TAG):
            raise ScriptTextError(line, f"expected no tag, it has {event.tag}")
        holder = self._stack[-1] if self._stack else None
        if holder and isinstance(holder.value, dict) and holder.key is None:
            self._add_key(holder, event.value, line)
            return
        plain = event.implicit[0] and event.tag is None
        value = _scalar(event.value) if plain else event.value
        if event.anchor:
            self._anchors[event.anchor] = value, 1
        self._add(value, line, 1)

    @staticmethod
    def _add_key(holder: _Open, key: str, line: int) -> None:
        if key in holder.key_lines and key != _MERGE:
            raise ScriptTextError(line, f"the key {key!r} is there already, on line {holder.key_lines[key]}")
        holder.key = key
        holder.key_lines[key] = line

    def _add_alias(self, event: yaml.AliasEvent, line: int) -> None:
        if event.anchor not in self._anchors:
            raise ScriptTextError(line, f"*{event.anchor} stands for nothing that is complete before it")
        value, size = self._anchors[event.anchor]
        holder = self._stack[-1] if self._stack else None
        if holder and isinstance(holder.value, dict) and holder.key is None:
            raise ScriptTextError(line, "expected text as a key")
        self._expanded += size
        if self._expanded > MOST_EXPANDED:
            raise ScriptTextError(line, f"aliases that expand to more than {MOST_EXPANDED} values are refused")
        self._add(value, line, size)

    def _add(self, value: Any, line: int, size: int) -> None:
        path = self._next_path()
        self._lines[path] = line
        if len(self._lines) > MOST_VALUES:
            raise ScriptTextError(line, f"more than {MOST_VALUES} values")
        if not self._stack:
            self._root = value
            return
        holder = self._stack[-1]
        holder.size += size
        if isinstance(holder.value, list):
            holder.value.append(value)
            return
        assert holder.key is not None, "a value came before its key"
        if holder.key == _MERGE:
            self._merge(holder.value, value, line)
        else:
            holder.value[holder.key] = value
            self._lines[path] = holder.key_lines[holder.key]
        holder.key = None

    @staticmethod
    def _merge(into: dict[str, Any], value: Any, line: int) -> None:
        """`<<: *defaults`: what the mapping does not say itself comes from there."""
        sources = value if isinstance(value, list) else [value]
        for source in sources:
            if not isinstance(source, dict):
                raise ScriptTextError(line, "expected a mapping to merge")
            for key, merged in source.items():
                into.setdefault(key, merged)

    def _next_path(self) -> Path:
        if not self._stack:
            return ()
        holder = self._stack[-1]
        return (*holder.path, len(holder.value) if isinstance(holder.value, list) else holder.key or "")


def _scalar(text: str) -> Any:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
