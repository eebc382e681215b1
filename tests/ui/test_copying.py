"""Copying (LOG-3): what is copied equals the ledger, in a file of mode 0600 and in the clipboard."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.app.clipboard import native_tool
from connectome_tui.store.export import export_jsonl, export_text
from tests.factories import make_flow
from tests.ui.driving import driven, failing_flow, make_app, pressed, rows, settled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies go, on a machine without a clipboard of its own."""
    monkeypatch.setenv("CONNECTOME_STATE_DIR", str(tmp_path / "state"))
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "state"


def sent_to(app: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the terminal's own clipboard."""
    sent: list[str] = []
    monkeypatch.setattr(app, "write_to_terminal", sent.append)
    return sent


async def test_the_log_is_copied_as_the_export_writes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Y writes the ledger as JSON lines, mode 0600, and sends the same bytes to the terminal: "sent", not "copied"."""
    app = make_app(failing_flow())
    sent = sent_to(app, monkeypatch)
    async with driven(app, (160, 40)) as pilot:
        await pressed(pilot, "6", "n", "Y")
        path = folder / "log.jsonl"
        expected = b"".join(export_jsonl(app.state.ledger))
        assert path.read_bytes() == expected
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert base64.b64decode(sent[0].removeprefix("\x1b]52;c;").removesuffix("\x07")) == expected
        assert f"✓ sent 6 events to the clipboard · in {path}" in rows(app)[-1]
        await pressed(pilot, "W")
        assert (folder / "log.txt").read_bytes() == b"".join(export_text(app.state.ledger))


async def test_the_event_in_hand_is_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Y copies the selected event, else the one looked at, else the newest."""
    app = make_app(failing_flow())
    sent_to(app, monkeypatch)

    def copied() -> str:
        return str(json.loads((folder / "event.json").read_text())["id"])

    async with driven(app) as pilot:
        await pressed(pilot, "6", "n", "y")
        assert copied() == "e6"
        await pressed(pilot, "N", "N", "y")
        assert copied() == "e4"
        await pressed(pilot, "g", "y")
        assert copied() == "e1"


async def test_a_long_log_is_only_in_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 74 kB is not sent to the terminal, which would lose it without a word; the footer says so."""
    app = make_app(make_flow(3000))
    sent = sent_to(app, monkeypatch)
    async with driven(app, (160, 40)) as pilot:
        app.main_screen.steps.release(3000)
        await settled(pilot, lambda: app.state.cursor == 3000)
        await pressed(pilot, "Y")
        await settled(pilot, lambda: "too long for the clipboard" in rows(app)[-1])
        assert sent == []
        assert (folder / "log.jsonl").read_bytes().count(b"\n") == 3001


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the copy cannot be written the footer says why, and the program goes on."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("CONNECTOME_STATE_DIR", str(blocked / "state"))
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "n", "y")
        assert "the copy could not be written" in rows(app)[-1]
        await pressed(pilot, "n")
        assert app.state.cursor == 2


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", "wl-copy"),
        ({"DISPLAY": ":0"}, "linux", "xclip"),
        ({}, "darwin", "pbcopy"),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, "linux", None),
        ({"SSH_TTY": "/dev/pts/0"}, "darwin", None),
        ({}, "linux", None),
    ],
)
def test_the_native_tool_is_the_machines_own(environ: dict[str, str], platform: str, expected: str | None) -> None:
    """Locally the tool of the display in use; over SSH none, because it would fill the clipboard over there."""
    tool = native_tool(environ, platform, which=lambda name: f"/usr/bin/{name}")
    assert (tool and tool[0]) == expected
