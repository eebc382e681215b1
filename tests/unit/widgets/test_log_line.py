"""One row of the log, by text and tokens."""

from typing import Any

import pytest

from connectome_tui.events.model import FlowEvent
from connectome_tui.widgets.log_columns import FlowMeasures, place_columns
from connectome_tui.widgets.log_hits import mark_hits
from connectome_tui.widgets.log_line import RowMarks, draw_entry, draw_rule, fitted_names
from connectome_tui.widgets.painting import CellLine, Look
from connectome_tui.widgets.time_axis import TimeAxis
from tests.factories import make_topology
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, FLOW_START_MS, shop_event

AXIS = TimeAxis((FLOW_START_MS, FLOW_START_MS + 100.0), (0.0, 1.0))
SELECT = shop_event(
    4,
    15.7,
    "service:inventory",
    "store:sqlite",
    label="select",
    call_type="graphQuery",
    duration_ms=4.1,
    payload_summary="select qty from stock",
)


def draw(
    event: FlowEvent, width: int = 120, marks: RowMarks | None = None, look: Look = DARK_LOOK, **measures: Any
) -> CellLine:
    """The row of an event in a flow whose names and labels are short."""
    fields: dict[str, Any] = {"route": 21, "label": 30, "started_at_ms": FLOW_START_MS, "axis": AXIS}
    topology = make_topology([event, shop_event(9, 0.0, "service:inventory", "service:inventory")])
    return draw_entry(
        event, topology, place_columns(width, FlowMeasures(**fields | measures)), marks or RowMarks(), look
    )


def changed(event: FlowEvent, **fields: Any) -> FlowEvent:
    return FlowEvent(**{name: getattr(event, name) for name in FlowEvent.__struct_fields__} | fields)


def tokens_of(line: CellLine, text: str) -> tuple[str, str, str]:
    """The tokens of the first cell of a text in a line."""
    return line.tokens_at(line.text.index(text))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, "15.7 ─▸ ◆ 4.1ms inventory → sqlite select"),
        (80, "15.7 ─▸ ◆ 4.1ms inventory → sqlite select — select qty from sto…"),
        (100, "15.7 ─▸ ◆ query 4.1ms inventory → sqlite select — select qty from stock"),
        (120, "15.7 ─▸ ◆ query 4.1ms inventory → sqlite select select qty from stock"),
        (130, "15.7 ─▸ direct ◆ query 4.1ms inventory → sqlite select — select qty from stock ━"),
        (160, "15.7 ─▸ direct ◆ query 4.1ms inventory → sqlite select select qty from stock ━"),
        (200, "15.7 ─▸ direct ◆ graphQuery 4.1ms inventory → sqlite select select qty from stock ━"),
    ],
)
def test_a_row_at_each_width(width: int, expected: str) -> None:
    """Columns and words come as the log widens (LOG-2)."""
    assert " ".join(draw(SELECT, width).text.split()) == expected


def test_the_tokens_of_a_row() -> None:
    """Badges and durations have their colours, the rest is grey (LOG-2)."""
    line = draw(SELECT)
    assert tokens_of(line, "15.7") == ("text.muted", "base", "")
    assert tokens_of(line, "─▸") == ("trigger.direct", "base", "")
    assert tokens_of(line, "◆ query") == ("call.graphQuery", "base", "")
    assert tokens_of(line, "4.1ms") == ("took.blue", "base", "")
    assert tokens_of(line, "inventory") == ("text", "base", "")
    assert tokens_of(line, "→") == ("text.muted", "base", "")
    assert tokens_of(line, "select ") == ("text", "base", "")
    assert tokens_of(line, "select qty") == ("text.muted", "base", "")


def test_the_newest_row() -> None:
    """It lies on `raised`, with a bar in the colour of its call type, names and label bold."""
    line = draw(SELECT, marks=RowMarks(newest=True))
    assert line.text[0] == "▌"
    assert line.tokens_at(0) == ("call.graphQuery.lit", "raised", "")
    assert tokens_of(line, "select ") == ("text.strong", "raised", "b")
    assert tokens_of(line, "sqlite") == ("text", "raised", "b")


def test_a_selected_row() -> None:
    """It lies on `select` with a bar in `focus`, also when it is the newest."""
    line = draw(SELECT, marks=RowMarks(newest=True, selected=True))
    assert line.tokens_at(0) == ("focus", "select", "")
    assert tokens_of(line, "15.7")[1] == "select"


def test_a_row_behind_the_one_looked_at() -> None:
    """Later rows keep their text and lose their colour (ENGINE-8)."""
    line = draw(SELECT, marks=RowMarks(later=True))
    assert {line.tokens_at(x) for x in range(line.width)} == {("text.muted", "base", "")}
    assert line.text == draw(SELECT).text


