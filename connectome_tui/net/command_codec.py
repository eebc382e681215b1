"""Commands to the engine as they travel in a `command` frame (SERVER-4, CLIENT-6): one table for both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.net.frames import CommandKind


@dataclass(frozen=True, slots=True)
class OpenFlow:
    """Step another flow of the same recording: the session begins anew with it, for all; no engine carries that out."""

    flow_id: str
    kind: Literal["open_flow"] = "open_flow"


SessionCommand = RuntimeCommand | OpenFlow
"""What a window can ask of a session."""

MAX_INDEX: Final = 2**53
"""Numbers beyond it are no place in a ledger, and other languages cannot read them exactly."""

_TYPES: Final[Mapping[str, type[SessionCommand]]] = {
    "next_step": NextStep,
    "restart": Restart,
    "set_mode": SetMode,
    "set_speed": SetSpeed,
    "set_local_pause": SetLocalPause,
    "set_pinned": SetPinned,
    "inspect": Inspect,
    "inspect_by": InspectBy,
    "open_flow": OpenFlow,
}


def payload_of(command: SessionCommand) -> tuple[CommandKind, dict[str, Any]]:
    """The kind of a command and its fields, as a frame carries them."""
    fields = msgspec.to_builtins(command)
    del fields["kind"]
    return command.kind, fields


def command_of(kind: str, payload: Mapping[str, Any]) -> SessionCommand:
    """The command of a frame; `ValueError` says in one line what is wrong. Unknown fields are ignored."""
    wanted = _TYPES.get(kind)
    if wanted is None:
        raise ValueError(f"no such command: {kind!r:.60}; there are {', '.join(_TYPES)}")
    try:
        command = msgspec.convert({**payload, "kind": kind}, wanted)
    except msgspec.ValidationError as problem:
        raise ValueError(f"{kind}: {problem}") from None
    place = command.arrival_index if isinstance(command, Inspect) else None
    place = command.delta if isinstance(command, InspectBy) else place
    if place is not None and abs(place) >= MAX_INDEX:
        raise ValueError(f"{kind}: a place lies between -2^53 and 2^53")
    return command
