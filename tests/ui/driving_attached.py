"""A window on a server, both in memory and in one loop: the network between them is in the hand of the test."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot

from connectome_tui.app.attached_app import AttachedApp
from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.client.connection_session import Identity
from connectome_tui.client.dialer import DialUser
from connectome_tui.client.window import WindowClient
from connectome_tui.net.links import Link, LinkUser
from tests.hosting import TOKEN, Stage
from tests.links import MEMORY
from tests.ui.driving import SIZE, painted, post, rows

ADDRESS = "ws://10.0.4.7:7717"


class _End:
    """One end of a wire: what is sent through it waits until the wire is pumped."""

    def __init__(self, wire: "Wire") -> None:
        self._wire = wire
        self.other: LinkUser | None = None
        self.waiting: list[bytes] = []

    @property
    def waiting_bytes(self) -> int:
        return sum(map(len, self.waiting))

    def send(self, message: bytes) -> None:
        if self._wire.is_open:
            self.waiting.append(message)

    def close(self, reason: str = "") -> None:
        self._wire.close(reason)


class Wire:
    """A connection in memory."""

    def __init__(self) -> None:
        self.is_open = True
        self.window, self.server = _End(self), _End(self)
        self._closed_why = ""
        self._is_told = False

    def close(self, reason: str) -> None:
        """End it; both are told when the wire is pumped."""
        if self.is_open:
            self.is_open = False
            self._closed_why = reason

    def pump(self) -> bool:
        """Deliver everything that waits, in order; whether there was anything."""
        moved = False
        for end in (self.window, self.server):
            while end.waiting and end.other is not None:
                moved = True
                end.other.received(end.waiting.pop(0))
        if not self.is_open and not self._is_told:
            self._is_told = moved = True
            for end in (self.window, self.server):
                if end.other is not None:
                    end.other.closed(self._closed_why)
        return moved


class MemoryDialer:
    """Dials the stage while it is reachable."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.is_reachable = True
        self.wires: list[Wire] = []

    def dial(self, attempt: DialUser) -> None:
        if not self.is_reachable:
            attempt.failed("connection refused")
            return
        wire = Wire()
        wire.server.other = attempt.opened(wire.window)
        wire.window.other = self.stage.core.connected(wire.server, MEMORY)
        self.wires.append(wire)

    def cancel(self) -> None:
        """Nothing is ever half made."""

    def pump(self) -> bool:
        """Let everything through."""
        moved = [wire.pump() for wire in self.wires]
        return any(moved)

    def cut(self, *, reachable: bool = False) -> None:
        """The network is gone, and stays away."""
        self.is_reachable = reachable
        for wire in self.wires:
            wire.window.waiting.clear()
            wire.server.waiting.clear()
            wire.close("the network is gone")


@dataclass
class DrivenWindow:
    """A running window with its line to the server."""

    app: AttachedApp
    pilot: Pilot[Any]
    client: WindowClient
    dialer: MemoryDialer

    def rows(self) -> list[str]:
        """The lines of its screen: drawn as this application, of the several that run."""
        with self.app._context():
            return list(rows(self.app))

    def text(self) -> str:
        """Its whole screen."""
        return "\n".join(self.rows())

    def press(self, *keys: str) -> None:
        """Press keys; what comes of it is seen when the windows have settled."""
        post(self.pilot, *keys)


@dataclass
class Windows:
    """A server in memory and the windows on it."""

    stage: Stage
    stack: AsyncExitStack
    windows: list[DrivenWindow] = field(default_factory=list)

    @classmethod
    def of(
        cls, stage: Stage, app: AttachedApp, pilot: Pilot[Any], client: WindowClient, dialer: MemoryDialer
    ) -> "Windows":
        """A window that runs already."""
        return cls(stage, AsyncExitStack(), [DrivenWindow(app, pilot, client, dialer)])

    async def open(
        self, name: str = "ada", *, session: str = "", size: tuple[int, int] = SIZE, reachable: bool = True, **more: Any
    ) -> DrivenWindow:
        """One more window, running, with its first session painted."""
        dialer = MemoryDialer(self.stage)
        dialer.is_reachable = reachable
        app, client = make_window(dialer, name, session=session, **more)
        pilot = await self.stack.enter_async_context(app.run_test(size=size))
        driven = DrivenWindow(app, pilot, client, dialer)
        self.windows.append(driven)
        await self.settle()
        return driven

    async def settle(self) -> None:
        """Let everything through and be painted, until nothing moves any more."""
        quiet = 0
        for _ in range(200):
            for window in self.windows:
                if window.app.is_running:
                    await painted(window.pilot)
            self.stage.pass_time(0)
            moved = [window.dialer.pump() for window in self.windows]
            busy = [window.app._pacer._timer or window.client.in_flight for window in self.windows]
            quiet = 0 if any(moved) or any(busy) else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("the windows did not come to rest")

    async def passed(self, ms: float) -> None:
        """Let time go by for all, and what is due be done."""
        self.stage.pass_time(ms)
        for window in self.windows:
            window.app.wake()
        await self.settle()


def make_window(
    dialer: MemoryDialer,
    name: str = "ada",
    *,
    session: str = "",
    auth: Callable[[], str] = lambda: TOKEN,
    look: LookChoice | None = None,
    address: str = ADDRESS,
    **more: Any,
) -> tuple[AttachedApp, WindowClient]:
    """A window that is not running yet."""
    clock = dialer.stage.clock
    client = WindowClient(
        address,
        dialer,
        clock,
        identity=Identity(user=name, client="test"),
        auth=auth,
        session=session,
        random=lambda: 0.5,
    )
    look = look or LookChoice(colours="truecolor")
    with patch.object(sys, "stdout", sys.__stdout__):  # what runs already has put something of its own there
        return AttachedApp(client, clock=clock, keymap=build_keymap(), look=look, **more), client


@asynccontextmanager
async def shared(*, events: int = 40, stage: Stage | None = None) -> AsyncIterator[Windows]:
    """A server with one session, `checkout`, unless the stage is made already."""
    if stage is None:
        stage = Stage()
        stage.host("checkout", events=events)
    async with AsyncExitStack() as stack:
        yield Windows(stage, stack)


def link_of(window: DrivenWindow) -> Link:
    """The window's end of its newest wire."""
    return window.dialer.wires[-1].window
