"""Where recordings lie and what they are called: `session:ID`, `session:last`."""

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError

FOLDER_VARIABLE: Final = "CONNECTOME_RECORDINGS"
SESSION_PREFIX: Final = "session:"
LAST: Final = "last"
SUFFIX: Final = ".connectome"

_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


def recordings_folder(configured: Path | None = None) -> Path:
    """The folder of recordings: `CONNECTOME_RECORDINGS`, else as configured, else in the user's data folder."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if configured is not None:
        return configured
    from platformdirs import user_data_path

    return user_data_path("connectome", appauthor=False) / "recordings"


def new_id(now_ms: float) -> str:
    """An id for a recording that begins now: its time in UTC with milliseconds, and two digits by chance."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03}{secrets.token_hex(1)}"


def path_of(recording_id: str, folder: Path) -> Path:
    """The file of a recording of this id."""
    assert _ID.fullmatch(recording_id), "ids are made here or checked before"
    return folder / f"{recording_id}{SUFFIX}"


def find(name: str, folder: Path) -> Path:
    """The file behind `session:ID`: a whole id, the beginning of only one, or `last`. `SourceError` for none."""
    wanted = name.removeprefix(SESSION_PREFIX)
    files = files_in(folder)
    if wanted == LAST and files:
        return files[-1]
    if _ID.fullmatch(wanted):
        exact = [path for path in files if path.name.removesuffix(SUFFIX) == wanted]
        matching = exact or [path for path in files if path.name.startswith(wanted)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            some = ", ".join(path.name.removesuffix(SUFFIX) for path in matching[:3])
            raise SourceError(name, f"{len(matching)} recordings begin so ({some}): expected more of the id")
    if not files:
        raise SourceError(name, f"there are no recordings in {folder}")
    raise SourceError(name, "there is no such recording; `connectome sessions` lists them")


def files_in(folder: Path) -> list[Path]:
    """The files of recordings in a folder, in order of their ids, which is that of their start."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX) and path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise SourceError(str(folder), f"cannot be read: {problem.strerror}") from problem
