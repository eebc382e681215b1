"""How the states of a run's units are shown: a mark and a colour each (SCREENS, "Runs")."""

from typing import Final, NamedTuple

from connectome_tui.events.model import UnitState


class UnitMark(NamedTuple):
    """The mark of a state, the same in ASCII, the token of its colour, and its name for people."""

    glyph: str
    ascii: str
    token: str
    word: str


UNIT_MARKS: Final[dict[UnitState, UnitMark]] = {
    "pending": UnitMark("○", ".", "text.muted", "pending"),
    "ready": UnitMark("◌", "o", "text", "ready"),
    "in_progress": UnitMark("◐", "%", "call.code", "in progress"),
    "running": UnitMark("◐", "%", "call.code", "running"),
    "complete": UnitMark("●", "*", "ok", "complete"),
    "failed": UnitMark("✗", "x", "error", "failed"),
    "blocked": UnitMark("⊘", "!", "warn", "blocked"),
}
