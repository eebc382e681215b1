"""Properties of session files: the index is what naive reading gives, exports come back byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import ALL_FLOWS, Progress
from connectome_tui.events.model import CALL_TYPES, STATUSES, TRIGGERS, FlowEvent
from connectome_tui.session import export_recording
from connectome_tui.sources import session_file, session_index
from tests.factories import make_event
from tests.sessions import HEADER, event_line, open_lines

IDS = st.sampled_from([f"e{number}" for number in range(8)])
TEXTS = st.text(max_size=6)
NAMES = st.text(min_size=1, max_size=6)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.builds(
    FlowEvent,
    id=IDS,
    at_ms=NUMBERS,
    from_node_id=NAMES,
    to_node_id=NAMES,
    trigger=st.sampled_from(TRIGGERS),
    call_type=st.sampled_from(CALL_TYPES),
    label=NAMES,
    duration_ms=st.none() | NUMBERS,
    payload_summary=st.none() | TEXTS,
    notes=st.none() | TEXTS,
    status=st.sampled_from(STATUSES),
    parent_event_id=st.none() | IDS,
    link_event_ids=st.lists(IDS, max_size=2).map(tuple),
    sentence=st.none() | TEXTS,
)
DETAILS = st.fixed_dictionaries({}, optional={"attributes": st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3)})
GOOD = st.tuples(EVENTS, DETAILS)
ODD = st.dictionaries(st.sampled_from(["id", "label", "at_ms", "trigger", "notes", "x"]), VALUES, max_size=4)
BAD = st.sampled_from([b"", b"  ", b"nonsense", b"[]", b'{"id":', b"3", b"\xff"])


def unique_ids(events: list[tuple[FlowEvent, dict]]) -> list[tuple[FlowEvent, dict]]:
    """Each id once, as within a session."""
    return list({event.id: (event, detail) for event, detail in events}.values())


@settings(max_examples=50)
@given(st.lists(st.lists(GOOD, max_size=8).map(unique_ids), min_size=1, max_size=3))
def test_an_export_opens_and_exports_to_the_same_bytes(sessions: list[list[tuple[FlowEvent, dict]]]) -> None:
    """Whatever an export wrote, opening and exporting it again gives the same bytes (STORE-12)."""
    lines = []
    for number, events in enumerate(sessions):
        lines.append(HEADER.replace(b'"f1"', b'"f%d"' % number).replace(b'"s-1"', b'"s-%d"' % number))
        lines += [event_line(event, **detail) for event, detail in events]
    first = b"".join(export_recording(open_lines(*lines), ALL_FLOWS, "jsonl"))
    again = b"".join(export_recording(open_lines(*first.splitlines()), ALL_FLOWS, "jsonl"))
    assert first == again


def naive_rows(lines: list[tuple[str, Any]]) -> tuple[list[Any], list[int]]:
    """What reading line by line gives: the kept lines in order, and the numbers of the bad ones."""
    kept = [content for kind, content in lines if kind != "bad"]
    bad = [number for number, (kind, content) in enumerate(lines, 2) if kind == "bad" and content.strip()]
    return kept, bad


MIXED = st.lists(
    st.one_of(GOOD.map(lambda good: ("good", good)), ODD.map(lambda odd: ("odd", odd)), BAD.map(lambda b: ("bad", b))),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(MIXED, st.integers(40, 2000), st.integers(1, 4))
def test_the_index_is_what_naive_reading_gives(lines: list[tuple[str, Any]], piece: int, page: int) -> None:
    """Rows, parents, children, errors and bad lines are the same as those of reading one line after the other."""
    written = [
        content
        if kind == "bad"
        else json.dumps(content).encode()
        if kind == "odd"
        else event_line(content[0], **content[1])
        for kind, content in lines
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(session_index, "SLICE", piece)
        patched.setattr("connectome_tui.sources.session_rows.PAGE", page)
        recording = open_lines(HEADER, *written)
        rows = recording.flow("f1").events
        events = [rows[row] for row in range(len(rows))]
        details = [dict(rows.detail(row).attributes) for row in range(len(rows))]
    kept, bad = naive_rows(lines)
    assert len(rows) == len(kept)
    assert [number.line for number in recording.report.bad_lines] == bad
    for event, detail, content in zip(events, details, kept, strict=True):
        if isinstance(content, tuple):
            assert event == content[0]
            assert detail == content[1].get("attributes", {})
        else:
            assert event.id
            assert event.label
    assert recording.report.errors == sum(event.status == "error" for event in events)
    first_with_id = {event.id: row for row, event in reversed(list(enumerate(events)))}
    for row, event in enumerate(events):
        parent = None if event.parent_event_id in (None, event.id) else first_with_id.get(event.parent_event_id)
        assert rows.parent_row(row) == parent
        assert [child for child in range(len(rows)) if rows.parent_row(child) == row] == list(rows.child_rows(row))


def test_rows_can_be_read_while_the_rest_is_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every slice of the indexing, all rows that there are can be read, and they do not change."""
    monkeypatch.setattr(session_file, "OPEN_AT_ONCE", 0)
    monkeypatch.setattr(session_index, "SLICE", 3000)
    events = [make_event(number, parent_event_id=f"e{number // 2}") for number in range(1, 200)]
    recording = open_lines(HEADER, *map(event_line, events), partial=True)
    rows = recording.flow("f1").events
    lengths = []

    def read(_progress: Progress) -> None:
        lengths.append(len(rows))
        for row in {0, len(rows) // 2, len(rows) - 1}:
            assert rows[row] == events[row]
            assert rows.parent_row(row) == (None if row == 0 else (row + 1) // 2 - 1)

    recording.finish(read)
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 5
    assert lengths[-1] == 199
