"""Writing what a command makes: to a file that is complete or not there, or to standard output."""

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from connectome_tui.events.flow import SourceError


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Where to write; standard output for None and `-`.

    A file takes its name only when all of it was written, and what stood there before stays until
    then. A device or a pipe is written to directly. Raises `SourceError` when it cannot be written;
    `BrokenPipeError` passes, since a reader that had enough is no mistake.
    """
    name = "standard output" if path in {None, "-"} else str(path)
    try:
        if path is None or path == "-":
            with _standard_output() as stream:
                yield stream
        else:
            with _file_output(Path(path)) as stream:
                yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename not in {None, path} and not isinstance(error, _WriteError):
            raise
        raise SourceError(name, f"cannot be written: {(error.strerror or str(error)).lower()}") from None


def drop_standard_output() -> None:
    """Send what is still buffered, and all that follows, nowhere: it would fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError:
        drop_standard_output()
        raise


class _WriteError(OSError):
    """An error in making or replacing the file, under whatever name it was at that moment."""


@contextmanager
def _file_output(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file() and not target.is_dir():
        with target.open("wb") as stream:
            yield stream
        return
    if target.is_dir():
        raise _WriteError(0, "it is a folder")
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise _WriteError(error.errno, _why_not_made(target, error)) from None
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 -- a descriptor, not a path
            yield stream
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _why_not_made(target: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no folder {target.parent}"
    return error.strerror or str(error)
