"""What is drawn: the parts (one card each) and the ways between them (one edge each), after folding."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectome_tui.events.model import CallType, Trigger
from connectome_tui.events.topology import Zone


@dataclass(frozen=True, slots=True)
class Part:
    """What one card stands for: one node, or (`folded > 0`) that many nodes of a zone folded into one.

    `column`: the column of its zone that it has to stand in. `has_state`: it is the unit of a run, or
    holds some, and shows how it stands (RUN-6).
    """

    id: str
    title: str
    zone: Zone
    detail: str = ""
    steps: tuple[str, ...] = ()
    has_energy: bool = False
    folded: int = 0
    members: tuple[str, ...] = ()
    column: int | None = None
    has_state: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """What one drawn edge stands for: `source` and `target` are indexes of parts, `members` ids of edges."""

    id: str
    source: int
    target: int
    trigger: Trigger = "direct"
    call_type: CallType = "code"
    members: tuple[str, ...] = ()

    @property
    def bundle(self) -> str:
        """The label of a folded edge, `×N`; empty for one edge alone."""
        return f"×{len(self.members)}" if len(self.members) > 1 else ""


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts, in the order of their zones, and all ways; and which of them shows a node or an edge."""

    parts: tuple[Part, ...]
    ways: tuple[Way, ...]
    part_of: Mapping[str, int]
    way_of: Mapping[str, int]
