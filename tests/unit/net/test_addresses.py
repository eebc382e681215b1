"""How addresses of servers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.events.flow import SourceError
from connectome_tui.net.addresses import (
    ServerAddress,
    address_of_session,
    parse_listen_address,
    parse_server_address,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ws://127.0.0.1:7717", ServerAddress("ws", "127.0.0.1", 7717)),
        ("ws://127.0.0.1:7717/", ServerAddress("ws", "127.0.0.1", 7717)),
        ("WS://Example.ORG:1/tale", ServerAddress("ws", "example.org", 1, session="tale")),
        ("localhost:80/a%20b", ServerAddress("ws", "localhost", 80, session="a b")),
        ("localhost", ServerAddress("ws", "localhost", 7717)),
        ("wss://example.org/a%2Fb", ServerAddress("wss", "example.org", 443, session="a/b")),
        ("ws://[::1]:7717/x", ServerAddress("ws", "::1", 7717, session="x")),
        ("unix:/tmp/a.sock", ServerAddress("unix", path="/tmp/a.sock")),
        ("unix:a.sock#my session", ServerAddress("unix", path="a.sock", session="my session")),
        ("unix:/tmp/#1.sock#", ServerAddress("unix", path="/tmp/#1.sock")),
        ("unix:///tmp/a.sock", ServerAddress("unix", path="/tmp/a.sock")),
    ],
)
def test_addresses_are_read(text: str, address: ServerAddress) -> None:
    """Each way to write an address says where the server is, and which session is wanted (CLIENT-1)."""
    assert parse_server_address(text) == address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected ws://HOST:PORT"),
        ("http://localhost:7717", "expected ws://HOST:PORT"),
        ("ws://", "expected ws://HOST:PORT"),
        ("ws://localhost:99999", "expected ws://HOST:PORT"),
        ("ws://localhost:x", "expected ws://HOST:PORT"),
        ("ws://[::1", "expected ws://HOST:PORT"),
        ("ws://localhost:0", "port 0"),
        ("ws://me:secret@localhost:7717", "no secret stands in an address"),
        ("ws://localhost:7717?token=secret", "--token-file"),
        ("ws://localhost:7717/tale#secret", "--token-file"),
        ("ws://localhost:7717/%0a", "no name of a session"),
        ("unix:", "expected the path of a socket"),
        ("unix:#secret", "expected the path of a socket"),
    ],
)
def test_what_is_no_address_is_refused_in_one_line(text: str, expected: str) -> None:
    """What cannot be meant is refused in one line that says what is expected and shows no secret (SERVER-9)."""
    with pytest.raises(SourceError) as caught:
        parse_server_address(text)
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message
    assert "secret:" not in message
    assert "secret@" not in message
    assert "=secret" not in message
    assert "#secret" not in message


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30)


@given(
    st.builds(
        ServerAddress,
        st.sampled_from(["ws", "wss"]),
        host=st.sampled_from(["localhost", "127.0.0.1", "::1", "example.org"]),
        port=st.integers(1, 65535),
        session=NAMES.filter(lambda name: not name.endswith("/")),
    )
    | st.builds(
        ServerAddress,
        st.just("unix"),
        path=NAMES.filter(lambda path: bool(path) and not path.startswith("//")),
        session=NAMES.filter(lambda name: "#" not in name),
    )
)
def test_an_address_can_be_pasted(address: ServerAddress) -> None:
    """What an address is printed as is read as the same address."""
    assert parse_server_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "where"),
    [("7717", "localhost:7717"), ("127.0.0.1:0", "127.0.0.1:0"), ("ws://[::1]:1/", "[::1]:1")],
)
def test_where_to_listen(text: str, where: str) -> None:
    """An address to listen at is HOST:PORT, with or without the scheme that windows use."""
    assert str(parse_listen_address(text)) == where


@pytest.mark.parametrize("text", ["wss://localhost:7717", "http://localhost:1", "ws://localhost:1/tale", "localhost"])
def test_where_nobody_can_listen(text: str) -> None:
    """A session, another scheme or a name without a port is no address to listen at."""
    with pytest.raises(SourceError):
        parse_listen_address(text)


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("ws://127.0.0.1:7717", "ws://127.0.0.1:7717/my%20shop"),
        ("unix:/run/a b.sock", "unix:/run/a b.sock#my shop"),
        ("unix:/run/a#b#", "unix:/run/a#b#my shop"),
    ],
)
def test_the_address_of_a_session_leads_to_it(place: str, address: str) -> None:
    """What a window shows of its session is an address that is understood as this session (SERVER-9)."""
    assert address_of_session(place, "my shop") == address
    assert parse_server_address(address).session == "my shop"
    assert parse_server_address(address).place == parse_server_address(place)
