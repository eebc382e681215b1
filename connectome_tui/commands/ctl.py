"""`connectome ctl`: one command to a shared session, and its acknowledgement (SERVER-5)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import click

from connectome_tui.client.talk import Talk
from connectome_tui.commands.user import user_name
from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.net.addresses import parse_server_address
from connectome_tui.net.frames import Ack, CommandKind, Origin
from connectome_tui.net.token_files import token_for

REFUSED_STATUS: Final = 1

Action = Literal["next", "restart", "mode", "speed", "pause", "flows", "open", "state", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CtlChoices:
    """What the options say. `actor` None: the name of the user."""

    session: str | None
    as_json: bool
    token_file: str | None
    actor: str | None
    origin: Origin
    count: int


def run(address: str, action: Action, value: str | None, choices: CtlChoices) -> int:
    """Do it; the exit status: 0 accepted, 1 refused."""
    return asyncio.run(_with_talk(address, choices, _ACTIONS[action](value, choices)))


_Work = Callable[[Talk, str], Awaitable[int]]


async def _with_talk(text: str, choices: CtlChoices, work: _Work) -> int:
    address = parse_server_address(text)
    token = token_for(address, choices.token_file)
    async with Talk(address, token, actor=choices.actor or user_name(), origin=choices.origin) as talk:
        return await work(talk, _session(talk, choices.session or address.session))


def _session(talk: Talk, wanted: str) -> str:
    """The session that is meant: the only one, when none was named."""
    names = talk.welcome.sessions
    place = str(talk.address.place)
    if wanted:
        if wanted in names:
            return wanted
        raise SourceError(place, f"there is no session {visible(wanted)!r}{_there_are(names)}")
    if len(names) == 1:
        return names[0]
    raise SourceError(place, f"say which session{_there_are(names)}: --session NAME" if names else "it has no session")


def _there_are(names: tuple[str, ...]) -> str:
    some = ", ".join(visible(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
    return f"; there are {some}" if names else "; it has none"


def _command(kind: CommandKind, payload: dict[str, object] | None = None) -> Callable[[CtlChoices], _Work]:
    def of(choices: CtlChoices) -> _Work:
        async def work(talk: Talk, session: str) -> int:
            ack, done = await talk.repeat(session, kind, payload, count=choices.count)
            return _tell(session, ack, choices, done)

        return work

    return of


def _next(value: str | None, choices: CtlChoices) -> _Work:
    _no_value("next", value)
    return _command("next_step")(choices)


def _restart(value: str | None, choices: CtlChoices) -> _Work:
    _no_value("restart", value)
    return _command("restart")(_once(choices))


def _mode(value: str | None, choices: CtlChoices) -> _Work:
    return _command("set_mode", {"mode": _one_of("mode", value, "stepper", "realtime")})(_once(choices))


def _speed(value: str | None, choices: CtlChoices) -> _Work:
    return _command("set_speed", {"speed": _one_of("speed", value, "pause", "1x", "2x", "3x")})(_once(choices))


def _pause(value: str | None, choices: CtlChoices) -> _Work:
    wanted = _one_of("pause", value or "toggle", "on", "off", "toggle")

    async def work(talk: Talk, session: str) -> int:
        paused = wanted == "on"
        if wanted == "toggle":
            from connectome_tui.client.shared_state import shared_state

            paused = not (await shared_state(talk, session)).changes.local_pause
        return await _command("set_local_pause", {"paused": paused})(_once(choices))(talk, session)

    return work


def _open(value: str | None, choices: CtlChoices) -> _Work:
    if not value:
        raise click.UsageError("open takes the id of a flow, or all; flows lists them")
    return _command("open_flow", {"flow_id": value})(_once(choices))


def _flows(value: str | None, choices: CtlChoices) -> _Work:
    _no_value("flows", value)

    async def work(talk: Talk, session: str) -> int:
        from connectome_tui.client.shared_flows import flows_object, flows_text

        await talk.select(session, commits=False)
        parts = [part async for part in talk.flows()]
        if choices.as_json:
            click.echo(json.dumps(flows_object(parts), ensure_ascii=False))
        else:
            for line in flows_text(parts):
                click.echo(line)
        return 0

    return work


def _state(value: str | None, choices: CtlChoices) -> _Work:
    _no_value("state", value)

    async def work(talk: Talk, session: str) -> int:
        from connectome_tui.client.shared_state import shared_state, state_object, state_text

        baseline = await shared_state(talk, session)
        object_ = state_object(session, baseline, talk.welcome.server_now_ms)
        click.echo(json.dumps(object_, ensure_ascii=False) if choices.as_json else state_text(object_))
        return 0

    return work


def _log(value: str | None, choices: CtlChoices) -> _Work:
    _no_value("log", value)

    async def work(talk: Talk, session: str) -> int:
        from connectome_tui.client.shared_log import write_shared_log
        from connectome_tui.client.shared_state import shared_state
        from connectome_tui.commands.output import open_output

        baseline = await shared_state(talk, session)
        with open_output(None) as output:
            await write_shared_log(talk, baseline, output, "jsonl" if choices.as_json else "text")
        return 0

    return work


_ACTIONS: dict[Action, Callable[[str | None, CtlChoices], _Work]] = {
    "next": _next,
    "restart": _restart,
    "mode": _mode,
    "speed": _speed,
    "pause": _pause,
    "flows": _flows,
    "open": _open,
    "state": _state,
    "log": _log,
}


def _once(choices: CtlChoices) -> CtlChoices:
    if choices.count != 1:
        raise click.UsageError("--count goes with next alone")
    return choices


def _no_value(action: Action, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(f"{action} takes no value; got {value!r}")


def _one_of(action: Action, value: str | None, *values: str) -> str:
    if value in values:
        return str(value)
    got = "" if value is None else f"; got {value!r}"
    raise click.UsageError(f"{action} takes one of {', '.join(values)}{got}")


def _tell(session: str, ack: Ack, choices: CtlChoices, done: int) -> int:
    """Say what became of a command; what was refused goes to standard error, with its reason."""
    message = "" if ack.accepted else _advice(ack.message)
    if choices.as_json:
        answer: dict[str, Any] = {"accepted": ack.accepted, "session": session, "intent_id": ack.intent_id}
        answer |= {"revision": ack.revision} if ack.accepted else {"code": ack.code, "message": message}
        if choices.count != 1:
            answer["done"] = done
        click.echo(json.dumps(answer, ensure_ascii=False))
    if ack.accepted:
        if not choices.as_json:
            click.echo(f"accepted, revision {ack.revision}" + (f" ({done} times)" if choices.count != 1 else ""))
        return 0
    after = f" after {done} of {choices.count}" if choices.count != 1 else ""
    click.echo(f"connectome: refused{after}: {visible(message)} ({ack.code})", err=True)
    return REFUSED_STATUS


def _advice(message: str) -> str:
    """A refusal, with the command of a script where the server names the key of a window."""
    from connectome_tui.engine.runtime import IN_REALTIME, NOTHING_PLAYS

    return {
        IN_REALTIME: "Next is blocked in realtime: `mode stepper` goes back",
        NOTHING_PLAYS: "Nothing plays in stepper mode: `mode realtime` plays",
    }.get(message, message)
