"""Whether a source at rest is still the one whose steps were kept (SERVER-7)."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from typing import Any, Final

from connectome_tui import __version__
from connectome_tui.events.flow import SourceError

WHOLE: Final = 16 << 20
"""Files up to this size are read whole; of larger ones head, tail, size and time tell."""
PART: Final = 1 << 20
STANDARD_INPUT: Final = "-"


def fingerprint(paths: Sequence[str], choices: Sequence[Any]) -> str:
    """What changes with the bytes of the files, with what was chosen when they were opened, and with the program.

    Standard input is never the same again. `SourceError` for a file that cannot be read.
    """
    digest = hashlib.sha256(repr((__version__, *choices)).encode("utf-8", "surrogatepass"))
    for path in paths:
        digest.update(secrets.token_bytes(16) if path == STANDARD_INPUT else _of_file(path))
    return digest.hexdigest()


def _of_file(path: str) -> bytes:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- a path as the user gave it
            status = os.fstat(file.fileno())
            if status.st_size <= WHOLE:
                digest.update(file.read(WHOLE + 1))
            else:
                digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
                digest.update(file.read(PART))
                file.seek(-PART, os.SEEK_END)
                digest.update(file.read(PART))
    except OSError as problem:
        raise SourceError(path, f"cannot be read: {(problem.strerror or '').lower()}") from problem
    return digest.digest()
