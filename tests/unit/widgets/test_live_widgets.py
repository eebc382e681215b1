"""What panes show of live sources: rates, connections, what waits, gaps, counters."""

from dataclasses import replace

import pytest

from connectome_tui.events.live import ConnectionPhase, ConnectionStatus, LiveCounters
from connectome_tui.graph.picture import lay_out
from connectome_tui.graph.viewport import fitted
from connectome_tui.store.state import LiveSourceState, LiveStatus, Selection, State, ViewState
from connectome_tui.widgets.detail_document import DetailWriter
from connectome_tui.widgets.detail_sources import shows_sources, sources_document
from connectome_tui.widgets.flow_graph_growth import RELAYOUT_MS, Growth, steadied
from connectome_tui.widgets.glyphs import ASCII, UNICODE
from connectome_tui.widgets.header import header_line
from connectome_tui.widgets.live_marks import connection_runs, waiting_runs
from connectome_tui.widgets.sparkline import bars, rate_of, rate_runs, rate_text
from connectome_tui.widgets.standing import Standing
from tests.factories import make_event, make_topology
from tests.unit.widgets.stepped import DARK_LOOK

LEVELS = UNICODE.sparkline


def source(phase: ConnectionPhase = "connected", retry_ms: float | None = None, **fields: object) -> LiveSourceState:
    known = LiveSourceState(name="127.0.0.1:4318", kind="receiver", status=ConnectionStatus(phase, "", retry_ms))
    return replace(known, **fields)  # type: ignore[arg-type]


def words(runs: object) -> str:
    return "".join(run.text for run in runs)  # type: ignore[attr-defined]


def test_a_sparkline_shows_the_minute() -> None:
    """The highest cell is full, a little is never nothing, and what nothing came in is blank."""
    minute = [0] * 30 + [1] * 6 + [1000] * 12 + [500] * 12
    assert bars(minute, 10, LEVELS) == "     ▁██▄▄"
    assert bars([0] * 60, 10, LEVELS) == " " * 10
    assert bars([], 10, LEVELS) == " " * 10


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0/s"),
        (0.04, "0.0/s"),
        (1.4, "1.4/s"),
        (9.94, "9.9/s"),
        (9.96, "10/s"),
        (212, "212/s"),
        (9_999, "9999/s"),
        (24_980, "25.0k/s"),
        (99_960, "100k/s"),
        (1_250_000, "1.2M/s"),
    ],
)
def test_a_rate_fits_seven_cells(rate: float, text: str) -> None:
    """A figure has a decimal below ten, and never more than seven cells."""
    assert rate_text(rate) == text
    assert len(text) <= 7


def test_a_rate_is_that_of_whole_seconds() -> None:
    """The second that runs does not count, nor the time before anything came; a pause after it does."""
    assert rate_of([0] * 57 + [20, 20, 3]) == 20
    assert rate_of([0] * 59 + [7]) == 7
    assert rate_of([50] * 40 + [0] * 20) == 0
    assert rate_of([]) == 0


def test_the_rate_takes_the_same_room_whatever_it_is() -> None:
    """Nothing beside the sparkline moves; in ASCII there is the figure alone."""
    widths = {len(words(rate_runs([count] * 60, UNICODE, "text"))) for count in (0, 3, 900, 25_000)}
    assert widths == {18}
    assert words(rate_runs([212] * 60, ASCII, "text")) == "212/s  "


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (source("listening"), "● live"),
        (source("connecting"), "◌ connecting"),
        (source("error", 5.0), "◌ reconnecting"),
        (source("disconnected", 5.0), "◌ reconnecting"),
        (source("error"), "✗ lost"),
        (source("disconnected"), "· ended"),
    ],
)
def test_a_connection_is_a_glyph_and_a_word(known: LiveSourceState, text: str) -> None:
    """Each state of a connection reads differently, also without colour."""
    state = State(mode="realtime", live=LiveStatus(sources=(source(), known)))
    assert words(connection_runs(state, UNICODE)) == text
    assert words(connection_runs(replace(state, local_pause=True), UNICODE)) == "‖ paused"


def test_a_recording_has_no_connection() -> None:
    """Only what is live, or paused, says so."""
    assert not connection_runs(State(), UNICODE)


def test_what_waits() -> None:
    """In the recording a count; in the bounded buffer a bar that turns to a warning, and what was dropped."""
    assert words(waiting_runs(LiveStatus(held=1204, held_in_recording=True), UNICODE, cells=16)) == (
        "waiting 1 204 in the recording"
    )
    half = LiveStatus(sources=(source(held=500),), held=500)
    assert words(waiting_runs(half, UNICODE, cells=8)) == "held ━━━━──── 500/1000"
    assert {run.fg for run in waiting_runs(half, UNICODE, cells=8)} == {"text.muted", "text", "rule"}
    full = LiveStatus(sources=(source(held=1000), source(held=0)), held=1000, overflowed=212)
    runs = waiting_runs(full, UNICODE, cells=8)
    assert words(runs) == "held ━━━━━━━━ 1000/1000 · 212 dropped"
    assert (runs[1].fg, runs[-1].fg) == ("warn", "error")


