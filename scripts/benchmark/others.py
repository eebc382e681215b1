"""What people use today for such a file, in the same run on the same machine."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from scripts.benchmark.files import EVENTS, million_events
from scripts.benchmark.load import make_bodies, post
from scripts.benchmark.table import Figure, Missing, Row
from scripts.benchmark.terminal import Terminal

MIB = 1 << 20
PEER_RATE: Final = 2_000
PEER_SECONDS: Final = 20
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


def phoenix() -> Iterator[Row]:
    """Arize Phoenix, from the package index, in an environment of its own: the same bodies, until they are stored."""
    folder = Path(tempfile.gettempdir()) / "connectome-bench" / "phoenix"
    server = folder / "bin" / "phoenix"
    if not server.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "-q", "arize-phoenix"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as home, _free_port() as port, _free_port() as grpc_port:
        environment = {
            "PHOENIX_WORKING_DIR": home,
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(grpc_port),
            "PHOENIX_TELEMETRY_ENABLED": "false",
        }
        command = [str(server), "serve"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=os.environ | environment, stdout=quiet, stderr=quiet) as process:
            try:
                _wait_for_port(port)
                bodies = make_bodies(PEER_RATE * PEER_SECONDS)
                began = time.perf_counter()
                posted = post(f"127.0.0.1:{port}", bodies, PEER_SECONDS, PEER_RATE)
                stored = _stored_spans(Path(home) / "phoenix.db")
                rate = stored / (time.perf_counter() - began)
                note = f"{posted.spans} spans acknowledged, {stored} stored by then: {rate:,.0f} a second"
                yield Figure("phoenix: time to store 25,000 spans", 25_000 / max(rate, 0.01), "s", note=note)
            finally:
                process.terminate()


def _stored_spans(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM spans").fetchone()[0])


def _wait_for_port(port: int) -> None:
    deadline = time.perf_counter() + 120
    while time.perf_counter() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError("it did not start within two minutes")


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    yield port
