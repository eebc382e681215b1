"""Who acts on a session, and what they do to it: noted, so that a commit can say who made it and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import RuntimeCommand, RuntimeReleaseResult
from connectome_tui.net.command_codec import payload_of
from connectome_tui.server.keeping import SERVER_ACTOR, Actor
from connectome_tui.session import LiveSession, SteppedSession
from connectome_tui.store.state import SharedView, State

Running = SteppedSession | LiveSession
"""What is hosted: a recording that is stepped, or live sources."""


@dataclass(slots=True)
class Act:
    """What somebody does: the input of the engine goes with the first commit that it makes."""

    actor: Actor = SERVER_ACTOR
    intent_id: str = ""
    command: dict[str, Any] | None = None

    def take_command(self) -> dict[str, Any] | None:
        """The input, once."""
        command, self.command = self.command, None
        return command


class Acts:
    """One acts at a time, and the clock stands still meanwhile."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock = clock
        self.now: Act | None = None

    @contextmanager
    def by(self, actor: Actor, intent_id: str = "") -> Iterator[Act]:
        """Somebody acts until the block ends."""
        assert self.now is None, "one acts at a time"
        self.now = Act(actor, intent_id)
        try:
            with self._clock.hold():
                yield self.now
        finally:
            self.now = None


class HostedStage:
    """A session while somebody acts on it (`reducers/stage.py`)."""

    def __init__(self, running: Running, act: Act) -> None:
        self._running = running
        self._act = act

    @property
    def state(self) -> State:
        return self._running.store.state

    def dispatch(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        kind, payload = payload_of(command)
        self._act.command = {"kind": kind, **payload}
        return self._running.engine.dispatch_runtime_command(command)

    def share(self, shared: SharedView) -> None:
        self._act.command = {"kind": "set_shared_view", "shared": msgspec.to_builtins(shared)}
        self._running.store.set_shared_view(shared)

    def serve_deadline(self) -> None:
        """Have the engine release what is due."""
        self._act.command = {"kind": "serve_deadline"}
        self._running.engine.serve_deadline()
