"""The window's client over real sockets: it comes, steps, leaves, and nothing of it is left (CLIENT-9)."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectome_tui.client.connection_session import Identity
from connectome_tui.client.dialing import WebSocketDialer
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import SystemClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.frames import TOPICS
from connectome_tui.net.websocket_server import Listener
from connectome_tui.receiver.addresses import Address, bind, bound_address
from tests.hosting import TOKEN, Stage
from tests.shared_windows import check_equal

SECONDS = 20
CYCLES = 100


@asynccontextmanager
async def shared(stage: Stage, port: int = 0) -> AsyncIterator[ServerAddress]:
    """A server on a free port of this machine."""
    listener = Listener(stage.core)
    (listening,) = bind(Address("127.0.0.1", port))
    address = bound_address(listening)
    async with asyncio.timeout(SECONDS):
        await listener.listen(listening)
        yield ServerAddress("ws", host="127.0.0.1", port=address.port)
        stage.core.close()
        await listener.close("the server ends")


async def until(holds: Callable[[], bool], client: WindowClient | None = None) -> None:
    """Wait for a condition, and let a window have its time."""
    while not holds():
        if client is not None:
            client.serve_deadline()
        await asyncio.sleep(0.001)


def make_window(address: ServerAddress) -> WindowClient:
    """A window on the session `checkout`."""
    return WindowClient(
        str(address.place),
        WebSocketDialer(address),
        SystemClock(),
        identity=Identity("ada"),
        auth=lambda: TOKEN,
        session="checkout",
        topics=TOPICS,
        random=lambda: 1.0,
    )


OPEN_FILES = Path("/proc/self/fd")


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(list(OPEN_FILES.iterdir()))


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="counts descriptors where Linux lists them")
async def test_a_hundred_windows_leave_no_task_socket_or_thread() -> None:
    """Attach and detach a hundred times over real sockets, politely and not (CLIENT-9)."""
    stage = Stage()
    hosted = stage.host(events=CYCLES)
    async with shared(stage) as address:
        tasks, files, threads = len(asyncio.all_tasks()), descriptors(), threading.active_count()
        for cycle in range(CYCLES):
            client = make_window(address)
            client.connect()
            if cycle % 4:
                await until(lambda client=client: client.connection.ready)  # type: ignore[misc]
                client.send(NextStep())
                if cycle % 4 == 1:
                    await until(lambda client=client: client.in_flight == 0)  # type: ignore[misc]
                    check_equal(hosted.state, client.store.state)
            elif cycle % 8:
                await asyncio.sleep(0)
            client.teardown()
            assert client.connection.status == "disconnected"
        await until(lambda: stage.core.connections == 0)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        await until(lambda: descriptors() <= files)
        assert threading.active_count() == threads


async def test_a_window_comes_back_when_its_server_does() -> None:
    """The server ends and is there again: stale meanwhile, then the same session, and what was done is there."""
    stage = Stage()
    stage.host()
    async with shared(stage) as address:
        client = make_window(address)
        client.connect()
        await until(lambda: client.connection.ready)
        client.send(NextStep())
        await until(lambda: client.store.state.cursor == 1)
    await until(lambda: client.connection.status == "reconnecting")
    assert client.connection.active_session is None
    assert client.connection.last_error
    assert client.store.state.cursor == 1
    again = Stage(keeper=stage.keeper)
    hosted = again.host()
    async with shared(again, address.port):
        client.retry_now()
        await until(lambda: client.connection.ready, client)
        check_equal(hosted.state, client.store.state)
        client.teardown()
    assert client.connection.status == "disconnected"
