"""A step script as it is used, once it is known to be right; `script_model` says what is right."""

from typing import Literal

import msgspec

from connectome_tui.events.model import CallType, Status, Trigger
from connectome_tui.events.topology import Zone

Wait = Literal["start", "stop", "none"]


class NodeParts(msgspec.Struct, frozen=True, kw_only=True):
    """A node as the script gives it; empty is made from the id."""

    id: str
    title: str = ""
    kind: str = ""
    zone: Zone | None = None
    detail: str = ""


class StepParts(msgspec.Struct, frozen=True, kw_only=True, rename={"from_node": "from", "to_node": "to"}):
    """A step as the script gives it."""

    from_node: str
    to_node: str
    label: str
    step_key: str = ""
    trigger: Trigger = "direct"
    call_type: CallType = "code"
    at_ms: float | None = None
    after_ms: float | None = None
    duration_ms: float | None = None
    summary: str | None = None
    rate: str | None = None
    energy_delta: float | None = None
    status: Status = "unset"
    notes: str | None = None
    parent: str | None = None
    links: tuple[str, ...] = ()
    wait: Wait = "none"
    sentence: str | None = None

    @property
    def key(self) -> str:
        """What other steps call it."""
        return self.step_key or self.label


class ScriptParts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole script."""

    title: str
    nodes: tuple[NodeParts, ...]
    steps: tuple[StepParts, ...]
