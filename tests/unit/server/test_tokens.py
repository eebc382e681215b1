"""Which tokens a server takes, and what becomes of their files."""

from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.net.addresses import ServerAddress, parse_server_address
from connectome_tui.net.token_files import keep_token, put_token, read_only_beside, token_file_of, token_for
from connectome_tui.server.tokens import Tokens, check_reach, keep_tokens

HERE = parse_server_address("127.0.0.1:7717")
SOCKET = ServerAddress("unix", path="/tmp/s")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOME_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CONNECTOME_TOKEN", raising=False)


def test_a_token_has_a_role() -> None:
    """Each of the two tokens has its role, and nothing else has any, however odd it is (SERVER-9)."""
    tokens = Tokens("f" * 32, "r" * 32)
    assert tokens.role_of("f" * 32) == "full"
    assert tokens.role_of("r" * 32) == "read-only"
    for other in ("", "f", "f" * 31, "f" * 33, "F" * 32, "\x00", "\ud800", "ü" * 16):
        assert tokens.role_of(other) is None


def test_every_address_of_a_server_leads_to_its_token() -> None:
    """A server at several addresses has one token, which windows find at each; its files stay behind it."""
    kept = keep_tokens([HERE, SOCKET], None)
    full = token_for(HERE, None)
    assert token_for(SOCKET, None) == full
    assert kept.tokens.role_of(full) == "full"
    assert kept.tokens.role_of(token_for(SOCKET, None, read_only=True)) == "read-only"
    kept.close()
    assert token_for(HERE, None) == full


def test_a_server_that_comes_back_takes_the_same_token() -> None:
    """At the same address a server takes the token that windows still have (SERVER-7)."""
    keep_tokens([HERE], None).close()
    token = token_for(HERE, None)
    again = keep_tokens([HERE, SOCKET], None)
    assert again.tokens.role_of(token) == "full"
    assert token_for(SOCKET, None) == token


def test_the_token_of_a_passing_port_goes_with_it() -> None:
    """A port that the system chose leaves no file; the other addresses keep theirs."""
    passing = ServerAddress("ws", "127.0.0.1", 50_000)
    kept = keep_tokens([passing, SOCKET], None, passing=[passing])
    assert token_for(passing, None) == token_for(SOCKET, None)
    kept.close()
    assert not token_file_of(passing).exists()
    assert not read_only_beside(token_file_of(passing)).exists()
    assert token_file_of(SOCKET).exists()


def test_a_file_that_is_named_is_the_only_one(tmp_path: Path) -> None:
    """With a file, its token and the lesser one beside it hold, and nothing is found by address any more."""
    keep_tokens([HERE], None).close()
    named = tmp_path / "token"
    kept = keep_tokens([HERE], str(named))
    assert kept.tokens.role_of(keep_token(named)) == "full"
    assert kept.tokens.role_of(keep_token(read_only_beside(named))) == "read-only"
    with pytest.raises(SourceError, match="a token is needed"):
        token_for(HERE, None)
    kept.close()
    assert named.exists()


def test_the_token_of_the_environment_is_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of the environment holds, and is in no file (SERVER-9)."""
    monkeypatch.setenv("CONNECTOME_TOKEN", "of-the-environment")
    kept = keep_tokens([HERE], None)
    assert kept.tokens.role_of("of-the-environment") == "full"
    assert kept.full_file is None
    assert all("of-the-env" not in path.read_text() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "example.org"])
def test_where_others_can_reach_it_a_token_is_handed_out(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bound to anything but loopback a server refuses to start without a token of somebody's choice (SERVER-9)."""
    address = ServerAddress("ws", host, 7717)
    check_reach([HERE, SOCKET], None)
    with pytest.raises(SourceError, match="--token-file"):
        check_reach([HERE, address], None)
    check_reach([address], str(tmp_path / "token"))
    monkeypatch.setenv("CONNECTOME_TOKEN", "of-the-environment")
    check_reach([address], None)


def test_a_bad_token_file_is_one_line(tmp_path: Path) -> None:
    """A token that is too short, or that others may read, ends the start in one line without it."""
    named = tmp_path / "token"
    put_token(named, "short")
    with pytest.raises(SourceError, match="a token has 16 to") as caught:
        keep_tokens([HERE], str(named))
    assert "short\n" not in str(caught.value)
