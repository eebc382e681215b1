"""What is particular to Unix sockets: the file (SYNC-8)."""

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from connectome_tui.sync.transports import SyncClient, TopicHub, dial_unix, links, serve_unix
from connectome_tui.sync.transports.hub_peer import HubPeer
from tests.unit.sync.transports.networks import State, until


async def test_the_file_is_for_its_owner_and_goes_with_the_server(tmp_path: Path) -> None:
    """SYNC-8: mode 0600, whatever the umask; removed at the end."""
    before = os.umask(0)
    try:
        server = await serve_unix(TopicHub(), tmp_path / "s")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
    await server.close()
    assert not (tmp_path / "s").exists()


async def test_a_socket_that_nobody_serves_is_replaced(tmp_path: Path) -> None:
    """SYNC-8: what a server that was killed left behind is in nobody's way."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "s"))
    server = await serve_unix(TopicHub(), tmp_path / "s")
    await server.close()


async def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """SYNC-8: a socket that is served, and a file of another kind."""
    server = await serve_unix(TopicHub(), str(tmp_path / "s"))
    with pytest.raises(FileExistsError, match="in use"):
        await serve_unix(TopicHub(), tmp_path / "s")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileExistsError, match="no socket"):
        await serve_unix(TopicHub(), tmp_path / "file")
    assert (tmp_path / "file").read_text() == "precious"
    (tmp_path / "s").unlink()
    successor = await serve_unix(TopicHub(), tmp_path / "s")
    await server.close()
    assert (tmp_path / "s").exists()
    await successor.close()


async def test_lines_may_come_in_pieces(tmp_path: Path) -> None:
    """SYNC-8: and several at once."""
    hub = TopicHub()
    hub.publish("a", State())
    server = await serve_unix(hub, tmp_path / "s")
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    for piece in (
        b'{"type":"snapshot',
        b'.get","id":1,"topic":"a"}\n{"type":"snapshot.get"',
        b',"id":2,"topic":"a"}\n',
    ):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    assert b'"id":1' in await reader.readline()
    assert b'"id":2' in await reader.readline()
    writer.close()
    await writer.wait_closed()
    await server.close()


async def test_a_line_without_an_end_is_answered_before_the_end(tmp_path: Path) -> None:
    """SYNC-8: with a code; and no more than the bound is kept of it."""
    server = await serve_unix(TopicHub(max_message_bytes=1000), tmp_path / "s")
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    writer.write(b"x" * 2000)
    assert b'"too_long"' in await reader.read()
    writer.close()
    await server.close()


async def test_who_does_not_read_holds_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SYNC-8: behind a grace its connection is cut, and the server is closed."""
    monkeypatch.setattr(links, "CLOSE_TIMEOUT_S", 0.01)
    hub = TopicHub()
    hub.publish("a", State(data="x" * 5_000_000))
    server = await serve_unix(hub, tmp_path / "s")
    _, writer = await asyncio.open_unix_connection(str(tmp_path / "s"), limit=1)
    writer.write(b'{"type":"snapshot.get","id":1,"topic":"a"}\n')
    [peer] = await connected(hub)
    await until(lambda: peer._link.waiting_bytes > 1_000_000)
    await server.close()
    assert hub.peers == 0
    writer.close()


async def connected(hub: TopicHub) -> list[HubPeer]:
    await until(lambda: hub.peers)
    return list(hub._peers)


async def test_no_socket_is_a_lost_connection(tmp_path: Path) -> None:
    """SYNC-8: with the system's own words."""
    with pytest.raises(Exception, match="No such file"):
        await SyncClient(dial_unix(tmp_path / "nothing")).connect()
