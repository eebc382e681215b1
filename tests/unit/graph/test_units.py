"""The units of a run on the graph: columns by level, marks, colours and progress (RUN-6, SCREENS "Runs")."""

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import InspectBy, NextStep
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.events.topology import Node, Topology, with_resting_edges
from connectome_tui.graph.card_painter import DrawOptions
from connectome_tui.graph.cell_row import CellRow
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.look_selectors import select_looks, select_next_looks
from connectome_tui.graph.looks import CardLook, Looks, looks_at_rest
from connectome_tui.graph.picture import Picture, lay_out
from connectome_tui.graph.raster import draw_rows
from connectome_tui.graph.viewport import fitted
from connectome_tui.runs.run_graph import read_graph
from connectome_tui.runs.run_topology import nodes_of
from connectome_tui.samples import sample_path
from connectome_tui.session import start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.store.state import State


def topology(needs: dict[str, list[str]], levels: list[list[str]] | None = None) -> Topology:
    graph = {
        "nodes": [{"id": unit, "tasks": 7} for unit in needs],
        "edges": [{"from": need, "to": unit} for unit, its in needs.items() for need in its],
    }
    return with_resting_edges(Topology(nodes=nodes_of(read_graph(graph | ({"levels": levels} if levels else {})))))


def column_titles(picture: Picture) -> list[set[str]]:
    columns: dict[int, set[str]] = {}
    for card in picture.cards:
        columns.setdefault(card.x, set()).add(card.part.title)
    return [columns[x] for x in sorted(columns)]


def rows_of(picture: Picture, looks: Looks, size: tuple[int, int], **options: bool) -> list[CellRow]:
    viewport = fitted(picture, *size)
    return list(draw_rows(picture, looks, viewport, range(size[1]), DrawOptions(**options)))


CHAIN = {"fetch": [], "build": ["fetch"], "lint": ["fetch"], "test": ["build", "lint"]}


def test_units_stand_in_the_columns_of_their_levels() -> None:
    """The run first, then a column for each level; the levels that the run gives count, not the edges."""
    assert column_titles(lay_out(topology(CHAIN), (120, 30))) == [{"run"}, {"fetch"}, {"build", "lint"}, {"test"}]
    levels = [["fetch"], ["build"], ["lint"], ["test"]]
    by_level = lay_out(topology(CHAIN, levels), (120, 30))
    assert column_titles(by_level) == [{"run"}, {"fetch"}, {"build"}, {"lint"}, {"test"}]


def test_dependencies_are_drawn_before_anything_travels_them() -> None:
    """All edges of the graph are there at rest."""
    picture = lay_out(topology(CHAIN), (120, 30))
    assert len(picture.routes) == 5


def test_more_levels_than_a_zone_has_columns_otherwise() -> None:
    """Twelve levels are twelve columns, and the run."""
    chain = {f"u{number}": [f"u{number - 1}"] if number else [] for number in range(12)}
    assert len(column_titles(lay_out(topology(chain), (80, 20)))) == 13


def test_columns_stay_when_the_topology_grows() -> None:
    """A run that comes after something else puts its units in their columns, whatever was there (GRAPH-3)."""
    before = lay_out(Topology(nodes=(Node(id="unit:test", title="test", kind="unit", zone="BACKEND"),)), (120, 30))
    after = lay_out(topology(CHAIN), (120, 30), previous=before)
    assert column_titles(after) == [{"run"}, {"fetch"}, {"build", "lint"}, {"test"}]


@pytest.mark.parametrize(
    ("state", "glyph", "in_ascii", "token"),
    [
        ("pending", "○", ".", "text.muted"),
        ("ready", "◌", "o", "text"),
        ("in_progress", "◐", "%", "call.code"),
        ("complete", "●", "*", "ok"),
        ("failed", "✗", "x", "error"),
        ("blocked", "⊘", "!", "warn"),
    ],
)
def test_each_state_has_a_mark_and_a_colour(state: str, glyph: str, in_ascii: str, token: str) -> None:
    """The mark stands before the title, both in the colour of the state; in ASCII another mark."""
    picture = lay_out(topology({"build": []}), (80, 12))
    look = CardLook(state=state, progress="3/7")  # type: ignore[arg-type]
    looks = Looks((look, look), looks_at_rest(picture).edges)
    rows = rows_of(picture, looks, (80, 12))
    row = next(row for row in rows if "build" in row.text())
    at = row.text().index("build") - 2
    assert (row.chars[at], row.tokens[at][0], row.tokens[at + 2][0]) == (glyph, token, token)
    assert any("3/7" in row.text() for row in rows)
    plain = "\n".join(row.text() for row in rows_of(picture, looks, (80, 12), ascii_only=True))
    assert f"{in_ascii} build" in plain
    assert plain.isascii()


def test_a_chip_shows_the_tasks_behind_its_title() -> None:
    """In a short pane a card is one row: mark, title, and the tasks where there is room."""
    picture = lay_out(topology({"build": [], "a-unit-with-a-long-name": []}), (80, 6))
    assert picture.level == Level.CHIP
    look = CardLook(state="complete", progress="7/7 12.8s")
    text = "\n".join(row.text() for row in rows_of(picture, Looks((look,) * 3, looks_at_rest(picture).edges), (80, 6)))
    assert "● build" in text
    assert "7/7" in text


def test_nothing_moves_while_a_run_goes_on() -> None:
    """The progress of the longest run fits beside its mark: cards are as wide before as after (GRAPH-3)."""
    picture = lay_out(topology(CHAIN), (120, 30))
    assert all(card.width - 2 * card.inset >= len("7/7 12.8s") for card in picture.cards)


def test_stepping_and_looking_back_draw_what_drawing_anew_would() -> None:
    """After every step, forward and back, what was taken over equals what is asked for anew."""
    recording = open_recording([str(sample_path("run"))])
    session = start_session(recording, ALL_FLOWS, clock=ManualClock())
    store, engine = session.store, session.engine
    picture = lay_out(store.state.topology, (120, 20))
    looks, before = select_looks(store.state, picture), store.state
    assert {look.state for look in looks.cards} == {"pending"}

    def check(old: State, known: Looks) -> Looks:
        new = select_next_looks(old, store.state, picture, known)
        assert new == select_looks(store.state, picture)
        return new

    for command in [NextStep()] * 53 + [InspectBy(-1)] * 52 + [InspectBy(1)] * 20:
        engine.dispatch_runtime_command(command)
        looks, before = check(before, looks), store.state
    recording.close()


def test_many_units_fold_and_show_what_asks_for_attention() -> None:
    """From a hundred units on the rest of each level is one card in its column, and it has a state too."""
    needs: dict[str, list[str]] = {"fetch": []} | {f"u{number}": ["fetch"] for number in range(150)}
    picture = lay_out(topology(needs), (120, 30))
    folded = [card.part for card in picture.cards if card.part.folded]
    assert len(picture.cards) <= 49
    assert [(part.title, part.column, part.has_state) for part in folded] == [("+104 units", 2, True)]
    assert len(column_titles(picture)) == 3
