"""What a run is called, and how it ended, in a list of flows: told by its own events."""

from collections.abc import Mapping
from typing import Final

from connectome_tui.events.model import FlowEvent, UnitState
from connectome_tui.runs.run_topology import RUN_NODE

STARTED: Final = " started"
"""What the label of the first event of a run ends with, behind its title."""
UNTITLED: Final = "run"
RESULTS: Final[Mapping[UnitState | None, str]] = {"complete": "completed", "failed": "failed"}
"""What a list says of a run that is over, by the state in which it ended."""


def is_of_run(event: FlowEvent) -> bool:
    """Whether an event tells of a run as a whole: that it begins, or that it is over."""
    return event.unit_state is not None and event.to_node_id == RUN_NODE


def run_title(start: FlowEvent) -> str:
    """The title in the label of the event with which a run began; of one without, how many units it has."""
    title = start.label.removesuffix(STARTED)
    return f"run of {start.unit_detail}" if title == UNTITLED and start.unit_detail else title
