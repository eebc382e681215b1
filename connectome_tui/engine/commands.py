"""The commands that the engine takes and what it answers (ENGINE-1, ENGINE-7): the only way for intent."""

from dataclasses import dataclass
from typing import Literal, Protocol

from connectome_tui.events.model import FlowEvent
from connectome_tui.store.state import Mode, Speed


@dataclass(frozen=True, slots=True)
class NextStep:
    """Release one event; while looking back, look one entry further (ENGINE-8)."""

    kind: Literal["next_step"] = "next_step"


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin a new session at cursor 0 (STORE-9)."""

    kind: Literal["restart"] = "restart"


@dataclass(frozen=True, slots=True)
class SetMode:
    """Stepper or realtime; entering realtime at speed `pause` sets 1x (ENGINE-5)."""

    mode: Mode
    kind: Literal["set_mode"] = "set_mode"


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Pacing only, never authorisation (ENGINE-3)."""

    speed: Speed
    kind: Literal["set_speed"] = "set_speed"


@dataclass(frozen=True, slots=True)
class SetLocalPause:
    """Hold or resume the releasing of realtime mode."""

    paused: bool
    kind: Literal["set_local_pause"] = "set_local_pause"


@dataclass(frozen=True, slots=True)
class Inspect:
    """Look at an entry that was released; None returns to the head (ENGINE-8)."""

    arrival_index: int | None
    kind: Literal["inspect"] = "inspect"


@dataclass(frozen=True, slots=True)
class InspectBy:
    """Look `delta` entries further back (negative) or forward; at the head's end it returns to the head."""

    delta: int
    kind: Literal["inspect_by"] = "inspect_by"


@dataclass(frozen=True, slots=True)
class SetPinned:
    """Keep focus and explanation where they are while realtime mode goes on, or let them follow (STORE-11)."""

    pinned: bool
    kind: Literal["set_pinned"] = "set_pinned"


RuntimeCommand = NextStep | Restart | SetMode | SetSpeed | SetLocalPause | SetPinned | Inspect | InspectBy

ReleaseStatus = Literal["released", "blocked", "end_of_script"]


@dataclass(frozen=True, slots=True)
class RuntimeReleaseResult:
    """What came of a command. `notes` says in one sentence why it was blocked.

    A command that releases nothing and is not refused (a mode, a speed) answers `released` with no event.
    """

    released_event: FlowEvent | None
    status: ReleaseStatus
    notes: str = ""


class CommandPort(Protocol):
    """Where intent goes: the engine here, the server in an attached window."""

    def dispatch_runtime_command(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Carry out one command as one commit."""
        ...
