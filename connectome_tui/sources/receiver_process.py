"""The receiving process as its parent sees it: started with options, read frame by frame, ended by closing its pipe."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

from connectome_tui.receiver.frames import READ_SIZE, FrameReader, Message, encode_frame
from connectome_tui.receiver.options import ReceiverOptions

MODULE: Final = "connectome_tui.receiver"
LAST_WORDS: Final = 20
"""Lines of its standard error that are kept."""


class ReceiverProcess:
    """A child process. It ends by itself when this one does, for its standard input is then at its end."""

    def __init__(self, options: ReceiverOptions) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell, no input on the command line
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
            **_on_its_own(),
        )
        self._words: deque[str] = deque(maxlen=LAST_WORDS)
        self._listener = threading.Thread(target=self._hear, name="receiver errors", daemon=True)
        self._listener.start()
        with suppress(OSError):  # it is gone already: `messages` ends at once
            self._commands.write(encode_frame(options))
            self._commands.flush()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def _commands(self) -> IO[bytes]:
        assert self._process.stdin is not None, "it is a pipe"
        return self._process.stdin

    def messages(self) -> Iterator[Message]:
        """What it says, until it ends; `FrameError` when it says something else."""
        assert self._process.stdout is not None, "it is a pipe"
        reader = FrameReader()
        # `Popen` types its pipes as `IO`; unbuffered reads are what a buffered one adds.
        stream = cast("Any", self._process.stdout)
        while data := stream.read1(READ_SIZE):
            yield from reader.feed(data)

    def release(self) -> None:
        """Let it end: it settles and records what waits, then it is gone."""
        with suppress(OSError):
            self._commands.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, seconds: float) -> str:
        """How it ended; it is killed when that takes longer."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._listener.join(1)
        self.release()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None and not (pipe is self._process.stderr and self._listener.is_alive()):
                pipe.close()
        words = next((line for line in reversed(self._words) if line.strip()), "")
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"{how}: {words.strip()}" if words else how

    def _hear(self) -> None:
        assert self._process.stderr is not None, "it is a pipe"
        for line in self._process.stderr:
            self._words.append(line.decode(errors="replace"))


def _on_its_own() -> dict[str, Any]:
    """What keeps Ctrl+C, meant for the application, from the child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}
