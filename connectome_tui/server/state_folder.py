"""Where servers keep their state: a folder for each address, so that a server finds its own again."""

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectome_tui.net import token_files
from connectome_tui.recordings.lock import InUseError, hold_alone

FILE: Final = "server.sqlite3"
MOST: Final = 100
"""So many servers' states are kept, those that were used last: each port that the system chose is another one."""
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]+")
_LONGEST: Final = 100


def state_base() -> Path:
    """The folder in which those of all servers are, beside the one of their tokens."""
    return token_files.state_folder() / "servers"


def state_folder(address: str, base: Path | None = None) -> Path:
    """The folder of the server at an address (`127.0.0.1:7717`, a path of a Unix socket)."""
    name = _UNSAFE.sub("-", address).strip("-.")
    return (base or state_base()) / (name[-_LONGEST:] or "server")


def server_folders(base: Path | None = None) -> Sequence[Path]:
    """The folders of all servers that there were."""
    try:
        return sorted(path for path in (base or state_base()).iterdir() if path.is_dir())
    except OSError:
        return ()


def forget_old_servers(base: Path | None = None, most: int = MOST) -> None:
    """Take away the state of servers that were not used for long, none of one that runs."""
    used = {path: (path / FILE).stat().st_mtime_ns for path in server_folders(base) if (path / FILE).is_file()}
    for folder in sorted(used, key=lambda path: used[path], reverse=True)[most:]:
        with suppress(InUseError, OSError), hold_alone(folder / FILE):
            shutil.rmtree(folder, ignore_errors=True)
