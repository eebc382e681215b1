"""Taking text out of the terminal (LOG-3): a native tool, the terminal's own clipboard, and always a file."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import platformdirs

from connectome_tui.events.flow import SourceError

MOST_FOR_TERMINAL: Final = 74_000
"""Bytes of text that terminals take in one OSC 52 sequence; longer ones are lost without a word."""
MOST_FOR_TOOL: Final = 16_000_000
"""More than this is only written to the file: no clipboard is made for it."""
TOOL_SECONDS: Final = 2.0

How = Literal["copied", "sent", "kept"]
"""Confirmed by a tool; sent to the terminal, which does not answer; or only in the file."""


def native_tool(
    environ: Mapping[str, str], platform: str = sys.platform, which: Callable[[str], str | None] = shutil.which
) -> tuple[str, ...] | None:
    """The command that fills this machine's clipboard from its standard input; None over SSH, or without one."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return None
    candidates: list[tuple[str, ...]] = []
    if platform == "darwin":
        candidates.append(("pbcopy",))
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(("wl-copy",))
    if environ.get("DISPLAY"):
        candidates += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if environ.get("WSL_DISTRO_NAME"):
        candidates.append(("clip.exe",))
    return next((command for command in candidates if which(command[0])), None)


def terminal_sequence(data: bytes) -> str | None:
    """The OSC 52 sequence that hands text (UTF-8) to the terminal, or None when it is too long for that."""
    if len(data) > MOST_FOR_TERMINAL:
        return None
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def copy_file_path(name: str, environ: Mapping[str, str] | None = None) -> Path:
    """The file that copies of this kind go into; `CONNECTOME_STATE_DIR` names another folder."""
    folder = (environ or os.environ).get("CONNECTOME_STATE_DIR") or platformdirs.user_state_dir("connectome")
    return Path(folder) / name


def write_copy(path: Path, lines: Iterable[bytes]) -> Iterator[None]:
    """Write `lines` to `path`, readable by its owner alone, in place of what was there; yields after each line.

    The file takes its place only when it is whole. Raises `SourceError` when it cannot be written.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for line in lines:
                file.write(line)
                yield
        unfinished.replace(path)
    except OSError as error:
        raise SourceError(str(path), f"the copy could not be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # where it could not be made, there is nothing to take away
            unfinished.unlink()


def hand_to_terminal(path: Path, to_terminal: Callable[[str], None]) -> bool:
    """Give the file's text to the terminal when it is short enough; whether it was sent."""
    if path.stat().st_size > MOST_FOR_TERMINAL:
        return False
    sequence = terminal_sequence(path.read_bytes())
    assert sequence is not None, "the file was measured"
    to_terminal(sequence)
    return True


def hand_to_tool(path: Path, tool: tuple[str, ...]) -> bool:
    """Whether the tool took the file's text; may take up to two seconds.

    One that hangs or is broken is no reason to fail: the file is there.
    """
    if path.stat().st_size > MOST_FOR_TOOL:
        return False
    try:
        with path.open("rb") as file:
            done = subprocess.run(  # noqa: S603 -- one of the commands named above
                tool,
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=TOOL_SECONDS,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
