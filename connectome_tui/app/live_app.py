"""The application on live sources (ENGINE-5): what comes is drained into the session; everything else is as ever."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn, Protocol, runtime_checkable

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.keymap import Keymap
from connectome_tui.app.live_words import banner_of, lost_sources, waiting_lines
from connectome_tui.app.looks import LookChoice
from connectome_tui.app.pulse import FRAME_MS, earliest
from connectome_tui.app.signals import end_on_signals
from connectome_tui.clock import Clock
from connectome_tui.events.flow import ProgressCallback
from connectome_tui.health.live_watch import LiveHealthWatch
from connectome_tui.live_feed import LiveFeed
from connectome_tui.session import LiveSession
from connectome_tui.store.selectors import select_rates
from connectome_tui.store.state import LiveSourceState, LiveStatus, State
from connectome_tui.widgets.banner import BannerContent

SECOND_MS: Final = 1000.0
"""Sparklines and the time to the next try move so often."""


@runtime_checkable
class Reconnecting(Protocol):
    """A source that can be asked to connect again before its time."""

    def retry_now(self) -> None:
        """Try at once; from any thread."""
        ...


class LiveApp(ConnectomeApp):
    """Connectome on live sources. The session was started already; whoever started it closes it."""

    def __init__(self, session: LiveSession, feed: LiveFeed, *, clock: Clock, keymap: Keymap, look: LookChoice) -> None:
        super().__init__(_nothing_to_open, session.store.state.source.name, clock=clock, keymap=keymap, look=look)
        self._live_session = self.session = session
        self._feed = feed
        self._live_watch = LiveHealthWatch(session)
        self._lost: Mapping[str, LiveSourceState] = {}

    @property
    def live(self) -> LiveStatus:
        """The sources as of the newest commit."""
        live = self.state.live
        assert live is not None, "a live session"
        return live

    def begin(self) -> None:
        """Show what is waited for, and drain what has come already."""
        if not self.is_headless:
            end_on_signals(lambda status: self.exit(return_code=status))
        self._show_what_is_waited_for()
        self._unsubscribe = self._live_session.store.subscribe(self._on_commit)
        with self.one_frame():
            pass
        self._show(State(), self.state)
        self._feed.begin(self._live_session, self.one_frame)

    def end(self) -> None:
        """Show no more of what comes; the session itself goes on."""
        self._feed.end()
        self._unsubscribe()

    @contextmanager
    def one_frame(self) -> Iterator[None]:
        """As ever; the health follows what happened, in the same frame."""
        with super().one_frame():
            yield
            self._live_watch.refresh()

    def _show(self, old: State, new: State) -> None:
        if new.live is not None and (old.live is None or new.live.sources is not old.live.sources):
            self._lost = lost_sources(new.live, self._lost)
        if new.topology.nodes and not old.topology.nodes:
            self.main_screen.flow_opened()
        elif not new.topology.nodes and _held(new) != _held(old):
            self._show_what_is_waited_for(_held(new))
        super()._show(old, new)
        if new.live is not None and new.live.recording_notice != (old.live.recording_notice if old.live else ""):
            self.say(f"Recordings: {new.live.recording_notice}", "warn")

    def _show_what_is_waited_for(self, held: int = 0) -> None:
        self.main_screen.graph.show_placard(waiting_lines(self._live_session.sources, held))

    def next_frame_ms(self, now: float) -> float | None:
        """Once a second while there is a rate, or a time to the next try; and when the graph that grew is laid out."""
        layout = self.main_screen.graph.layout_due_ms
        frame = earliest(super().next_frame_ms(now), None if layout is None else max(layout, now + FRAME_MS))
        rates = select_rates(self.state, now)
        retries = any(source.status.next_retry_ms is not None for source in self.live.sources)
        if retries or (rates is not None and any(rates.events)):
            return earliest(frame, now + SECOND_MS - now % SECOND_MS)
        return frame

    @property
    def banner_content(self) -> BannerContent | None:
        """What is said of connections that are lost."""
        return banner_of(self._lost, self.now_ms(), self.keymap.first_key("other.retry"))

    def choose_flow(self) -> None:
        """There is one log of all that comes."""
        self.say("What comes live is one flow; \\ filters the log")

    def retry_now(self) -> None:
        """Ask the sources that wait to connect again to do so at once."""
        asked = [source for source in self._live_session.sources if isinstance(source, Reconnecting)]
        for source in asked:
            source.retry_now()
        self.say("Trying again" if asked else "There is no connection to try again")


def _held(state: State) -> int:
    return 0 if state.live is None else state.live.held


def _nothing_to_open(_progress: ProgressCallback) -> NoReturn:
    raise AssertionError("a live session opens no recording")
