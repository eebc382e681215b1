"""Servers and headless windows in processes of their own, spoken to by lines of JSON; each ends with its block."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from scripts.benchmark.files import program
from scripts.benchmark.sharing_clients import Told, Wish
from scripts.benchmark.sharing_server import SESSION, Load, Loaded

ENDING_SECONDS: Final = 15
Answer = TypeVar("Answer")


class Spoken:
    """A process that answers lines."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(folder)
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def line(self) -> str:
        """The next line that it says; `RuntimeError` when it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark has ended with status {self.process.wait(5)}")
        return line.rstrip("\n")

    def say(self, what: Any) -> None:
        """Tell it something."""
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(what).decode() + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """End it, whatever it does."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def environment(folder: Path) -> dict[str, str]:
    """What programs run in, so that nothing of the user's is touched."""
    return {**os.environ, "CONNECTOME_STATE": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


@contextmanager
def made_server(folder: Path, *more: str) -> Iterator[tuple[Spoken, str]]:
    """A server of this benchmark's own, whose source makes events unless it is told otherwise, and its address."""
    server = Spoken([sys.executable, "-m", "scripts.benchmark.sharing_server", *more], folder)
    try:
        yield server, server.line()
    finally:
        server.end()


@contextmanager
def headless(folder: Path, address: str, clients: int, *more: str) -> Iterator[Spoken]:
    """So many windows without a screen, in one process, all of which have the session."""
    command = [sys.executable, "-m", "scripts.benchmark.sharing_clients", address, "--clients", str(clients), *more]
    windows = Spoken(command, folder)
    try:
        assert windows.line() == "ready"
        yield windows
    finally:
        windows.end()


@contextmanager
def made_windows(folder: Path, address: str, clients: int, processes: int = 1) -> Iterator[Sequence[Spoken]]:
    """Windows on the session of a `made_server`, spread over some processes."""
    with ExitStack() as ending:
        each = clients // processes
        more = ("--session", SESSION, "--made")
        yield [ending.enter_context(headless(folder, address, each, *more)) for _ in range(processes)]


@dataclass(frozen=True, slots=True)
class Served:
    """A `connectome serve` with one session."""

    pid: int
    address: str
    session: str


@contextmanager
def real_server(folder: Path, *arguments: str) -> Iterator[Served]:
    """`connectome serve`, as a user would start it."""
    command = [*program(), "serve", "--listen", "127.0.0.1:0", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(folder))
    try:
        yield _served(server)
    finally:
        server.terminate()
        try:
            server.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def loaded(server: Spoken, load: Load) -> Loaded:
    """Let it make events, and wait."""
    server.say(load)
    return msgspec.json.decode(server.line(), type=Loaded)


def told(windows: Spoken, wish: Wish | None = None) -> Told:
    """Let them step, and ask what has come."""
    windows.say(wish or Wish())
    return msgspec.json.decode(windows.line(), type=Told)


def told_by_all(processes: Sequence[Spoken]) -> Told:
    """What has come to the windows of some processes."""
    tellings = [told(windows) for windows in processes]
    return Told(**{name: _together([getattr(one, name) for one in tellings]) for name in Told.__struct_fields__})


def _together(values: Sequence[Any]) -> Any:
    return sum(values, start=[] if isinstance(values[0], list) else 0)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, in seconds; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _served(server: "subprocess.Popen[str]") -> Served:
    assert server.stdout is not None
    session = ""
    for line in server.stdout:
        words = line.split()
        if words[0] == "serving":
            session = words[1]
        if words[:2] == ["connectome", "attach"]:
            return Served(server.pid, words[2], session)
    raise RuntimeError(f"the server has ended with status {server.wait(5)}")
