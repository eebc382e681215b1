"""A server as a user starts it, in a process of its own, and clients that speak the protocol by hand."""

import asyncio
import json
import re
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed

from tests.integration.command_line import PROGRAM, environment, run_connectome

SECONDS = 20
LINE = re.compile(r"^connectome ctl (\S+) next", re.MULTILINE)


class Served:
    """A server that can be reached. `lines` is what it printed until it said how to attach."""

    def __init__(self, process: subprocess.Popen[str], state: Path, lines: Sequence[str]) -> None:
        self.process, self.state, self.lines = process, state, lines
        found = LINE.search("\n".join(lines))
        assert found, lines
        self.address = found[1]

    @property
    def token_files(self) -> tuple[Path, Path]:
        """Those of the full token and of the lesser one."""
        full, lesser = self.lines[-1].removeprefix("token: ").split(", to look only: ")
        return Path(full), Path(lesser)

    def ctl(self, *arguments: str | Path, **extra: str) -> subprocess.CompletedProcess[bytes]:
        """Give a command as a user on this machine does."""
        extra["CONNECTOME_STATE"] = str(self.state)
        return run_connectome("ctl", self.address, *arguments, stdin=b"", **extra)

    def answer(self, *arguments: str) -> dict[str, Any]:
        """What a command with `--json` printed."""
        answer = json.loads(self.ctl(*arguments, "--json").stdout)
        assert isinstance(answer, dict)
        return answer

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; the exit status."""
        self.process.send_signal(how)
        return self.process.wait(SECONDS)

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[ClientConnection]:
        """A connection that nothing was said on yet."""
        if self.address.startswith("unix:"):
            async with unix_connect(self.address.removeprefix("unix:"), "ws://localhost/", max_size=None) as connection:
                yield connection
        else:
            async with connect(self.address, proxy=None, max_size=None) as connection:
                yield connection

    @asynccontextmanager
    async def here(self, session: str = "", **hello: Any) -> AsyncIterator["Window"]:
        """Somebody who said hello, and follows a session if one is named."""
        async with self.raw() as connection:
            window = Window(connection)
            token = self.token_files[0].read_text().strip()
            await window.send(**{"type": "session.hello", "protocol": 1, "actor": "Ada", "auth": token, **hello})
            window.welcome = await window.get("session.welcome")
            if session:
                await window.send(type="session.select", id=1, session=session)
                assert (await window.get("ack"))["accepted"]
                window.baseline = await window.get("commits.baseline")
            yield window


class Window:
    """A client written from docs/protocol.md alone."""

    welcome: dict[str, Any]
    baseline: dict[str, Any]

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._unread: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps(frame))

    async def types_to_the_end(self) -> list[str]:
        """The types of all frames up to the end of the connection."""
        types = []
        with suppress(ConnectionClosed):
            while True:
                types.append((await self.get())["type"])
        return types

    async def get(self, *types: str) -> dict[str, Any]:
        """The next frame of one of these types, any when none is named; others wait until they are asked for."""
        for number, frame in enumerate(self._unread):
            if not types or frame["type"] in types:
                return self._unread.pop(number)
        async with asyncio.timeout(SECONDS):
            while True:
                frame = json.loads(await self.connection.recv())
                assert isinstance(frame, dict)
                if not types or frame["type"] in types:
                    return frame
                self._unread.append(frame)


@contextmanager
def serving(state: Path, *arguments: str | Path, program: Sequence[str] = PROGRAM, **extra: str) -> Iterator[Served]:
    """A server, ended when the block ends."""
    # It ends with whoever runs this, also when a test is cut off.
    command = [*program, "serve", "--end-with-stdin", *map(str, arguments)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(CONNECTOME_STATE=str(state), CONNECTOME_RECORDINGS=str(state / "recordings"), **extra),
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("token: "):
            line = process.stdout.readline()
            assert line, "\n".join(lines) or "it ended"
            lines.append(line.rstrip("\n"))
        yield Served(process, state, lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def open_files(process: subprocess.Popen[str]) -> int:
    """How many files and sockets a process has open."""
    return sum(1 for _ in Path(f"/proc/{process.pid}/fd").iterdir())
