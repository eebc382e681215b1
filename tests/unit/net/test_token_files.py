"""Tokens in files: who finds which, and who may not read them."""

import os
from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.net.addresses import ServerAddress, parse_server_address
from connectome_tui.net.token_files import (
    OLD_SECONDS,
    forget_old_tokens,
    keep_token,
    put_token,
    read_only_beside,
    token_file_of,
    token_for,
)

HERE = parse_server_address("127.0.0.1:7717")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOME_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("CONNECTOME_TOKEN", raising=False)


def test_a_token_is_made_once_and_is_the_users_alone(tmp_path: Path) -> None:
    """A token is long, made when there is none, kept when there is, and nobody else may read it (SERVER-9)."""
    path = tmp_path / "new" / "token"
    token = keep_token(path)
    assert len(token) >= 40
    assert keep_token(path) == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A file that others may read is refused in one line without the token (SERVER-9)."""
    path = tmp_path / "token"
    put_token(path, "a-secret-of-some-length")
    path.chmod(0o640)
    with pytest.raises(SourceError, match="others may read this token") as caught:
        keep_token(path)
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize("shown", ["127.0.0.1:7717", "localhost:7717", "ws://[::1]:7717/tale"])
def test_a_local_window_finds_the_token_by_address(shown: str) -> None:
    """A window finds the token of a server of its user, under whichever name of this machine (SERVER-9)."""
    token = keep_token(token_file_of(HERE))
    assert token_for(parse_server_address(shown), None) == token


def test_what_is_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named is taken before the environment, and that before what a local server left."""
    found = keep_token(token_file_of(HERE))
    assert token_for(HERE, None) == found
    monkeypatch.setenv("CONNECTOME_TOKEN", "of-the-environment")
    assert token_for(HERE, None) == "of-the-environment"
    put_token(tmp_path / "named", "of-the-file-named")
    assert token_for(HERE, str(tmp_path / "named")) == "of-the-file-named"


def test_who_wants_to_look_shows_the_lesser_token() -> None:
    """With `read_only` the token that may only look is shown, when there is one."""
    full = keep_token(token_file_of(HERE))
    assert token_for(HERE, None, read_only=True) == full
    lesser = keep_token(read_only_beside(token_file_of(HERE)))
    assert token_for(HERE, None, read_only=True) == lesser
    assert token_for(HERE, None) == full


@pytest.mark.parametrize("address", [HERE, ServerAddress("ws", "example.org", 7717), ServerAddress("unix", path="x")])
def test_no_token_is_one_line(address: ServerAddress) -> None:
    """Where no token is found, one line says how to name one."""
    with pytest.raises(SourceError, match="--token-file"):
        token_for(address, None)


def test_a_socket_has_a_token_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same socket has the same token from whichever folder it is named."""
    monkeypatch.chdir(tmp_path)
    whole, short = ServerAddress("unix", path=str(tmp_path / "s")), ServerAddress("unix", path="s")
    assert token_file_of(whole) == token_file_of(short)
    assert token_file_of(whole) != token_file_of(ServerAddress("unix", path="t"))


def test_names_of_hosts_lead_nowhere_else() -> None:
    """Whatever a host is called, its token lies in the folder of the tokens."""
    folder = token_file_of(HERE).parent
    for host in ("../../etc", "a/b", "::1", "." * 200, "ü"):
        path = token_file_of(ServerAddress("ws", host, 1))
        assert path.parent == folder
        assert path.name not in {".", ".."}


def test_tokens_of_servers_long_gone_are_taken_away() -> None:
    """What killed servers left at ports that they will not get again goes after some months; the rest stays."""
    old, new = token_file_of(HERE), token_file_of(ServerAddress("ws", "127.0.0.1", 1))
    keep_token(old)
    keep_token(new)
    long_ago = new.stat().st_mtime - OLD_SECONDS - 10
    os.utime(old, (long_ago, long_ago))
    forget_old_tokens()
    assert (old.exists(), new.exists()) == (False, True)
