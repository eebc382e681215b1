"""What people use today for such a file, in the same run on the same machine."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.benchmark.files import EVENTS, million_events
from scripts.benchmark.table import Figure, Missing, Row
from scripts.benchmark.terminal import Terminal

MIB = 1 << 20
LAST_ID = f"{EVENTS - 1:016x}"


def lnav() -> Iterator[Row]:
    """lnav, where it is installed (Debian: apt install lnav)."""
    found = shutil.which("lnav")
    if found is None:
        yield Missing("lnav", "not installed (on Debian: apt install lnav)")
        return
    with tempfile.TemporaryDirectory() as home:
        yield from _loaded("lnav", [found, str(million_events())], {"HOME": home}, folder=Path(home))


def toolong() -> Iterator[Row]:
    """toolong, from the package index, in an environment of its own."""
    folder = Path(tempfile.gettempdir()) / "connectome-bench" / "toolong"
    program = folder / "bin" / "tl"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "-q", "toolong"], check=True, capture_output=True)
    yield from _loaded("toolong", [str(program), str(million_events())], {})


def _loaded(name: str, command: list[str], environment: dict[str, str], *, folder: Path | None = None) -> Iterator[Row]:
    """Until the last line is on the screen: both open a file at its end."""
    with Terminal(command, environment=environment, folder=folder) as terminal:
        seconds = terminal.wait_until(lambda screen: LAST_ID in screen, 60)
        terminal.settle(1, 5)
        yield Figure(f"{name}: the same file, its last line shown", seconds, "s")
        yield Figure(f"{name}: peak private memory", terminal.peak_private_bytes / MIB, "MiB")
