"""What a server says on standard error when something goes wrong."""

import pytest

from connectome_tui.commands import serve
from connectome_tui.commands.serve import Complaints
from connectome_tui.server.trouble import Trouble


def test_the_same_is_not_said_again_and_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk fails with every commit, in two ways in turn: each is one line, and one more after a while."""
    now = 100.0
    monkeypatch.setattr(serve, "monotonic", lambda: now)
    complaints = Complaints()
    for number in range(1000):
        complaints.complain(Trouble("not kept", OSError(("no space", "disk is full")[number % 2])))
    assert capsys.readouterr().err.splitlines() == [
        "connectome: not kept: no space",
        "connectome: not kept: disk is full",
    ]
    now += 61
    complaints.complain(Trouble("not kept", OSError("no space")))
    assert capsys.readouterr().err.splitlines() == ["connectome: not kept: no space"]


def test_a_mistake_of_the_program_is_said_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody can help but its makers has a traceback, and nothing in it writes to a terminal."""
    Complaints().complain(Trouble("a frame", RuntimeError("bro\x1b[31mken")))
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "Traceback" in said or "RuntimeError" in said
    assert said.startswith("connectome: a frame: bro")
