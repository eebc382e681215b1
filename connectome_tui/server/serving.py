"""The server on an event loop: its sockets, one timer for all that is due, its live sources, and its end."""

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import Final, Self

from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.live_feed import LiveFeed
from connectome_tui.net.websocket_server import Listener
from connectome_tui.server.core import ServerCore
from connectome_tui.server.trouble import Trouble
from connectome_tui.session import LiveSession

STOPPED: Final = "the server ends"
GOODBYE_SECONDS: Final = 2.0
"""So long windows may take to go once they were told."""
AFTER_FAILURE_SECONDS: Final = 1.0
MANY_FILES: Final = 4096
ENDING: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


class Alarm:
    """One timer, which serves what is due when it is due. `wake` may be called as often as anybody likes."""

    def __init__(self, core: ServerCore, clock: Clock) -> None:
        self._core, self._clock = core, clock
        self._loop = asyncio.get_running_loop()
        self._asked: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def wake(self) -> None:
        """Something may be due sooner than it was; nothing is served any more once it is closed."""
        if self._asked is None and not self._is_closed:
            self._asked = self._loop.call_soon(self._set)

    def close(self) -> None:
        """Serve nothing any more."""
        self._is_closed = True
        for handle in (self._asked, self._timer):
            if handle is not None:
                handle.cancel()
        self._asked = self._timer = None

    def _set(self) -> None:
        self._asked = None
        due = self._core.next_deadline_ms()
        if due is None:
            self._set_timer(None)
        else:
            self._set_timer(max(0.0, due - self._clock.now_ms()) / 1000)

    def _set_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        try:
            self._core.serve_deadline()
        except Exception as failure:  # noqa: BLE001 - reported: what is due once more is tried once more, in a while
            self._core.troubles.report(Trouble("what was due", failure))
            self._set_timer(AFTER_FAILURE_SECONDS)
        else:
            self.wake()


class Serving:
    """A server that can be reached, until `close`. All of it happens on the loop on which it was made."""

    def __init__(self, core: ServerCore, clock: Clock, *, allowed_hosts: Sequence[str] = ()) -> None:
        limits = core.services.limits
        self.core = core
        self._alarm = Alarm(core, clock)
        self._listener = Listener(core, allowed_hosts=allowed_hosts, max_connections=limits.clients + limits.strangers)
        self._feeds: list[LiveFeed] = []

    async def listen(self, sockets: Sequence[socket.socket]) -> None:
        """Let windows in at these sockets, which are closed with this server."""
        self.core.wake = self._alarm.wake
        self._alarm.wake()
        for one in sockets:
            await self._listener.listen(one)

    def follow(self, session: LiveSession, feed: LiveFeed) -> None:
        """Take in what live sources bring; `feed` is the one that their session wakes."""
        self._feeds.append(feed)
        feed.begin(session, nullcontext)

    async def close(self, reason: str = STOPPED) -> None:
        """Say goodbye to all, wait a moment until they have gone, and serve nothing any more."""
        self.core.close(reason)
        for feed in self._feeds:
            feed.end()
        self._alarm.close()
        await self._listener.close(reason, GOODBYE_SECONDS)


class EndSignals:
    """Takes the signals that tell a program to end, while the block lasts."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        self._signals = [one for one in ENDING if signal.getsignal(one) is not signal.SIG_IGN]  # `nohup` ignores one

    def __enter__(self) -> Self:
        """Take them."""
        for one in self._signals:
            try:
                self._loop.add_signal_handler(one, self._told.set)
            except NotImplementedError:  # Windows
                signal.signal(one, lambda *_: self._loop.call_soon_threadsafe(self._told.set))
        return self

    def __exit__(self, *_problem: object) -> None:
        """Let them do what they did before."""
        for one in self._signals:
            with suppress(NotImplementedError):
                self._loop.remove_signal_handler(one)

    def watch_standard_input(self) -> None:
        """Take the end of standard input for such a signal; `SourceError` when it is a file, which never waits."""
        try:
            self._loop.add_reader(0, self._read)
        except OSError:
            raise SourceError("standard input", "expected a pipe, which ends with who holds its other end") from None

    def _read(self) -> None:
        if not os.read(0, 4096):
            self._loop.remove_reader(0)
            self._told.set()

    async def wait(self) -> None:
        """Until one has come, also before this was called."""
        await self._told.wait()


def allow_many_files() -> None:
    """Every window is an open file, and the usual bound of 1024 is less than the windows that may come."""
    try:
        import resource
    except ImportError:  # Windows has no such bound
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
