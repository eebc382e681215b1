"""Pictures of the live states: waiting, paused, dropping, cut off (SCREENS "States")."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.live_app import LiveApp
from connectome_tui.live_feed import LiveFeed
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import ManualClock
from connectome_tui.events.live import ConnectionStatus
from connectome_tui.session import LiveOptions, start_live_session
from tests.factories import make_event
from tests.live_sources import FakeSource
from tests.ui.driving import pressed, settled
from tests.unit.live import MemoryRecorder

Compare = Callable[..., bool]
Act = Callable[[FakeSource, ManualClock], None]
CALLS = (("client:web", "service:api"), ("service:api", "store:redis"), ("service:api", "service:worker"))
AT_MS = 1_700_000_000_000.0


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def followed(*keys: str, events: int = 24, then: Act | None = None, recorded: bool = True) -> dict[str, Any]:
    """An application on a source that brought some events; `then` is done after the keys."""
    source, clock, feed = FakeSource(), ManualClock(AT_MS), LiveFeed()
    recorder = MemoryRecorder() if recorded else None
    options = LiveOptions(session_id="live", title="otlp 127.0.0.1:4318")
    session = start_live_session(source, recorder, clock=clock, wake=feed.wake, options=options)
    app = LiveApp(session, feed, clock=clock, keymap=build_keymap(), look=LookChoice(colours="truecolor"))

    def is_drained() -> bool:
        return not session.pump.waiting and not session.pump._is_awake

    async def prepare(pilot: Pilot[None]) -> None:
        source.give(
            make_event(number, at_ms=AT_MS + number, duration_ms=3.0, from_node_id=start, to_node_id=end)
            for number in range(events)
            for start, end in [CALLS[number % len(CALLS)]]
        )
        await settled(pilot, is_drained)
        await pressed(pilot, *keys)
        if then is not None:
            then(source, clock)
            await settled(pilot, is_drained)
        clock.advance(1000)
        app.wake()
        app.end()
        session.close()

    return {"app": app, "run_before": prepare}


def lose(source: FakeSource, clock: ManualClock) -> None:
    """The connection is lost; the next try is five seconds away."""
    source.give(status=ConnectionStatus("error", "the server closed the stream", clock.now_ms() + 5000))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_nothing_came_yet(snap_compare: Compare, size: tuple[int, int]) -> None:
    """The address and a line to paste stand in the graph's place."""
    assert snap_compare(**followed(events=0), terminal_size=size)


def test_live(snap_compare: Compare) -> None:
    """Clock times, rates, the newest event lit, the sources in the detail."""
    assert snap_compare(**followed(), terminal_size=(200, 55))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_paused(snap_compare: Compare, size: tuple[int, int]) -> None:
    """What came since waits in the recording, and how much stands in the tick's place."""
    assert snap_compare(**followed("p", then=lambda source, _: source.give(waiting(1204))), terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_dropping(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Without a recording the buffer is full, and what was dropped is counted."""
    arguments = followed("p", then=lambda source, _: source.give(waiting(1212)), recorded=False)
    assert snap_compare(**arguments, terminal_size=size)


def test_cut_off(snap_compare: Compare) -> None:
    """A lost connection has a banner with the next try, and `ctrl+r` leads the footer."""
    assert snap_compare(**followed(then=lose), terminal_size=(120, 40))


def waiting(count: int) -> list[Any]:
    """So many events that come while paused."""
    return [make_event(1000 + number, at_ms=AT_MS) for number in range(count)]
