"""A conversation whose connection is lost before an intent is answered (SERVER-5)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from connectome_tui.client import talk as talking
from connectome_tui.client.talk import Talk, TalkError
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.frames import Ack, CommandFrame, decode_from_server, decode_from_window
from connectome_tui.net.links import Link, LinkUser
from connectome_tui.net.websocket_client import DialError
from tests.hosting import TOKEN, MemoryKeeper, Stage
from tests.windows import CoreDialer, MemoryWire

ADDRESS = ServerAddress("unix", path="/nowhere")
Cut = Callable[[MemoryWire], bool]


def asked(wire: MemoryWire) -> bool:
    """A command is on its way to the server."""
    return any(isinstance(decode_from_window(message), CommandFrame) for message in wire.to_server)


def answered(wire: MemoryWire) -> bool:
    """The answer to a command is on its way back."""
    return any(isinstance(frame, Ack) and frame.intent_id for frame in map(decode_from_server, wire.to_window))


class Network:
    """Connects to a server core, and is gone as soon as `cuts` says so, for each in turn."""

    def __init__(self, stage: Stage, *cuts: Cut) -> None:
        self.dialer = CoreDialer(stage.core)
        self._cuts = list(cuts)
        self.then: Callable[[], None] = lambda: None

    async def connect(self, address: ServerAddress, made: Callable[[Link], LinkUser], *, seconds: float) -> Link:
        """As that of a WebSocket."""
        attempt = _Attempt(made)
        self.dialer.dial(attempt)
        if attempt.link is None:
            raise DialError(address, f"nobody listens there within {seconds}")
        return attempt.link

    async def run(self) -> None:
        """Let things through, one at a time."""
        while True:
            await asyncio.sleep(0)
            for wire in [wire for wire in self.dialer.wires if wire.is_open]:
                for move in (wire.one_to_server, wire.one_to_window):
                    if self._cuts and self._cuts[0](wire):
                        self._cuts.pop(0)
                        wire.cut()
                        self.then()
                    move()


class _Attempt:
    def __init__(self, made: Callable[[Link], LinkUser]) -> None:
        self._made = made
        self.link: Link | None = None

    def opened(self, link: Link) -> LinkUser:
        self.link = link
        return self._made(link)

    def failed(self, reason: str, *, final: bool = False) -> None:
        """Nothing came of it."""


async def steps(network: Network, count: int = 1) -> tuple[Ack, int]:
    """Next, so many times, in one conversation."""
    running = asyncio.create_task(network.run())
    try:
        async with asyncio.timeout(5), Talk(ADDRESS, TOKEN, actor="ada") as talk:
            return await talk.repeat("checkout", "next_step", count=count)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    stage.host()
    monkeypatch.setattr(talking, "RATE_SECONDS", 0)
    return stage


@pytest.mark.parametrize("cut", [asked, answered])
async def test_an_intent_whose_answer_was_lost_is_done_once(
    stage: Stage, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost on its way there or back, a Next is sent again under its id: one step, and its answer (SERVER-5)."""
    network = Network(stage, cut)
    monkeypatch.setattr(talking, "connect", network.connect)
    ack, done = await steps(network, 3)
    assert (ack.accepted, done) == (True, 3)
    assert stage.core.sessions["checkout"].state.cursor == 3
    assert len(network.dialer.wires) == 2


async def test_what_is_lost_twice_is_known_to_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is repeated once; then one line says that nobody knows, and nothing was done twice (SERVER-5)."""
    network = Network(stage, answered, answered)
    monkeypatch.setattr(talking, "connect", network.connect)
    with pytest.raises(TalkError, match="the network is gone: nobody knows whether it was done"):
        await steps(network)
    assert stage.core.sessions["checkout"].state.cursor == 1


async def test_a_server_that_does_not_come_back_is_not_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within its time no connection can be made: nobody knows (SERVER-5)."""
    network = Network(stage, answered)
    network.then = lambda: setattr(network.dialer, "is_down", True)
    monkeypatch.setattr(talking, "connect", network.connect)
    monkeypatch.setattr(talking, "AGAIN_SECONDS", 0.01)
    with pytest.raises(TalkError, match="nobody knows"):
        await steps(network)


async def test_another_server_is_not_asked_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not know who asked would do it a second time, and is not asked to (SERVER-5, SERVER-7)."""
    other = Stage(keeper=MemoryKeeper())
    other.host()
    network = Network(stage, answered)
    network.then = lambda: setattr(network.dialer, "port", other.core)
    monkeypatch.setattr(talking, "connect", network.connect)
    with pytest.raises(TalkError, match="nobody knows"):
        await steps(network)
    assert other.core.sessions["checkout"].state.cursor == 0
