"""A program in a pseudo-terminal of its own, watched from outside: what it paints, when, and what memory it takes."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyte

ASKS_FOR_SYNC: Final = b"\x1b[?2026$p"
HAS_SYNC: Final = b"\x1b[?2026;2$y"
FRAME_END: Final = b"\x1b[?2026l"
"""What ends a frame where the terminal says that it can hold frames together, as this one does."""


class Timeout(Exception):
    """The program did not show what was waited for, or has ended."""


class Terminal:
    """Starts a program at once; ends it when the block is left."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        width: int = 120,
        height: int = 40,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.started = time.perf_counter()
        self.peak_private_bytes = 0
        self.received = bytearray()
        self._sampled = 0.0
        self._over = False
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            self._become(command, environment or {}, folder)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    @staticmethod
    def _become(command: Sequence[str], environment: Mapping[str, str], folder: Path | None) -> None:
        """In the child: become the program, with a terminal of full colour."""
        try:
            if folder is not None:
                os.chdir(folder)
            time.sleep(0.01)  # the size is set by the parent meanwhile
            kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TMUX"}}
            usual = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
            os.execvpe(command[0], list(command), {**kept, **usual, **environment})  # noqa: S606 -- no shell is wanted
        finally:
            os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._descriptor)

    @property
    def pid(self) -> int:
        """The number of its process; 0 when it has ended."""
        return self._pid

    @property
    def seconds(self) -> float:
        """Since the start of the program."""
        return time.perf_counter() - self.started

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._descriptor, keys)

    def text(self) -> str:
        """What the screen shows now."""
        self._stream.feed(bytes(self.received[self._fed :]))
        self._fed = len(self.received)
        return "\n".join(self._screen.display)

    def fileno(self) -> int:
        """For `select`: readable when something was painted."""
        return self._descriptor

    def take(self) -> bytes:
        """What was painted since, without looking at it; put it into `received` to have it on the screen."""
        try:
            chunk = os.read(self._descriptor, 1 << 16)
        except OSError:
            self._over = True
            return b""
        if ASKS_FOR_SYNC in chunk:
            self.send(HAS_SYNC)
        return chunk

    def read(self, timeout: float) -> bytes:
        """What comes next, nothing when nothing came in time or the program has ended."""
        self._sample_memory()
        ready, _, _ = select.select([self._descriptor], [], [], timeout)
        if not ready:
            return b""
        chunk = self.take()
        self.received += chunk
        return chunk

    def wait_until(self, seen: Callable[[str], bool], seconds: float) -> float:
        """Wait until the screen is as wanted; the seconds since the start at which its last bytes came."""
        deadline = time.perf_counter() + seconds
        while True:
            moment = self.seconds
            if seen(self.text()):
                return moment
            if self._over or time.perf_counter() > deadline:
                raise Timeout(self.text())
            self.read(0.05)

    def wait_for_bytes(self, wanted: bytes, seconds: float) -> float:
        """Wait until these bytes have come; the seconds since the start. Cheaper than looking at the screen."""
        deadline = time.perf_counter() + seconds
        while wanted not in self.received:
            if self._over or time.perf_counter() > deadline:
                raise Timeout(self.text())
            self.read(0.05)
        return self.seconds

    def wait_for_frame(self, seconds: float) -> int:
        """Wait until one more frame is whole; how many bytes it took."""
        start = len(self.received)
        deadline = time.perf_counter() + seconds
        while FRAME_END not in self.received[start:]:
            if self._over or time.perf_counter() > deadline:
                raise Timeout(self.text())
            self.read(0.05)
        return len(self.received) - start

    def wait_for_end(self, seconds: float) -> int:
        """Wait until the program has ended; its exit status."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            self.read(0.02)
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                while self.read(0.05):
                    pass
                self._pid = 0
                return os.waitstatus_to_exitcode(status)
        raise Timeout(self.text())

    def kill(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self._pid, number)

    def resize(self, width: int, height: int) -> None:
        """Make the terminal larger or smaller."""
        self.text()
        self._screen.resize(height, width)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def settle(self, quiet: float, seconds: float) -> float:
        """Wait until nothing is painted for `quiet` seconds; the time since the start of the last paint."""
        last, deadline = self.seconds, time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            if self.read(quiet):
                last = self.seconds
            elif self._over or self.seconds - last >= quiet:
                break
        return last

    def _sample_memory(self) -> None:
        """The private memory of the program and its children: what would be free if they ended."""
        if time.perf_counter() - self._sampled < 0.05:
            return
        self._sampled = time.perf_counter()
        total = sum(private_bytes(pid) for pid in _family(self._pid))
        self.peak_private_bytes = max(self.peak_private_bytes, total)


def private_bytes(pid: int) -> int:
    """The bytes that only this process holds (USS); 0 when it is gone or the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    sizes = (line.split() for line in text.splitlines() if line.startswith(("Private_Clean", "Private_Dirty")))
    return sum(int(size[1]) * 1024 for size in sizes)


def _family(pid: int) -> list[int]:
    """A process and those that it started."""
    found = [pid]
    for process in found:
        with suppress(OSError):
            children = Path(f"/proc/{process}/task/{process}/children").read_text()
            found.extend(int(child) for child in children.split())
    return found
