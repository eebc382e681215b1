"""Files and standard input as plain bytes that can be read at any place.

A plain file stays where it is. What is packed, or can be read only once, is written to an unlinked
temporary file within bounds, so that neither memory nor disk can be filled by a hostile input.
"""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final

from connectome_tui.events.flow import Progress, ProgressCallback, SourceError, no_progress
from connectome_tui.sources.options import MIB, OpenOptions
from connectome_tui.sources.unpacking import Packing, Unpacked, packing_of, unpack
from connectome_tui.traces.throttle import Throttle

STANDARD_INPUT: Final = "-"
STANDARD_INPUT_NAME: Final = "standard input"
CHUNK: Final = 256 << 10
MAX_LAYERS: Final = 3


class PlainFile:
    """A `Content` over an open file. One that others can write is checked at every read (STORE-15).

    `path` is where it lies when it is a user's own file, unpacked and readable by name; else None.
    """

    def __init__(self, name: str, file: BinaryIO | IO[bytes], path: str | None = None, damage: str = "") -> None:
        self._file = file
        self._name = name
        self._path = path
        self._damage = damage
        self._identity = _identity(os.fstat(file.fileno()))
        self._size = os.fstat(file.fileno()).st_size

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._name

    @property
    def path(self) -> str | None:
        """Its path, when it is a plain file of the user's."""
        return self._path

    @property
    def size(self) -> int:
        """Its length in bytes when it was opened."""
        return self._size

    @property
    def damage(self) -> str:
        """Why unpacking ended early; empty when it did not."""
        return self._damage

    def fileno(self) -> int:
        """The descriptor, for who reads it in another way; it stays owned by this object."""
        return self._file.fileno()

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from `offset`, not beyond the size that it had; `SourceError` when the file changed."""
        length = min(length, self._size - offset)
        parts: list[bytes] = []
        try:
            while length > 0 and (part := os.pread(self._file.fileno(), length, offset)):
                parts.append(part)
                offset, length = offset + len(part), length - len(part)
        except OSError as problem:
            raise SourceError(self._name, f"cannot be read: {problem.strerror}") from problem
        self.check()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def check(self) -> None:
        """`SourceError` when a user's file is no longer what was opened; a copy of ours cannot change."""
        if self._path is None:
            return
        changed = _identity(os.fstat(self._file.fileno())) != self._identity
        with suppress(FileNotFoundError):
            changed = changed or _identity(Path(self._path).stat()) != self._identity
        if changed:
            raise SourceError(self._name, "the file changed since it was opened: open it again")

    def close(self) -> None:
        """Release the file."""
        self._file.close()


def open_content(path: str, options: OpenOptions, progress: ProgressCallback = no_progress) -> PlainFile:
    """A path, or `-` for standard input, as plain bytes. `SourceError` for what cannot be opened or unpacked."""
    content = _opened(path, options, progress)
    try:
        for _ in range(MAX_LAYERS):
            packing = packing_of(content.read(0, 64))
            if packing is None:
                break
            content = _unpacked(content, packing, options, progress)
    except BaseException:
        content.close()
        raise
    return content


def _opened(path: str, options: OpenOptions, progress: ProgressCallback) -> PlainFile:
    if path == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise SourceError(STANDARD_INPUT_NAME, "it is a terminal: pipe a recording into it, or name a file")
        return _spooled(STANDARD_INPUT_NAME, sys.stdin.buffer, options, progress)
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceError(path, "is a folder: expected a file, or `-` for standard input")
        if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode) or (stat.S_ISCHR(mode) and not path.startswith("/dev/std")):
            raise SourceError(path, "is a device: expected a file, or `-` for standard input")
        file = Path(path).open("rb")  # noqa: SIM115 - it lives as long as the recording
    except (OSError, ValueError) as problem:
        raise SourceError(path, _why(problem)) from problem
    if stat.S_ISREG(mode):
        return PlainFile(path, file, path)
    with file:
        return _spooled(path, file, options, progress)


def _why(problem: OSError | ValueError) -> str:
    match problem:
        case FileNotFoundError():
            return "no such file"
        case PermissionError():
            return "no permission to read it"
        case OSError():
            return f"cannot be opened: {problem.strerror}"
        case _:
            return f"cannot be opened: {problem}"


def _spooled(name: str, stream: BinaryIO | IO[bytes], options: OpenOptions, progress: ProgressCallback) -> PlainFile:
    """What can be read only once, copied to disk."""
    throttle = Throttle(progress)

    def chunks() -> Iterator[bytes]:
        written = 0
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > options.max_input_bytes:
                raise SourceError(name, f"is larger than {_size(options.max_input_bytes)}, which is the limit")
            throttle.report(partial(Progress, f"reading {name} · {_size(written)}"))
            yield chunk

    return write_spool(name, chunks())


def _unpacked(source: PlainFile, packing: Packing, options: OpenOptions, progress: ProgressCallback) -> PlainFile:
    """A packed file, unpacked to disk within the bounds; what could be unpacked of a damaged one is kept."""
    throttle = Throttle(progress)
    state = Unpacked()

    def chunks() -> Iterator[bytes]:
        written = 0
        for chunk in unpack(source, packing, state):
            written += len(chunk)
            _check_bounds(source.name, written, state.consumed, options)
            fraction = state.consumed / max(source.size, 1)
            throttle.report(partial(Progress, f"unpacking {packing} · {_size(written)}", fraction))
            yield chunk

    unpacked = write_spool(source.name, chunks(), state)
    source.close()
    return unpacked


def _check_bounds(name: str, written: int, consumed: int, options: OpenOptions) -> None:
    if written > options.max_input_bytes:
        raise SourceError(name, f"unpacks to more than {_size(options.max_input_bytes)}, which is the limit")
    if written > options.ratio_applies_from and written > consumed * options.max_ratio:
        raise SourceError(
            name, f"unpacks to more than {options.max_ratio} times its size: refused as a compression bomb"
        )


def write_spool(name: str, chunks: Iterator[bytes], state: "Unpacked | None" = None) -> PlainFile:
    """These bytes in an unlinked temporary file, which belongs to nobody else; `SourceError` when they do not fit."""
    file = tempfile.TemporaryFile(prefix="connectome-")  # noqa: SIM115 - it lives as long as the recording
    try:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
    except OSError as problem:
        file.close()
        raise SourceError(name, f"cannot be copied to {tempfile.gettempdir()}: {problem.strerror}") from problem
    except BaseException:
        file.close()
        raise
    if state is not None and state.damage and not os.fstat(file.fileno()).st_size:
        file.close()
        raise SourceError(name, state.damage)
    return PlainFile(name, file, damage=state.damage if state is not None else "")


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def _size(count: int) -> str:
    return f"{count / MIB:,.0f} MiB".replace(",", " ") if count < 1024 * MIB else f"{count / MIB / 1024:.1f} GiB"
