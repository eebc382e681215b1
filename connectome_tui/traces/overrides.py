"""What a configuration file says about nodes: other titles, zones and kinds by pattern (SPAN-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectome_tui.events.topology import Zone


@dataclass(frozen=True, slots=True)
class NodeOverride:
    """Another title, zone or kind for the nodes that `pattern` names; None leaves it as it is.

    `pattern` is a shell pattern (`*`, `?`, `[…]`) for the node's id (`service:cart-*`) or its name (`cart-*`).
    """

    pattern: str
    title: str | None = None
    zone: Zone | None = None
    kind: str | None = None


def override_for(kind: str, name: str, overrides: Sequence[NodeOverride]) -> NodeOverride | None:
    """What is said about a node: for title, zone and kind each the first matching entry that has one."""
    matching = [
        entry for entry in overrides if fnmatchcase(name, entry.pattern) or fnmatchcase(f"{kind}:{name}", entry.pattern)
    ]
    if not matching:
        return None
    return NodeOverride(
        pattern=matching[0].pattern,
        title=next((entry.title for entry in matching if entry.title), None),
        zone=next((entry.zone for entry in matching if entry.zone), None),
        kind=next((entry.kind for entry in matching if entry.kind), None),
    )
