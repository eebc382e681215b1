"""`connectome attach`: a window on a shared session, on this terminal."""

import gc
import os
import sys
from typing import Literal

import click

from connectome_tui.commands.sources import collect_seldom
from connectome_tui.commands.user import user_name
from connectome_tui.config import load_config
from connectome_tui.net.addresses import parse_server_address
from connectome_tui.net.token_files import token_for


def run(
    address: str,
    *,
    follow: bool,
    read_only: bool,
    token_file: str | None,
    name: str | None,
    theme: Literal["dark", "light"] | None,
    ascii: bool | None,  # noqa: A002 -- the name of the option
) -> int:
    """Follow a session of the server at `address`; the exit status."""
    server = parse_server_address(address)
    _check_terminal(address)
    config = load_config()
    token_for(server, token_file, read_only=read_only)  # what is wrong with it is told before the screen is taken
    os.environ.setdefault("TEXTUAL_FPS", "240")
    gc.disable()
    from connectome_tui.app.run_attached import run_attached
    from connectome_tui.client.connection_session import Identity

    collect_seldom()
    gc.enable()
    return run_attached(
        server,
        identity=Identity(user=name or user_name(), client="connectome", role="read-only" if read_only else "full"),
        auth=lambda: token_for(server, token_file, read_only=read_only),
        config=config,
        detached=not follow,
        theme=theme,
        ascii_only=ascii,
    )


def _check_terminal(address: str) -> None:
    """End with a line that names `ctl` when there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        raise click.ClickException(
            f"attach needs a terminal; without one, ask for the state as text: connectome ctl {address} state"
        )
