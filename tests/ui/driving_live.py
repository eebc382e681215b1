"""The application on live sources, without a terminal: a source in the hand, a clock in the hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.live_app import LiveApp
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import ManualClock
from connectome_tui.events.live import EventRecorder
from connectome_tui.live_feed import LiveFeed
from connectome_tui.session import LiveOptions, LiveSession, start_live_session
from tests.live_sources import FakeSource
from tests.ui.driving import SIZE, painted, settled


@dataclass
class Driven:
    """A running application with what drives it."""

    app: LiveApp
    pilot: Pilot[Any]
    source: FakeSource
    clock: ManualClock
    session: LiveSession

    async def drained(self) -> None:
        """Let everything that was handed over be drained and painted."""
        await settled(self.pilot, lambda: not self.session.pump.waiting and not self.session.pump._is_awake)

    async def passed(self, ms: float) -> None:
        """Let time go by, and everything that is due be done."""
        self.clock.advance(ms)
        self.app.wake()
        await painted(self.pilot)


@asynccontextmanager
async def live_app(
    *,
    size: tuple[int, int] = SIZE,
    recorder: EventRecorder | None = None,
    source: FakeSource | None = None,
    options: LiveOptions | None = None,
) -> AsyncIterator[Driven]:
    """The application, running, with its first frame painted; everything is ended behind it."""
    source, clock, feed = source or FakeSource(), ManualClock(1_700_000_000_000.0), LiveFeed()
    session = start_live_session(
        source, recorder, clock=clock, wake=feed.wake, options=options or LiveOptions(session_id="live")
    )
    app = LiveApp(session, feed, clock=clock, keymap=build_keymap(), look=LookChoice(colours="truecolor"))
    try:
        async with app.run_test(size=size) as pilot:
            driven = Driven(app, pilot, source, clock, session)
            await driven.drained()
            yield driven
        app.end()
    finally:
        session.close()