def test_an_error() -> None:
    """A failed event has a mark, a label in `error`, and an `error` bar when it is the newest."""
    line = draw(changed(SELECT, status="error"), marks=RowMarks(newest=True))
    assert line.text.startswith("▌✗")
    assert line.tokens_at(0)[0] == "error"
    assert line.tokens_at(1) == ("error", "raised", "b")
    assert tokens_of(line, "select ")[0] == "error"


def test_notes_stand_first_and_in_warn() -> None:
    """A note has a mark, comes before the summary, and skew marks the time as well (SPAN-4)."""
    line = draw(changed(SELECT, notes="skew −1.70 s", at_ms=FLOW_START_MS - 1691.5))
    assert line.text.startswith(" ! −1.692s")
    assert "skew −1.70 s · select qty" in line.text
    assert line.tokens_at(3)[0] == "warn"
    assert tokens_of(line, "skew")[0] == "warn"


def test_notes_are_one_word_where_it_is_narrow() -> None:
    """Narrow, each note keeps its first word."""
    line = draw(changed(SELECT, notes="orphan: parent 7f21 not in the file; duplicate ×2"), 80)
    assert "select orphan duplicate" in line.text


def test_what_is_unknown() -> None:
    """`?` stands for a missing end, in `warn`, and for a duration, muted; a record of nothing has its own tone."""
    line = draw(changed(SELECT, to_node_id="?", label="?", call_type="code", duration_ms=None))
    assert "inventory → ?" in line.text
    assert line.tokens_at(line.text.index("→") + 2)[0] == "warn"
    assert tokens_of(line, "? ?")[0] == "call.unknown"
    assert line.tokens_at(place_columns(120, FlowMeasures()).took_end - 1)[0] == "took.missing"


def test_a_step_inside_a_node() -> None:
    """When both ends are the same the second is muted."""
    line = draw(changed(SELECT, to_node_id="service:inventory"))
    assert tokens_of(line, "inventory →") == ("text", "base", "")
    assert line.tokens_at(line.text.index("→") + 2) == ("text.muted", "base", "")


def test_an_exception_is_told_by_its_label() -> None:
    """The moment of an exception is no failed event, and still stands out."""
    line = draw(changed(SELECT, call_type="moment", trigger="hook", label="exception", duration_ms=None))
    assert tokens_of(line, "exception")[0] == "error"
    assert line.text[1] == " "


def test_data_cannot_control_the_terminal() -> None:
    """Escapes and newlines in a label are shown as text on one line (LOG-5)."""
    line = draw(changed(SELECT, label="a\x1b[2Jb\nc"))
    assert "a\\x1b[2Jb\\nc" in line.text
    assert tokens_of(line, "\\x1b")[0] == "text.muted"


def test_a_row_in_ascii_without_colour() -> None:
    """Without box drawing and colour every meaning still has a sign of its own."""
    line = draw(changed(SELECT, status="error"), 80, RowMarks(newest=True), ASCII_LOOK)
    assert line.text.startswith(">x    15.7  -> q   4.1ms  inventory > sqlite")
    assert line.text.isascii()


@pytest.mark.parametrize(
    ("start", "end", "cells", "expected"),
    [
        ("api", "db", 10, ("api", "db")),
        ("inventory", "db", 8, ("inv…ry", "db")),
        ("db", "inventory", 8, ("db", "inv…ry")),
        ("inventory", "warehouse", 10, ("in…ry", "wa…se")),
    ],
)
def test_the_longer_name_is_elided_in_its_middle(start: str, end: str, cells: int, expected: tuple[str, str]) -> None:
    """Both names stay recognisable in what room there is."""
    assert fitted_names(start, end, cells) == expected


def test_rows_that_are_no_events() -> None:
    """They span the width; what was lost is bold and in `warn`."""
    plain, lost = draw_rule("+12.4 s", 40, DARK_LOOK), draw_rule("3 lines", 40, DARK_LOOK, warn=True)
    assert plain.text.startswith("  ── +12.4 s ────")
    assert plain.text.endswith("── ")
    assert plain.tokens_at(5) == ("text.muted", "base", "")
    assert lost.text.startswith("  ┄┄ 3 lines ┄┄")
    assert lost.tokens_at(5) == ("warn", "base", "b")


@pytest.mark.parametrize(
    ("query", "expected"),
    [("stock", ["stock"]), ("SELECT", []), ("sel", ["sel", "sel"]), ("/s[et]/", ["se", "se", "st"]), ("/(/", [])],
)
def test_hits_are_bold_and_underlined(query: str, expected: list[str]) -> None:
    """What a search means, smart case and regular expressions included, is marked in `text.strong`."""
    line = draw(SELECT)
    mark_hits(line, query)
    marked = "".join(line.text[x] if line.tokens_at(x) == ("text.strong", "base", "bu") else " " for x in range(119))
    assert marked.split() == expected
