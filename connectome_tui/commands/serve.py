"""`connectome serve`: sessions that others attach to, without a terminal (SERVER)."""

import asyncio
import shlex
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from connectome_tui.clock import HeldClock, SystemClock
from connectome_tui.commands.sources import collect_seldom, note_what_was_skipped, open_options
from connectome_tui.config import load_config
from connectome_tui.events.visible import visible
from connectome_tui.net.addresses import DEFAULT_PORT, ServerAddress, parse_listen_address
from connectome_tui.net.token_files import TOKEN_VARIABLE
from connectome_tui.receiver.addresses import LOCALHOST, Address, bind, bound_address
from connectome_tui.server.core import ServerCore
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import open_keeper
from connectome_tui.server.serving import Serving, until_told_to_end
from connectome_tui.server.state_folder import state_folder
from connectome_tui.server.tokens import KeptTokens, check_reach, keep_tokens
from connectome_tui.session import start_session
from connectome_tui.sources.named import chosen_flow, source_paths
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.unix_socket import ListeningSocket

DEFAULT_LISTEN: Final = f"127.0.0.1:{DEFAULT_PORT}"
MANY_FILES: Final = 4096
"""So many connections and files may be open, where the system allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeChoices:
    """What the options say."""

    listen: Sequence[str]
    unix: Sequence[str]
    token_file: str | None
    allow_host: Sequence[str]
    scenarios: str | None
    flow: str | None
    restart_policy: Literal["boundary", "clear"] | None
    stepper: bool
    settle_ms: float
    no_record: bool
    attributes: bool


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a server listens. `passing` are those of its addresses whose port the system chose."""

    sockets: Sequence[socket.socket]
    addresses: Sequence[ServerAddress]
    passing: Sequence[ServerAddress]


def run(sources: Sequence[str], **options: object) -> int:
    """Serve until told to end; the exit status."""
    choices = ServeChoices(**options)  # type: ignore[arg-type]
    if not sources and choices.scenarios is None:
        raise click.UsageError("say what to serve: a SOURCE, or a folder of --scenarios")
    _allow_many_files()
    collect_seldom()
    with _places(choices) as places:
        tokens = keep_tokens(places.addresses, choices.token_file, passing=places.passing)
        try:
            asyncio.run(_serve(sources, choices, places, tokens))
        finally:
            tokens.close()
    return 0


async def _serve(sources: Sequence[str], choices: ServeChoices, places: _Places, tokens: KeptTokens) -> None:
    clock, config = HeldClock(SystemClock()), load_config()
    keeper = open_keeper(state_folder(_name_of(places.addresses[0])), clock)
    try:
        core = ServerCore(clock, keeper, tokens.tokens, name=str(places.addresses[0]))
        for name in sources:
            recording = open_recording(source_paths([name]), options=open_options(config=config))
            note_what_was_skipped(recording)
            running = start_session(
                recording,
                chosen_flow(recording, choices.flow),
                clock=clock,
                restart_policy=choices.restart_policy or config.restart_policy,
            )
            session = Path(name.removeprefix("sample:")).stem
            core.add_session(HostedSession(session, running, clock=clock, keeper=keeper.session(session, "")))
        serving = Serving(core, clock, allowed_hosts=choices.allow_host)
        await serving.listen(places.sockets)
        try:
            for line in (*keeper.notices, *_how_to_attach(core, places, choices, tokens)):
                click.echo(line)
            await until_told_to_end()
        finally:
            await serving.close()
    finally:
        keeper.close()


@contextmanager
def _places(choices: ServeChoices) -> Iterator[_Places]:
    """Listening sockets, all of them or none; `SourceError` in one line."""
    wanted = [parse_listen_address(text) for text in choices.listen or ([] if choices.unix else [DEFAULT_LISTEN])]
    check_reach([_reached(address) for address in wanted], choices.token_file)
    sockets: list[socket.socket] = []
    unix: list[ListeningSocket] = []
    addresses, passing = [], []
    try:
        for address in wanted:
            bound = bind(address)
            sockets += bound
            addresses += [_reached(bound_address(one)) for one in bound]
            passing += [_reached(bound_address(one)) for one in bound if not address.port]
        for path in choices.unix:
            unix.append(ListeningSocket(str(Path(path.removeprefix("unix:")).expanduser())))
            addresses.append(ServerAddress("unix", path=path.removeprefix("unix:")))
        yield _Places([*sockets, *(one.socket for one in unix)], addresses, passing)
    finally:
        for one in sockets:
            one.close()
        for listening in unix:
            listening.close()


def _reached(address: Address) -> ServerAddress:
    return ServerAddress("ws", address.host, address.port)


def _name_of(address: ServerAddress) -> str:
    return address.path if address.transport == "unix" else str(Address(address.host, address.port))


def _how_to_attach(
    core: ServerCore, places: _Places, choices: ServeChoices, tokens: KeptTokens
) -> Iterator[str]:
    """What is served, and the lines that can be pasted into another terminal."""
    for hosted in core.sessions.values():
        item = hosted.catalog_item(0)
        steps = f", {item.total} steps" if item.total is not None else ""
        yield f"serving {visible(item.name)} ({item.kind}{steps})"
    names = list(core.sessions)
    shown = "" if choices.token_file is None else f" --token-file {shlex.quote(choices.token_file)}"
    address = places.addresses[0]
    if address.host in {"0.0.0.0", "::"}:  # noqa: S104 -- where it listens; people connect to a name
        address = ServerAddress("ws", LOCALHOST, address.port)
    session = "" if len(names) == 1 else f" --session {shlex.quote(names[0])}" if names else ""
    place = shlex.quote(str(address))
    yield f"connectome attach {place}{shown}"
    yield f"connectome ctl {place} next{shown}{session}"
    for other in places.addresses[1:]:
        yield f"also at {other}"
    full = TOKEN_VARIABLE if tokens.full_file is None else str(tokens.full_file)
    yield f"token: {visible(full)}, to look only: {visible(str(tokens.read_only_file))}"


def _allow_many_files() -> None:
    """Every window is an open file; the usual bound of 1024 is less than the windows that are allowed."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
