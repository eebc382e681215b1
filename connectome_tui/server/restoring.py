"""A stepped session as it was: the inputs that were kept are given to the same recording again (ENGINE-6, SERVER-7)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import RuntimeCommand
from connectome_tui.events.flow import Recording
from connectome_tui.events.numbers import counted
from connectome_tui.net.command_codec import OpenFlow, command_of
from connectome_tui.server.journal import UnreadableJournalError
from connectome_tui.server.keeping import KeptCommit
from connectome_tui.server.kept_session import KeptSession
from connectome_tui.session import SteppedSession, start_session
from connectome_tui.store.state import SharedView
from connectome_tui.store.store import RestartPolicy

OPEN: Final = "open"


class ReplayError(Exception):
    """The kept inputs do not give the session that they were kept of."""


def begin_stepped(
    recording: Recording, flow_id: str, *, keeper: KeptSession, clock: HeldClock, restart_policy: RestartPolicy
) -> tuple[SteppedSession, Sequence[str]]:
    """The session that `keeper` knows, as it was; a new one when there is none, or none that can be restored.

    The recording is complete. The commits of a new one count on behind all that were. Beside it: what is
    to be said of it, in one line each. `KeyError` for an unknown flow.
    """
    notices: list[str] = []
    try:
        history = keeper.history()
        if history:
            session = replayed(recording, flow_id, history, clock=clock, restart_policy=restart_policy)
            if not keeper.restores_all:
                notices.append(_stops_at(keeper.name, session))
            return session, notices
    except (ReplayError, UnreadableJournalError) as problem:
        notices.append(f"{keeper.name}: begins anew, because what was kept of it cannot be done again: {problem}")
        keeper.forget_history()
    run = unused_run(keeper.revision)
    session = start_session(recording, flow_id, clock=clock, restart_policy=restart_policy, run=run)
    session.store.continue_from(keeper.revision + 1)
    return session, notices


def unused_run(revision: int) -> int:
    """A number that no run of a session had up to this revision: each begins with a commit of its own (SERVER-5).

    Else a command that was meant for a run before would be carried out in one that begins anew.
    """
    return revision + 1


def replayed(
    recording: Recording,
    flow_id: str,
    history: Sequence[KeptCommit],
    *,
    clock: HeldClock,
    restart_policy: RestartPolicy,
) -> SteppedSession:
    """The session that these inputs make, each at its time and as its commit; `ReplayError` when they do not.

    It steps the flow that was opened last, which need not be `flow_id`.
    """
    first = history[0]
    if first.command is None or first.command.get("kind") != OPEN:
        raise ReplayError("its beginning is missing")
    run = first.command.get("run", 1)
    if not isinstance(run, int):
        raise ReplayError("its beginning has no number")
    opened = str(first.command.get("flow") or flow_id)
    with clock.hold(first.at_ms):
        try:
            session = start_session(recording, opened, clock=clock, restart_policy=restart_policy, run=run)
        except KeyError:
            raise ReplayError(f"there is no flow {opened!r:.80} any more") from None
    store = session.store
    store.continue_from(first.revision)
    for commit in history[1:]:
        if commit.command is None:
            continue
        if store.state.commit_id != commit.revision - 1:
            store.continue_from(commit.revision - 1)
        with clock.hold(commit.at_ms):
            give(session, commit.command)
        if store.state.commit_id != commit.revision:
            raise ReplayError(f"commit {commit.revision} ({commit.command.get('kind')}) is another one now")
    return session


def give(session: SteppedSession, command: dict[str, Any]) -> None:
    """Give a session an input that was kept; `ReplayError` for one that is none."""
    kind = command.get("kind")
    try:
        if kind == "serve_deadline":
            session.engine.serve_deadline()
        elif kind == "set_shared_view":
            session.store.set_shared_view(msgspec.convert(command.get("shared"), SharedView))
        else:
            session.engine.dispatch_runtime_command(_engine_command(str(kind), command))
    except (ValueError, msgspec.ValidationError) as problem:
        raise ReplayError(str(problem)) from problem


def _engine_command(kind: str, command: dict[str, Any]) -> RuntimeCommand:
    given = command_of(kind, command)
    if isinstance(given, OpenFlow):
        raise ReplayError("a flow is opened at the beginning of a history alone")
    return given


def _stops_at(name: str, session: SteppedSession) -> str:
    events = counted(session.store.state.cursor, "step")
    return f"{name}: is restored as it was after {events}; what was done behind them was too much to be kept"
