"""The filter of the log: terms that an event has to meet, all of them, each of which `!` inverts."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import CALL_TYPES, STATUSES, TRIGGERS, FlowEvent
from connectome_tui.events.topology import Topology
from connectome_tui.find.query import QueryError, fold, parse_query
from connectome_tui.find.search import ROWS_AT_ONCE, EventSource, SearchSlice
from connectome_tui.find.texts import detail_texts, event_texts, plain_text
from connectome_tui.find.words import Word, split_words

DetailReader = Callable[[], EventDetail]
Test = Callable[[FlowEvent, DetailReader, Topology], bool]

HELP: Final = "node:api  from:  to:  trigger:async  call:llm  status:error  took>100ms  attr:key=value  text  !term"
"""The terms in one line, for the prompt."""

_TOOK: Final = re.compile(r"took(>=|<=|>|<)(\d+(?:\.\d+)?|\.\d+)(us|µs|ms|s|m)?")
_ATTRIBUTE: Final = re.compile(r"(.+?)(>=|<=|=|>|<)(.*)", re.DOTALL)
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {">": gt, ">=": ge, "<": lt, "<=": le}
_MILLISECONDS: Final[Mapping[str, float]] = {"us": 0.001, "µs": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_CALLS_BY_WORD: Final = {name.lower(): name for name in CALL_TYPES} | {"query": "graphQuery", "link": "graphLink"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter in force: its text, and its tests; an empty one lets everything pass."""

    text: str
    tests: tuple[Test, ...]

    def passes(self, event: FlowEvent, detail: DetailReader, topology: Topology) -> bool:
        """Whether the event meets all terms. `detail` is asked for only where a term needs it."""
        return all(test(event, detail, topology) for test in self.tests)


def parse_filter(text: str) -> Filter:
    """A filter as it is typed, terms separated by blanks. `QueryError` says in one line what means nothing."""
    return Filter(text.strip(), tuple(_test(word) for word in split_words(text)))


def filter_events(events: EventSource, condition: Filter, topology: Topology, rows: range) -> Iterator[SearchSlice]:
    """The rows among `rows` (with step 1) that pass, in order, in slices of a few milliseconds."""
    for start in range(rows.start, rows.stop, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, rows.stop)
        hits = [row for row in range(start, stop) if _row_passes(events, row, condition, topology)]
        yield SearchSlice(tuple(hits), stop)


def _row_passes(events: EventSource, row: int, condition: Filter, topology: Topology) -> bool:
    return condition.passes(events[row], lambda: events.detail(row), topology)


def _test(word: Word) -> Test:
    test = _text_test(word.text) if word.quoted else _term_test(word.text)
    if not word.inverted:
        return test
    return lambda event, detail, topology: not test(event, detail, topology)


def _term_test(text: str) -> Test:
    name, colon, value = text.partition(":")
    if text.startswith("took") and text[4:5] in ("<", ">", "="):
        return _took_test(text)
    if not colon or name not in _TERMS:
        return _text_test(text)
    if not value:
        raise QueryError(f"{name}: needs a value behind the colon, as in {_TERMS[name][1]}")
    return _TERMS[name][0](value)


def _text_test(text: str) -> Test:
    query = parse_query(text)

    def says(event: FlowEvent, detail: DetailReader, topology: Topology) -> bool:
        return query.matches_any(event_texts(event, topology)) or query.matches_any(detail_texts(detail()))

    return says


def _node_test(value: str) -> Test:
    named = _named(value)
    return lambda event, _detail, topology: any(
        _is_node(named, node_id, topology) for node_id in (event.from_node_id, event.to_node_id)
    )


def _from_test(value: str) -> Test:
    named = _named(value)
    return lambda event, _detail, topology: _is_node(named, event.from_node_id, topology)


def _to_test(value: str) -> Test:
    named = _named(value)
    return lambda event, _detail, topology: _is_node(named, event.to_node_id, topology)


def _is_node(named: Callable[[str], bool], node_id: str, topology: Topology) -> bool:
    return named(topology.title(node_id)) or named(node_id) or named(node_id.partition(":")[2])


def _trigger_test(value: str) -> Test:
    wanted = _choices("trigger", value, {name: name for name in TRIGGERS})
    return lambda event, _detail, _topology: event.trigger in wanted


def _call_test(value: str) -> Test:
    wanted = _choices("call", value, _CALLS_BY_WORD)
    return lambda event, _detail, _topology: event.call_type in wanted


def _status_test(value: str) -> Test:
    wanted = _choices("status", value, {name: name for name in STATUSES})
    return lambda event, _detail, _topology: event.status in wanted


def _choices(term: str, value: str, known: Mapping[str, str]) -> frozenset[str]:
    """`error` or `ok,error`, each one of the known words."""
    words = [word.lower() for word in value.split(",")]
    for word in words:
        if word not in known:
            raise QueryError(f"{term}:{word}: expected one of {', '.join(dict.fromkeys(known.values()))}")
    return frozenset(known[word] for word in words)


def _took_test(text: str) -> Test:
    match = _TOOK.fullmatch(text)
    if match is None:
        raise QueryError(f"{text}: expected a time, as in took>100ms, took>=1.5s or took<20")
    compare, bound = _COMPARED[match[1]], float(match[2]) * _MILLISECONDS[match[3] or "ms"]
    return lambda event, _detail, _topology: event.duration_ms is not None and compare(event.duration_ms, bound)


def _attribute_test(value: str) -> Test:
    match = _ATTRIBUTE.fullmatch(value)
    if match is None:
        return lambda _event, detail, _topology: bool(_values(detail(), value))
    key, sign, wanted = match.groups()
    if sign == "=":
        named = _named(wanted)
        return lambda _event, detail, _topology: any(named(_attribute_text(found)) for found in _values(detail(), key))
    try:
        bound = float(wanted)
    except ValueError:
        raise QueryError(f"attr:{value}: expected a number behind {sign}") from None
    compare = _COMPARED[sign]
    return lambda _event, detail, _topology: any(
        number is not None and compare(number, bound) for number in map(_number, _values(detail(), key))
    )


def _values(detail: EventDetail, key: str) -> Sequence[Any]:
    """What attributes, resource and identity hold under a key."""
    return [values[key] for values in (detail.attributes, detail.resource, detail.identity) if key in values]


def _attribute_text(value: Any) -> str:
    return value if isinstance(value, str) else plain_text(value)


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _named(value: str) -> Callable[[str], bool]:
    """Whether a name is the one meant: all of it, `*` and `?` standing for others, or a regular expression in it."""
    if len(value) > 2 and value.startswith("/") and value.endswith("/"):
        return parse_query(value).matches
    folded = fold(value) == value
    if not any(character in value for character in "*?"):
        return lambda name: eq(fold(name) if folded else name, value)
    pattern = re.compile(translate(value.replace("[", "[[]")))
    return lambda name: pattern.match(fold(name) if folded else name) is not None


_TERMS: Final[Mapping[str, tuple[Callable[[str], Test], str]]] = {
    "node": (_node_test, "node:api"),
    "from": (_from_test, "from:api"),
    "to": (_to_test, "to:api"),
    "trigger": (_trigger_test, "trigger:async"),
    "call": (_call_test, "call:llm"),
    "status": (_status_test, "status:error"),
    "attr": (_attribute_test, "attr:http.status_code=404"),
}
