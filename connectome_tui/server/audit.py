"""The audit log (SERVER-6): lines of JSON for each session, only ever appended, kept within bounds by size.

A file that is full is renamed and another begun; the oldest goes when there are several. Lines are
ASCII: whatever controls a terminal is escaped.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.server.keeping import Actor, AuditLine
from connectome_tui.server.kept_database import FILE_MODE, FOLDER_MODE
from connectome_tui.server.state_folder import server_folders

FOLDER: Final = "audit"
SUFFIX: Final = ".jsonl"
MAX_BYTES: Final = 4 << 20
OLD_FILES: Final = 3
"""So many full files are kept of a session, beside the one that is written."""
LONGEST_VALUE: Final = 2000
MOST_OPEN: Final = 32


class AuditLog:
    """Writes; one thread, one server (its folder is locked)."""

    def __init__(self, folder: Path, clock: Clock, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder / FOLDER
        self._clock = clock
        self._max_bytes = max_bytes
        self._open: OrderedDict[str, int] = OrderedDict()

    def write(self, line: AuditLine) -> None:
        """Append a line; `OSError` when it cannot be written."""
        data = _encoded(line)
        descriptor = self._descriptor(line.session)
        size = os.fstat(descriptor).st_size
        if size and size + len(data) > self._max_bytes:
            self._rotate(line.session)
            descriptor = self._descriptor(line.session)
        os.write(descriptor, data)

    def close(self) -> None:
        """Release the files."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _descriptor(self, session: str) -> int:
        descriptor = self._open.get(session)
        if descriptor is not None:
            self._open.move_to_end(session)
            return descriptor
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path = _path(self._folder, session)
        flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, FILE_MODE)
        size = os.fstat(descriptor).st_size
        if size and _last_byte(descriptor, size) != b"\n":
            os.write(descriptor, b"\n")  # the machine failed in the middle of a line: the next one stands alone
        self._open[session] = descriptor
        if len(self._open) > MOST_OPEN:
            os.close(self._open.popitem(last=False)[1])
        return descriptor

    def _rotate(self, session: str) -> None:
        os.close(self._open.pop(session))
        files = _files(self._folder, session)
        files[OLD_FILES].unlink(missing_ok=True)
        for number in range(OLD_FILES, 0, -1):
            if files[number - 1].exists():
                files[number - 1].replace(files[number])


def read_audit(session: str, base: Path | None = None) -> Iterator[AuditLine]:
    """The audit log of a session, oldest first, of the server that wrote it last; lines that are cut off are left out.

    `base` is where the state of servers lies. `SourceError` names the sessions that there are.
    """
    places = [folder / FOLDER for folder in server_folders(base)]
    written = [place for place in places if _path(place, session).exists()]
    if not written:
        names = sorted({name for place in places for name in audited_sessions(place)})
        some = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
        there = f"expected one of {some}" if names else "nothing was changed by anybody yet"
        raise SourceError(session, f"there is no audit log of this session: {there}")
    newest = max(written, key=lambda place: _path(place, session).stat().st_mtime_ns)
    return _lines(newest, session)


def audited_sessions(folder: Path) -> Sequence[str]:
    """The names of the sessions of which there is a log in this folder."""
    try:
        return sorted(unquote(path.name.removesuffix(SUFFIX)) for path in folder.iterdir() if path.suffix == SUFFIX)
    except OSError:
        return ()


def _lines(folder: Path, session: str) -> Iterator[AuditLine]:
    for path in reversed(_files(folder, session)):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            for data in file:
                if (line := _decoded(data)) is not None:
                    yield line


def _encoded(line: AuditLine) -> bytes:
    values = asdict(line) | {"old": _short(line.old), "new": _short(line.new)}
    return json.dumps(values, separators=(",", ":"), default=str).encode("ascii") + b"\n"


def _short(value: Any) -> Any:
    """The value; the beginning of its text when it is long."""
    text = json.dumps(value, default=str)
    return value if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _decoded(data: bytes) -> AuditLine | None:
    try:
        values = json.loads(data)
        return AuditLine(**values | {"actor": Actor(**values["actor"])})
    except (ValueError, TypeError, KeyError):
        return None


def _path(folder: Path, session: str) -> Path:
    return folder / f"{quote(session, safe='')[:200]}{SUFFIX}"


def _files(folder: Path, session: str) -> list[Path]:
    """The file that is written, and the full ones, newest first."""
    path = _path(folder, session)
    return [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, OLD_FILES + 1))]


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)
