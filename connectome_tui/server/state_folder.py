"""Where servers keep their state: a folder for each address, so that a server finds its own again."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "CONNECTOME_STATE"
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]+")
_LONGEST: Final = 100


def state_base(configured: Path | None = None) -> Path:
    """The folder of all servers: `CONNECTOME_STATE`, else as configured, else in the user's data folder."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if configured is not None:
        return configured
    from platformdirs import user_data_path

    return user_data_path("connectome", appauthor=False) / "servers"


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