def test_the_detail_of_sources_names_every_loss() -> None:
    """Counters by reason, what left the log and why, and where it is recorded (STORE-10)."""
    counters = LiveCounters(received=10, dropped={"queue full": 4}, bad=2, skipped={"metrics": 3})
    live = LiveStatus(
        sources=(source(counters=counters),), arrived=6, shown=6, evicted=5, evicted_why="more than 1", recording="x-1"
    )
    lines = [words(line) for line in sources_document(live, DetailWriter(60, airy=False), UNICODE).lines]
    for expected in ("received     10", "bad          2", "dropped      4   queue full", "not shown    3   metrics"):
        assert any(expected in line for line in lines), expected
    assert any("gone         5   more than 1" in line for line in lines)
    assert any("recording    x-1" in line for line in lines)


def test_when_the_detail_is_of_the_sources() -> None:
    """While events pass by and nothing is selected; what is looked at, selected or held comes before it."""
    state = State(mode="realtime", live=LiveStatus())
    assert shows_sources(state)
    assert not shows_sources(replace(state, live=None))
    assert not shows_sources(replace(state, local_pause=True))
    assert not shows_sources(replace(state, inspection_index=3))
    assert not shows_sources(replace(state, view=ViewState(selection=Selection("event", arrival_index=1))))
    assert shows_sources(replace(state, local_pause=True, view=ViewState(selection=Selection("source"))))


def test_the_pace_of_a_growing_graph() -> None:
    """One layout at a time, and a pause behind each; a clock that went back holds nothing up."""
    growth = Growth()
    assert growth.is_due(5000.0)
    growth.begin(5000.0)
    assert not growth.is_due(9000.0)
    assert growth.due_ms is None
    growth.end()
    assert not growth.is_due(5000.0 + RELAYOUT_MS - 1)
    assert growth.due_ms == 5000.0 + RELAYOUT_MS
    assert growth.is_due(5000.0 + RELAYOUT_MS)
    assert growth.is_due(10.0)


def test_what_was_there_stays_on_the_screen_as_a_graph_grows() -> None:
    """A card keeps its cells while all of the larger picture is in view; then the view is fitted anew."""
    calls = [
        make_event(number, from_node_id=f"service:{number}", to_node_id=f"service:{number + 1}") for number in range(9)
    ]
    size = (120, 20)
    before = lay_out(make_topology(calls[:1]), size)
    view = fitted(before, *size)
    after = lay_out(make_topology(calls[:2]), size, previous=before)
    kept = steadied(view, before, after, fitted(after, *size))
    first, still = before.cards[0], after.cards[0]
    assert (first.x + view.x, first.y + view.y) == (still.x + kept.x, still.y + kept.y)
    larger = lay_out(make_topology(calls[:5]), size, previous=after)
    assert steadied(kept, after, larger, fitted(larger, *size)) == fitted(larger, *size)


def test_a_graph_that_grows_keeps_its_order_and_fits() -> None:
    """Cards that were there stay in their columns, the drawing stays inside the pane (GRAPH-3)."""
    calls = [make_event(number, from_node_id="service:hub", to_node_id=f"store:{number}") for number in range(8)]
    size = (100, 20)
    picture = lay_out(make_topology(calls[:1]), size)
    for count in range(2, 9):
        grown = lay_out(make_topology(calls[:count]), size, previous=picture)
        assert grown.fits
        order = [card.part.id for card in sorted(grown.cards, key=lambda card: card.y) if card.part.zone == "GRAPH"]
        was = [card.part.id for card in sorted(picture.cards, key=lambda card: card.y) if card.part.zone == "GRAPH"]
        assert [part for part in order if part in was] == was
        picture = grown


def test_a_new_node_gets_a_column_of_its_own() -> None:
    """As a chain grows its nodes stand side by side, not all in the column of the first (GRAPH.md)."""
    calls = [
        make_event(number, from_node_id=f"service:{number}", to_node_id=f"service:{number + 1}") for number in range(3)
    ]
    picture = lay_out(make_topology(calls[:1]), (120, 20))
    for count in (2, 3):
        picture = lay_out(make_topology(calls[:count]), (120, 20), previous=picture)
    assert len({card.x for card in picture.cards}) == 4


def test_rates_make_room_for_what_is_followed() -> None:
    """Where a header is too narrow for both, sparklines go before the address (SCREENS "Header")."""
    state = State(mode="realtime", live=LiveStatus(sources=(source(),), arrived=1))
    for address, are_rates_shown in (("ws://h:1/w", True), (f"ws://{'host' * 9}:7717/w", False)):
        text = header_line(state, DARK_LOOK, 100, standing=Standing("connected", session="w", address=address)).text
        assert address in text
        assert ("0/s" in text) is are_rates_shown
