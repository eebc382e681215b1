"""The server on an event loop: its sockets, one timer for all that is due, its live sources, and its end."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.live_feed import LiveFeed
from connectome_tui.net.websocket_server import Listener
from connectome_tui.server.core import ServerCore
from connectome_tui.session import LiveSession

STOPPED: Final = "the server ends"
GOODBYE_SECONDS: Final = 2.0
"""So long windows may take to go once they were told."""
ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Alarm:
    """One timer, which serves what is due when it is due. `wake` may be called as often as anybody likes."""

    def __init__(self, core: ServerCore, clock: Clock) -> None:
        self._core, self._clock = core, clock
        self._loop = asyncio.get_running_loop()
        self._asked: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """Something may be due sooner than it was."""
        if self._asked is None:
            self._asked = self._loop.call_soon(self._set)

    def close(self) -> None:
        """Serve nothing any more."""
        for handle in (self._asked, self._timer):
            if handle is not None:
                handle.cancel()
        self._asked = self._timer = None

    def _set(self) -> None:
        self._asked = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._core.next_deadline_ms()
        if due is not None:
            self._timer = self._loop.call_later(max(0.0, due - self._clock.now_ms()) / 1000, self._ring)

    def _ring(self) -> None:
        self._timer = None
        try:
            self._core.serve_deadline()
        finally:
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


async def until_told_to_end() -> None:
    """Wait for SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    signals = [one for one in ENDING if signal.getsignal(one) is not signal.SIG_IGN]  # `nohup` ignores one
    for one in signals:
        loop.add_signal_handler(one, told.set)
    try:
        await told.wait()
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
