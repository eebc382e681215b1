"""One reducer for each scope (SERVER-1): they alone change the state of a session, through its engine and store."""

from collections.abc import Callable, Mapping
from typing import Any, Final

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
from connectome_tui.net.frames import Scope
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers import focus, playback, session, source, view
from connectome_tui.server.reducers.stage import Outcome, Stage

Write = Callable[[Stage, RecordKey, Any], Outcome]
CarryOut = Callable[[Stage, RuntimeCommand], Outcome]

WRITES: Final[Mapping[Scope, Write]] = {
    "playback": playback.write,
    "focus": focus.write,
    "view": view.write,
    "source": source.write,
    "session": session.write,
}
"""Who writes the records of a scope. `ValueError` for a value that it cannot have."""

COMMANDS: Final[Mapping[type[RuntimeCommand], tuple[Scope, CarryOut]]] = {
    NextStep: ("playback", playback.carry_out),
    SetMode: ("playback", playback.carry_out),
    SetSpeed: ("playback", playback.carry_out),
    SetLocalPause: ("playback", playback.carry_out),
    SetPinned: ("focus", focus.carry_out),
    Inspect: ("focus", focus.carry_out),
    InspectBy: ("focus", focus.carry_out),
    Restart: ("session", session.carry_out),
}
"""To which scope a command belongs, and who carries it out."""
