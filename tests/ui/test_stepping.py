"""Stepping with keys: next, counts, back, head, restart, modes (ENGINE, STORE)."""

from connectome_tui.clock import ManualClock
from tests.factories import make_flow
from tests.ui.driving import driven, failing_flow, make_app, painted, pressed, rows, settled, text


async def test_next_releases_one_event() -> None:
    """Each of Space, Enter and n releases exactly one event, and the screen shows it (ENGINE-2)."""
    app = make_app()
    async with driven(app) as pilot:
        assert "Press Space to release the first event" in text(app)
        for number, key in enumerate(("space", "enter", "n"), 1):
            await pressed(pilot, key)
            assert app.state.cursor == number
            assert f"Step {number} of 40" in text(app)
            assert f"call {number}" in text(app)


async def test_rapid_nexts_are_ordered_entries() -> None:
    """N rapid Nexts give N entries in order (ENGINE-2)."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, *["space"] * 12)
        assert [entry.event.id for entry in app.state.ledger] == [f"e{number}" for number in range(1, 13)]


async def test_a_count_releases_as_many_one_commit_each() -> None:
    """`10n` releases ten events in ten commits, and the count is shown while it is typed."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "1", "0")
        assert rows(app)[-1].strip() == "10"
        await pressed(pilot, "n")
        assert app.state.cursor == 10
        commits = [entry.commit_id for entry in app.state.ledger]
        assert len(set(commits)) == 10
        assert "space next" in rows(app)[-1]


async def test_a_count_is_dropped_by_another_key() -> None:
    """A count is used by the next key or forgotten: after `5y` Next releases one event."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "5", "f", "n")
        assert app.state.cursor == 1


async def test_escape_stops_a_count() -> None:
    """Escape ends a run of releases where it stands, and says where; frames are painted in between."""
    app = make_app(make_flow(20_000))
    async with driven(app) as pilot:
        app.main_screen.steps.release(20_000)
        assert 0 < app.state.cursor < 20_000
        seen = app.state.cursor
        await painted(pilot)
        assert app.state.cursor >= seen
        await pressed(pilot, "escape")
        stopped_at = app.state.cursor
        assert stopped_at < 20_000
        assert f"Stopped after {stopped_at} of 20000" in rows(app)[-1]
        await painted(pilot)
        assert app.state.cursor == stopped_at


async def test_the_end_is_said_and_nothing_is_appended() -> None:
    """Next at the end appends nothing and the sentence says that it is the end (ENGINE-4)."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "1", "0", "n", "n", "n")
        assert len(app.state.ledger) == 10
        assert "The end is reached: 10 events, 2 errors" in text(app)
        assert rows(app)[-1].lstrip().startswith("r restart")


async def test_starting_after_some_steps() -> None:
    """`--at N` shows the same as N presses: as many entries, one commit each."""
    app = make_app(at=7)
    async with driven(app) as pilot:
        await settled(pilot, lambda: app.state.cursor == 7)
        assert len({entry.commit_id for entry in app.state.ledger}) == 7


async def test_a_count_goes_on_under_other_screens() -> None:
    """A run of releases goes on while the help is opened and closed over it."""
    app = make_app(make_flow(6_000))
    async with driven(app) as pilot:
        app.main_screen.steps.release(6_000)
        await pressed(pilot, "?", "escape", "?")
        await settled(pilot, lambda: app.state.cursor == 6_000)


async def test_looking_back_and_forward() -> None:
    """N looks back without changing ledger and cursor, n goes forward again, G returns to the head (ENGINE-8)."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "8", "n", "N", "N")
        assert (app.state.inspection_index, app.state.cursor) == (5, 8)
        assert "looking at 6 of 8" in text(app)
        assert rows(app)[-1].lstrip().startswith("n forward  N back  G to the head")
        await pressed(pilot, "n")
        assert (app.state.inspection_index, app.state.cursor) == (6, 8)
        await pressed(pilot, "G")
        assert (app.state.inspection_index, app.state.cursor) == (None, 8)
        await pressed(pilot, "3", "N")
        assert app.state.inspection_index == 4


async def test_restart_keeps_the_log_behind_a_boundary() -> None:
    """R begins a new session at cursor 0 and keeps the ledger (STORE-9)."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "3", "n", "r")
        assert app.state.cursor == 0
        assert len(app.state.ledger) == 4
        assert "session 2 · restarted" in text(app)


async def test_realtime_plays_at_each_tick_and_next_is_blocked() -> None:
    """M plays one event at each nominal tick of the clock; Next is refused with a message; m goes back (ENGINE-5)."""
    clock = ManualClock(1_000_000.0)
    app = make_app(clock=clock)
    async with driven(app) as pilot:
        await pressed(pilot, "m")
        assert (app.state.mode, app.state.speed) == ("realtime", "1x")
        clock.advance(1000)
        app.wake()
        clock.advance(999)
        app.wake()
        assert app.state.cursor == 1
        await pressed(pilot, "space")
        assert app.state.cursor == 1
        assert "Next is blocked in realtime" in rows(app)[-1]
        await pressed(pilot, "p")
        clock.advance(5000)
        app.wake()
        assert app.state.cursor == 1
        await pressed(pilot, "m")
        assert app.state.mode == "stepper"


async def test_no_timer_runs_while_nothing_moves() -> None:
    """In the stepper no timer is set once a message is gone; in realtime one is, until it is left."""
    clock = ManualClock(1_000_000.0)
    app = make_app(clock=clock)
    async with driven(app) as pilot:
        await pressed(pilot, "space")
        assert app._pulse.due_ms is None
        await pressed(pilot, "p")
        assert app._pulse.due_ms == clock.now_ms() + 4000
        clock.advance(4000)
        app.wake()
        await painted(pilot)
        assert app._pulse.due_ms is None
        assert "space next" in rows(app)[-1]
        await pressed(pilot, "m")
        assert app._pulse.due_ms is not None
        await pressed(pilot, "m")
        assert app._pulse.due_ms is None


async def test_errors_are_gone_to() -> None:
    """E and E look at the next and the previous error that was released; behind the last comes the first."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "9", "n", "E")
        assert app.state.inspection_index == 6
        await pressed(pilot, "E")
        assert app.state.inspection_index == 2
        await pressed(pilot, "e")
        assert app.state.inspection_index == 6
        await pressed(pilot, "e")
        assert app.state.inspection_index == 2
        assert "From the first error" in rows(app)[-1]
