"""The limit for all recordings of a folder together: the oldest go first, and it is said when that happens."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.recordings.lock import InUseError, hold_alone
from connectome_tui.recordings.names import files_in

DEFAULT_CAP: Final = 2 * 10**9
"""Bytes that all recordings together may take (2 GB)."""
CHECK_BYTES: Final = 16 << 20
BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside the file."""


@dataclass(slots=True)
class FolderCap:
    """Looks again whenever `every_bytes` more were written.

    `notice` says what went last, and why; `tell` is handed each such line, in the thread that writes.
    """

    folder: Path
    max_bytes: int = DEFAULT_CAP
    every_bytes: int = CHECK_BYTES
    notice: str = ""
    tell: Callable[[str], object] | None = None

    def make_room(self, own: Path, own_bytes: int) -> int:
        """Remove recordings until all fit beside the one at `own`; by how many bytes they still do not."""
        others = [path for path in files_in(self.folder) if path != own]
        sizes = {path: size_of(path) for path in others}
        over = own_bytes + sum(sizes.values()) - self.max_bytes
        removed = freed = 0
        for path in others:
            if over <= 0:
                break
            with suppress(InUseError):
                remove_file(path)
                over -= sizes[path]
                removed, freed = removed + 1, freed + sizes[path]
        if removed:
            what = "the oldest recording" if removed == 1 else f"the {removed} oldest recordings"
            self.say(f"{what} ({size_text(freed)}) went to keep all of them within {size_text(self.max_bytes)}")
        return over

    def say(self, notice: str) -> None:
        """Remember what went, and tell it."""
        self.notice = notice
        if self.tell is not None:
            self.tell(notice)


def remove_file(path: Path) -> None:
    """Take a recording away, with what lies beside it; `InUseError` when it is live."""
    with hold_alone(path):
        for one in files_of(path):
            one.unlink(missing_ok=True)


def files_of(path: Path) -> tuple[Path, ...]:
    """The file of a recording and what may lie beside it."""
    return path, *(path.with_name(path.name + ending) for ending in BESIDE)


def size_of(path: Path) -> int:
    """The bytes that a recording takes, with what lies beside it."""
    total = 0
    for one in files_of(path):
        with suppress(OSError):
            total += one.stat().st_size
    return total


def size_text(count: int) -> str:
    """A size for people: `2 GB`, `14.2 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} B"
