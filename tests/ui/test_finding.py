"""Search and filter: typed in the footer's row, counted live, kept up to date while one steps."""

from itertools import count
from types import SimpleNamespace

import pytest

from connectome_tui.app import slices
from connectome_tui.app.app import ConnectomeApp
from connectome_tui.find import bounded
from connectome_tui.store.state import SearchState
from tests.factories import make_flow
from tests.ui.driving import driven, failing_flow, make_app, pressed, rows, settled, text, typed


def search_of(app: ConnectomeApp) -> SearchState:
    search = app.state.view.search
    assert search is not None
    return search


async def test_hits_are_counted_while_typing() -> None:
    """Each letter searches anew: the prompt and the rule of the log say how many hits there are."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "2", "0", "n", "/")
        await typed(pilot, "call 1")
        assert len(search_of(app).hits) == 11
        assert rows(app)[-1].startswith(" / call 1▏")
        assert "11 of 11" in rows(app)[-1]
        await typed(pilot, "5")
        assert search_of(app).hits == (14,)
        await pressed(pilot, "backspace")
        assert len(search_of(app).hits) == 11
        await pressed(pilot, "enter")
        assert "/ call 1  11 of 11 · 20 events" in text(app)


async def test_dot_and_comma_go_to_the_hits() -> None:
    """. goes to the next hit and , to the one before, round at the ends; the stepper does not move."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "2", "0", "n", "/")
        await typed(pilot, "/call (3|7|9)$/")
        await pressed(pilot, "enter")
        assert search_of(app).current == 2
        await pressed(pilot, ".")
        assert search_of(app).current == 0
        await pressed(pilot, ",", ",")
        assert search_of(app).current == 1
        assert app.state.cursor == 20
        await pressed(pilot, "escape")
        assert app.state.view.search is None


async def test_a_broken_expression_is_told_in_the_prompt() -> None:
    """What is no regular expression is said in one line while it is typed; the search before it stays."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n", "/")
        await typed(pilot, "/call (/")
        assert "no regular expression" in rows(app)[-1]


async def test_released_events_join_a_search_and_a_filter() -> None:
    """An event released while a search and a filter are in force is counted by both in the same frame."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n", "/")
        await typed(pilot, "call")
        await pressed(pilot, "enter", "\\")
        await typed(pilot, "status:error")
        await pressed(pilot, "enter", "n", "n")
        assert len(search_of(app).hits) == 7
        assert app.state.view.log_filter is not None
        assert app.state.view.log_filter.passing == (2, 6)


async def test_the_filter_hides_rows_of_the_log_alone() -> None:
    """Only passing rows are in the log, the rule says how many; the ledger keeps all; Escape shows all again."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "9", "n", "\\")
        await typed(pilot, "status:error")
        assert "2 of 9 events" in rows(app)[-1]
        await pressed(pilot, "escape")
        assert "\\ status:error  2 of 9 events" in text(app)
        assert sum("→" in row and "call" in row for row in rows(app)[26:]) == 2
        assert len(app.state.ledger) == 9
        assert "esc no filter" in rows(app)[-1]
        await pressed(pilot, "escape")
        assert app.state.view.log_filter is None


async def test_a_term_that_means_nothing_is_told() -> None:
    """An unknown word in a filter is said with those that are known."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "n", "\\")
        await typed(pilot, "status:broken")
        assert "expected one of ok, error, unset" in rows(app)[-1]


async def test_the_prompt_takes_every_key_and_paste() -> None:
    """Letters that are commands elsewhere, n and q among them, are text in the prompt."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "/")
        await typed(pilot, "nqr.,?")
        assert " / nqr.,?▏" in rows(app)[-1]
        assert app.state.cursor == 0
        await pressed(pilot, "ctrl+w")
        assert " / ▏" in rows(app)[-1]


async def test_a_hit_ahead_is_stepped_to() -> None:
    """With --all the whole recording is searched, and Enter on a hit ahead releases up to it, one commit each."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n", "/")
        await typed(pilot, "/call (3|17|30)$/ --all")
        assert search_of(app).hits == (2, 16, 29)
        assert search_of(app).current == 1
        await pressed(pilot, "enter")
        await settled(pilot, lambda: app.state.cursor == 17)
        assert app.state.ledger[16].event.label == "call 17"
        assert len({entry.commit_id for entry in app.state.ledger}) == 17
        await pressed(pilot, ".")
        assert "is step 30, 13 ahead: enter steps there" in rows(app)[-1]
        await pressed(pilot, "enter")
        await settled(pilot, lambda: app.state.cursor == 30)
        await pressed(pilot, ".")
        assert app.state.view.selection is not None
        assert app.state.view.selection.arrival_index == 2


async def test_a_long_search_leaves_the_keys_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many events are searched in slices: keys are served in between, and all hits are found."""
    app = make_app(make_flow(8_000))
    async with driven(app) as pilot:
        app.main_screen.steps.release(8_000)
        await settled(pilot, lambda: app.state.cursor == 8_000)
        await pressed(pilot, "/")
        # However fast the machine is: each piece of the work takes longer than a slice.
        monkeypatch.setattr(slices, "time", SimpleNamespace(perf_counter=count().__next__))
        app.main_screen.find.typed("search", "call 79")
        assert not search_of(app).done
        await pressed(pilot, "escape", "N")
        assert app.state.inspection_index == 7_998
        await settled(pilot, lambda: search_of(app).done)
        assert len(search_of(app).hits) == 111


async def test_time_order_is_one_key_away() -> None:
    """T puts the log in order of time, and back in order of cause (SPAN-4); the ledger stays as it is."""
    from tests.factories import make_event

    flow = make_flow([make_event(1, at_ms=1000.0), make_event(2, at_ms=1030.0), make_event(3, at_ms=1010.0)])
    app = make_app(flow)

    def shown() -> list[str]:
        return [row.split("call ")[1][0] for row in rows(app)[26:] if "→" in row]

    async with driven(app) as pilot:
        await pressed(pilot, "3", "n")
        assert shown() == ["1", "2", "3"]
        await pressed(pilot, "T")
        assert shown() == ["1", "3", "2"]
        await pressed(pilot, "T")
        assert shown() == ["1", "2", "3"]


async def test_a_runaway_expression_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search and filter say that they were stopped, and stepping goes on."""
    monkeypatch.setattr(bounded, "MOST_SECONDS", 0.01)
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n")
        for key in ("/", "\\"):
            await pressed(pilot, key)
            await typed(pilot, "/" + ".*" * 20 + "~~/")
            assert "takes too long" in rows(app)[-1]
            await pressed(pilot, "enter", "n", "escape")
        assert app.state.cursor == 7
