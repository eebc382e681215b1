"""What a server says to who wants to attach (SERVER-9)."""

import shlex
from pathlib import Path

import pytest

from connectome_tui.net.addresses import parse_server_address
from connectome_tui.server.places import open_places


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name has a blank, and that is worked in."""
    there = tmp_path / "my work"
    there.mkdir()
    monkeypatch.setenv("CONNECTOME_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(there)
    return there


def test_lines_can_be_pasted_in_another_folder(folder: Path) -> None:
    """Sockets and token files that were named from one folder are named so that they are found from any (SERVER-9)."""
    with open_places([], ["a.sock"], "team.token") as places:
        attach, ctl, tokens = places.how_to_attach(["checkout"])
    words = shlex.split(attach)
    assert parse_server_address(words[2]).path == str(folder / "a.sock")
    assert words[3:] == ["--token-file", str(folder / "team.token")]
    assert shlex.split(ctl)[2:] == [words[2], "next", *words[3:]]
    assert tokens == f"token: {folder / 'team.token'}, to look only: {folder / 'team.token.read-only'}"
