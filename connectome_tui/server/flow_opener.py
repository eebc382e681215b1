"""Stepping another flow of the recording behind a session, for all who follow it (SPAN-7, SERVER-5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectome_tui.events.flow import ALL_FLOWS, Recording
from connectome_tui.net.command_codec import OpenFlow
from connectome_tui.server.elsewhere import Elsewhere
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import Actor
from connectome_tui.server.reducers.stage import ACCEPTED, Outcome
from connectome_tui.server.restoring import unused_run
from connectome_tui.server.trouble import Troubles
from connectome_tui.session import SteppedSession, start_session

LIVE: Final = "what comes live is one flow: there is no other to open"
BUSY: Final = "another flow is being opened just now"
REPLACED: Final = "the session began anew meanwhile"

Told = Callable[[Outcome], None]


@dataclass(slots=True)
class _Opening:
    """A flow that is being put together, who asked for it with which intent, and who waits for the answer."""

    actor: Actor
    intent_id: str
    waiting: list[Told] = field(default_factory=list)


class FlowOpener:
    """Has the sessions of a server step another flow, one at a time each; what takes long is done `elsewhere`."""

    def __init__(self, sessions: Mapping[str, HostedSession], troubles: Troubles, elsewhere: Elsewhere) -> None:
        self._sessions = sessions
        self._troubles = troubles
        self._elsewhere = elsewhere
        self._under_way: dict[str, _Opening] = {}

    def awaits(self, hosted: HostedSession, actor: Actor, intent_id: str, told: Told) -> bool:
        """Whether just this intent is being carried out: `told` is called as well then, and nothing is done twice."""
        opening = self._under_way.get(hosted.name)
        if opening is None or (opening.actor.actor_id, opening.intent_id) != (actor.actor_id, intent_id):
            return False
        opening.waiting.append(told)
        return True

    def open(self, hosted: HostedSession, command: OpenFlow, actor: Actor, intent_id: str, told: Told) -> None:
        """Step this flow from its start. `told` is called once, perhaps at once; `hosted.tell` is to be called then."""
        running, opening = hosted.running, self._under_way.get(hosted.name)
        if not isinstance(running, SteppedSession):
            told(Outcome("command.blocked", LIVE))
        elif opening is not None:
            told(Outcome("command.blocked", BUSY))
        elif not _has(running.recording, command.flow_id):
            told(Outcome("flow.unknown", f"{running.recording.name} has no flow {command.flow_id!r:.80}"))
        else:
            opening = self._under_way[hosted.name] = _Opening(actor, intent_id, [told])
            self._elsewhere(
                lambda: _failure(running.recording, command.flow_id),
                lambda failure: self._made(hosted, running, command.flow_id, failure),
            )

    def _made(self, hosted: HostedSession, before: SteppedSession, flow_id: str, failure: Exception | None) -> None:
        opening = self._under_way.pop(hosted.name)
        outcome = ACCEPTED
        if hosted.running is not before or self._sessions.get(hosted.name) is not hosted:
            outcome = Outcome("command.blocked", REPLACED)
        else:
            with self._troubles.caught(f"{hosted.name}: the flow {flow_id!r:.80} cannot be opened") as attempt:
                if failure is not None:
                    raise failure
                session = start_session(
                    before.recording,
                    flow_id,
                    clock=hosted.clock,
                    restart_policy=before.store.restart_policy,
                    run=unused_run(hosted.revision),
                )
            if attempt.has_failed:
                outcome = Outcome("server.failed", str(self._troubles.newest))
            else:
                hosted.open_flow(session, opening.actor, opening.intent_id)
        for told in opening.waiting:
            told(outcome)


def _has(recording: Recording, flow_id: str) -> bool:
    return flow_id == ALL_FLOWS or any(flow.id == flow_id for flow in recording.flows)


def _failure(recording: Recording, flow_id: str) -> Exception | None:
    """Put a flow together, which the recording then has at hand; what was raised."""
    try:
        recording.flow(flow_id)
    except Exception as failure:  # noqa: BLE001 - told to who asked, and reported
        return failure
    return None
