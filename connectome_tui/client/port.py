"""The command port of an attached window (ENGINE-7): intent goes to the server, what comes of it is in the store."""

from collections.abc import Callable
from typing import Final

from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import Failure
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    RuntimeCommand,
    RuntimeReleaseResult,
)
from connectome_tui.engine.pacing import animation_ms
from connectome_tui.engine.runtime import DONE, NOTHING_RELEASED, blocked
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.deltas import LookAnswer

NEWEST: Final = "This is the newest event."

OnRefused = Callable[[RuntimeCommand, str, str], None]
"""Told of a command that was refused after it was sent: the command, the code, and the reason in one line."""


class RemotePort:
    """Sends commands; `dispatch_runtime_command` answers at once whether one was sent.

    While the view is detached, looking back is this window's own: it is asked of the server as a
    question, and nobody else sees it.
    """

    def __init__(self, client: WindowClient, on_refused: OnRefused) -> None:
        self._client = client
        self._on_refused = on_refused
        self._is_looking = False
        self._further = 0

    def dispatch_runtime_command(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Send a command, or answer why that cannot be; a refusal by the server comes later, to `on_refused`."""
        if self._client.is_detached and (alone := self._alone(command)) is not None:
            return alone

        def answered(answer: Answer) -> None:
            if not answer.accepted:
                self._on_refused(command, answer.code, answer.message)

        sent = self._client.send(command, answered)
        return blocked(sent.message) if isinstance(sent, Failure) else DONE

    def animation_ms(self, event: FlowEvent) -> float:
        """How long the release of an event is animated at the speed in force (ENGINE-3)."""
        return animation_ms(event.duration_ms, self._client.store.state.speed)

    def next_deadline_ms(self) -> float | None:
        """Never: the server's engine has the deadlines."""
        return None

    def serve_deadline(self) -> None:
        """Nothing is ever due here."""

    # Looking back alone

    def _alone(self, command: RuntimeCommand) -> RuntimeReleaseResult | None:
        """What looking back comes to while detached; None for what is for all."""
        state = self._client.store.state
        match command:
            case Inspect(arrival_index=None):
                self._client.store.look_alone(LookAnswer())
                return DONE
            case Inspect(arrival_index=int(index)):
                return self._look(index, 0)
            case InspectBy(delta=delta):
                return self._look_by(delta)
            case NextStep() if state.inspection_index is not None:
                return self._look_by(1)
            case _:
                return None

    def _look_by(self, delta: int) -> RuntimeReleaseResult:
        state = self._client.store.state
        if self._is_looking:
            self._further += delta
            return DONE
        if not len(state.ledger):
            return blocked(NOTHING_RELEASED)
        if state.inspection_index is None and delta >= 0:
            return blocked(NEWEST)
        here = state.ledger.end - 1 if state.inspection_index is None else state.inspection_index
        return self._look(here, delta)

    def _look(self, index: int, by: int) -> RuntimeReleaseResult:
        refused = self._client.look(index, by, self._looked)
        self._is_looking = refused is None
        return DONE if refused is None else blocked(refused.message)

    def _looked(self, answer: LookAnswer) -> None:
        self._is_looking = False
        further, self._further = self._further, 0
        if not self._client.is_detached:
            return
        if answer.refused:
            command = InspectBy(further) if further else Inspect(answer.index)
            self._on_refused(command, "client.look", answer.refused)
            return
        self._client.store.look_alone(answer)
        if further:
            self._look_by(further)
