"""`connectome serve`: sessions that others attach to, without a terminal (SERVER)."""

import asyncio
import math
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, Literal, NoReturn

import click

from connectome_tui.clock import SystemClock
from connectome_tui.commands.sources import collect_seldom
from connectome_tui.config import load_config
from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.health.hosted_health import health_of
from connectome_tui.live_sources import STANDARD_INPUT
from connectome_tui.server.core import ServerCore
from connectome_tui.server.elsewhere import in_thread
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.places import Places, open_places
from connectome_tui.server.preparing import Prepared, SourceOptions, prepare_sources
from connectome_tui.server.scenarios import ScenarioFolder
from connectome_tui.server.serving import EndSignals, Serving, allow_many_files
from connectome_tui.server.sources import parse_sources
from connectome_tui.server.state_folder import forget_old_servers
from connectome_tui.server.trouble import Trouble
from connectome_tui.session import LiveSession

SAID_AGAIN_SECONDS: Final = 60.0
MOST_SAID: Final = 100


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
    raw: bool
    end_with_stdin: bool


def run(sources: Sequence[str], choices: ServeChoices) -> int:
    """Serve until told to end; the exit status."""
    if not sources and choices.scenarios is None:
        raise click.UsageError("say what to serve: a SOURCE, or a folder of --scenarios")
    named = parse_sources(sources)
    if choices.end_with_stdin and any(source.target == STANDARD_INPUT for source in named):
        raise click.UsageError("--end-with-stdin and a source that is standard input exclude each other")
    options = _source_options(choices)
    signal.signal(signal.SIGTERM, _end_quietly)
    allow_many_files()
    collect_seldom()
    clock = SystemClock()
    with ExitStack() as opened:
        places = opened.enter_context(open_places(choices.listen, choices.unix, choices.token_file))
        keeper = open_keeper(places.state_folder, clock)
        opened.callback(_close, keeper)
        forget_old_servers()
        scenarios = _scenarios(choices, options, keeper, clock, opened)
        core = ServerCore(
            clock, keeper, places.tokens.tokens, scenarios=scenarios, elsewhere=in_thread, name=places.name
        )
        core.troubles.on_trouble(Complaints().complain)
        prepared = prepare_sources(named, options, keeper=keeper, clock=clock)
        for one in prepared:
            opened.callback(one.close)
            core.add_session(
                HostedSession(one.name, one.running, clock=one.clock, keeper=one.keeper, health_of=health_of)
            )
        _note(*keeper.notices, *(notice for one in prepared for notice in one.notices))
        asyncio.run(_serve(core, prepared, scenarios, choices, places))
    return 0


async def _serve(
    core: ServerCore,
    prepared: Sequence[Prepared],
    scenarios: ScenarioFolder | None,
    choices: ServeChoices,
    places: Places,
) -> None:
    with EndSignals() as ending:
        if choices.end_with_stdin:
            ending.watch_standard_input()
        serving = Serving(core, core.services.clock, allowed_hosts=[*places.hosts, *choices.allow_host])
        try:
            for one in prepared:
                if one.feed is not None and isinstance(one.running, LiveSession):
                    serving.follow(one.running, one.feed)
            if scenarios is not None:
                _note(*scenarios.serve(core))
            await serving.listen(places.sockets)
            _say(core, places, [line for one in prepared for line in one.describe])
            await ending.wait()
        finally:
            await serving.close()


def _close(keeper: KeptServer) -> None:
    try:
        keeper.close()
    except OSError as problem:
        _note(str(problem))


def _end_quietly(*_signal: object) -> NoReturn:
    """Told to end before anything is served: what was begun is closed on the way."""
    sys.exit(0)


def _source_options(choices: ServeChoices) -> SourceOptions:
    config = load_config()
    return SourceOptions(
        flow=choices.flow,
        restart_policy=choices.restart_policy or config.restart_policy,
        retention=config.retention,
        nodes=config.nodes,
        record=not choices.no_record,
        recordings=config.recordings.folder,
        recordings_bytes=config.recordings.max_bytes,
        attributes=choices.attributes,
        raw=choices.raw,
        stepper=choices.stepper,
        settle_ms=choices.settle_ms,
    )


def _scenarios(
    choices: ServeChoices, options: SourceOptions, keeper: KeptServer, clock: SystemClock, opened: ExitStack
) -> ScenarioFolder | None:
    if choices.scenarios is None:
        return None
    folder = ScenarioFolder(
        Path(choices.scenarios), options, keeper=keeper, clock=clock, elsewhere=in_thread, health_of=health_of
    )
    opened.callback(folder.close)
    return folder


def _note(*notices: str) -> None:
    """Say what somebody should know."""
    for notice in notices:
        click.echo(f"connectome: {visible(notice)}", err=True)


def _say(core: ServerCore, places: Places, described: Sequence[str]) -> None:
    """What is served, and how to attach, now that somebody can."""
    for hosted in core.sessions.values():
        item = hosted.catalog_item(0)
        steps = f", {item.total} steps" if item.total is not None else ""
        click.echo(f"serving {visible(item.name)} ({item.kind}{steps})")
    for line in described:
        click.echo(visible(line))
    for line in places.how_to_attach(list(core.sessions)):
        click.echo(line)


class Complaints:
    """Says on standard error what goes wrong; what was said is not said again for a while, however often it happens."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def complain(self, trouble: Trouble) -> None:
        """Say it; a mistake of the program with its place."""
        text = str(trouble)
        now = monotonic()
        if now < self._said.get(text, -math.inf) + SAID_AGAIN_SECONDS:
            return
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        self._said[text] = now
        click.echo(f"connectome: {visible(text)}", err=True)
        if not isinstance(trouble.failure, OSError | SourceError):
            lines = "".join(traceback.format_exception(trouble.failure)).splitlines()
            click.echo("\n".join(map(visible, lines)), err=True)
