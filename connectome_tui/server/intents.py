"""What windows want changed: commands and writes of records, each done once, each answered (SERVER-5)."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from connectome_tui.engine.commands import Inspect, InspectBy, Restart
from connectome_tui.events.flow import SourceError
from connectome_tui.net.command_codec import OpenFlow, SessionCommand, command_of
from connectome_tui.net.error_codes import ErrorCode
from connectome_tui.net.frames import Ack, CommandFrame, StateUpdate
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.connections import Connection
from connectome_tui.server.following import no_session, revision_of
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.limits import TOO_MUCH
from connectome_tui.server.reducers.stage import Outcome
from connectome_tui.server.services import Services

Intent = CommandFrame | StateUpdate
Answer = Callable[[Ack], None]


def serve(services: Services, connection: Connection, frame: Intent) -> None:
    """Do what a window wants, unless it was done before; answer it, and only then tell everybody."""
    refused = _refused(services, connection, frame)
    if refused is not None:
        connection.refuse(frame, *refused)
        return
    hosted = services.sessions[frame.session] if frame.session else connection.session
    assert hosted is not None, "it was refused else"
    actor_id = connection.actor.actor_id
    before = hosted.keeper.answer(actor_id, frame.intent_id)
    if before is not None:
        connection.send(msgspec.structs.replace(before, repeated=True))
        return

    def answer(ack: Ack) -> None:
        if ack.code not in FORGOTTEN:
            with hosted.troubles.kept():
                hosted.keeper.keep_answer(actor_id, frame.intent_id, ack)
        connection.send(ack)
        hosted.tell()

    if isinstance(frame, StateUpdate):
        answer(_write(connection, hosted, frame))
    else:
        _command(services, connection, hosted, frame, answer)


FORGOTTEN: frozenset[str] = frozenset(
    {"session.stale", "command.invalid", "state.invalid", "flow.unknown", "limit.rate"}
)
"""Refusals that would be the same again, or that ask for another try, and so need not be kept."""
COSTS: Final[Mapping[type[SessionCommand], float]] = {OpenFlow: 50, Restart: 10, Inspect: 5, InspectBy: 10}
"""What counts as several frames: a run that begins stays in the log, a look back is looked for."""


def _refused(services: Services, connection: Connection, frame: Intent) -> tuple[ErrorCode, str] | None:
    invalid: ErrorCode = "command.invalid" if isinstance(frame, CommandFrame) else "state.invalid"
    if not 0 < len(frame.intent_id) <= services.limits.intent_chars:
        return invalid, f"intent_id has 1 to {services.limits.intent_chars} characters"
    if frame.session not in services.sessions and (frame.session or connection.session is None):
        if frame.session:
            return "session.unknown", no_session(services, frame.session)
        return "session.none", "no session is followed: select one first"
    if connection.role != "full":
        return "auth.read_only", "this window may look and copy, and change nothing"
    return None


def _command(
    services: Services,
    connection: Connection,
    hosted: HostedSession,
    frame: CommandFrame,
    answer: Callable[[Ack], None],
) -> None:
    """Carry out a command; the answer comes once it is done, which for another flow may be later."""

    def told(outcome: Outcome) -> None:
        answer(_ack(hosted, frame, outcome))

    actor, intent_id = connection.actor, frame.intent_id
    if services.flows.awaits(hosted, actor, intent_id, told):
        return
    if frame.session_id and frame.session_id != hosted.state.session_id:
        told(Outcome("session.stale", "it was meant for a run before this one"))
        return
    try:
        command = command_of(frame.kind, frame.payload)
    except ValueError as problem:
        told(Outcome("command.invalid", str(problem)))
        return
    cost = COSTS.get(type(command))
    if cost is not None and not connection.affords(cost):
        told(Outcome("limit.rate", TOO_MUCH))
    elif isinstance(command, OpenFlow):
        services.flows.open(hosted, command, actor, intent_id, told)
    else:
        try:
            outcome = hosted.carry_out(command, actor, intent_id)
        except SourceError as problem:
            outcome = Outcome("server.failed", str(problem))
        told(outcome)


def _write(connection: Connection, hosted: HostedSession, frame: StateUpdate) -> Ack:
    key = RecordKey(frame.scope, frame.target, frame.key)
    record = hosted.records.get(key)
    if record is None:
        return _ack(hosted, frame, Outcome("state.invalid", f"there is no record {key!s:.120}"))
    base = revision_of(frame.base_version)
    if base is None:
        return _ack(hosted, frame, Outcome("state.invalid", f"no revision: {frame.base_version!r:.40}"))
    if str(base) != record.version:
        message = f"{key} was changed meanwhile, by {record.actor_id}"
        return _ack(hosted, frame, Outcome("state.conflict", message), record.version)
    if frame.value == record.value and type(frame.value) is type(record.value):
        return _ack(hosted, frame, Outcome(), record.version)
    try:
        outcome = hosted.write(key, frame.value, connection.actor, frame.intent_id)
    except ValueError as problem:
        outcome = Outcome("state.invalid", f"{key}: {problem}")
    return _ack(hosted, frame, outcome)


def _ack(hosted: HostedSession, frame: Intent, outcome: Outcome, revision: str = "") -> Ack:
    return Ack(
        accepted=not outcome.code,
        intent_id=frame.intent_id,
        revision=revision or str(hosted.revision),
        code=outcome.code,
        message=outcome.message,
    )
