"""`connectome open SOURCE --share`: a server in a process of its own, and a window of it on this terminal.

The server does nothing but serve, so that no picture that is drawn here holds up the others. It ends
with this program, whatever ends this one: its standard input is then at its end.
"""

import asyncio
import os
import shlex
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Literal

import click

from connectome_tui.client.talk import Talk
from connectome_tui.commands.user import user_name
from connectome_tui.config import Config
from connectome_tui.net.addresses import ServerAddress, parse_server_address
from connectome_tui.net.token_files import token_for

LAST_WORDS: Final = 20
"""Lines of its standard error that are kept, to be shown when the screen is gone."""
END_SECONDS: Final = 10.0
_ATTACH: Final = "connectome attach "


def run_shared(
    source: str,
    serve_options: Sequence[str],
    *,
    steps: int,
    token_file: str | None,
    config: Config,
    theme: Literal["dark", "light"] | None,
    ascii_only: bool | None,
) -> int:
    """Serve a source, take so many steps, and open a window; the exit status."""
    from connectome_tui.app.run_attached import run_attached
    from connectome_tui.client.connection_session import Identity

    with served(source, serve_options) as text:
        address = parse_server_address(text)
        if steps:
            asyncio.run(_take_steps(address, token_file, steps))
        return run_attached(
            address,
            identity=Identity(user=user_name(), client="connectome", role="full"),
            auth=lambda: token_for(address, token_file),
            config=config,
            hint=f"Others join with: {_line_of(address, token_file)}",
            theme=theme,
            ascii_only=ascii_only,
        )


def _line_of(address: ServerAddress, token_file: str | None) -> str:
    token = [] if token_file is None else ["--token-file", str(Path(token_file).expanduser().absolute())]
    return _ATTACH + shlex.join([str(address.place), *token])


async def _take_steps(address: ServerAddress, token_file: str | None, steps: int) -> None:
    async with Talk(address, token_for(address, token_file), actor=user_name(), origin="user") as talk:
        await talk.repeat(talk.welcome.sessions[0], "next_step", count=steps)


@contextmanager
def served(source: str, arguments: Sequence[str]) -> Iterator[str]:
    """A server of this source, until the block ends; where it is. `click.ClickException` says why there is none."""
    words: deque[str] = deque(maxlen=LAST_WORDS)
    with subprocess.Popen(  # noqa: S603 -- our own module, no shell
        [sys.executable, "-P", "-m", "connectome_tui", "serve", "--end-with-stdin", *arguments, "--", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        # Ctrl+Z and Ctrl+C at this terminal are for the window alone.
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        listening = threading.Thread(target=_hear, args=(process.stderr, words), name="server errors", daemon=True)
        listening.start()
        try:
            address = _address(process.stdout)
            if not address:
                process.wait(END_SECONDS)
                listening.join(END_SECONDS)
                raise click.ClickException(words.pop().removeprefix("connectome: ") if words else "the server ended")
            yield address
        finally:
            with suppress(OSError):
                process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            listening.join(END_SECONDS)
    for word in words:
        click.echo(word, err=True)


def _address(lines: IO[str]) -> str:
    """Pass on how others attach; the address, empty when the server ended."""
    address = ""
    for line in lines:
        click.echo(line, nl=False)
        if line.startswith(_ATTACH):
            address = shlex.split(line)[2]
        if line.startswith("token: "):
            break
    return address


def _hear(stream: IO[str], words: deque[str]) -> None:
    for line in stream:
        words.append(line.rstrip("\n"))
