"""The shared view: what is in the middle, how near, and where the log stands; never offsets in cells (SERVER-2)."""

from dataclasses import replace
from typing import Any, Final

from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers.stage import ACCEPTED, Outcome, Stage, unknown, valid

MAX_LEVEL: Final = 100
MAX_NODE_ID: Final = 1000


def write(stage: Stage, key: RecordKey, value: Any) -> Outcome:
    """Write a record of the view."""
    shared = stage.state.shared
    if key == keys.VIEW_CENTRE:
        centre = None if value is None else valid(value, str)
        if centre is not None and len(centre) > MAX_NODE_ID:
            raise ValueError(f"the id of a node has at most {MAX_NODE_ID} characters")
        shared = replace(shared, graph_centre=centre)
    elif key == keys.VIEW_LEVEL:
        shared = replace(shared, graph_level=_within(value, MAX_LEVEL))
    elif key == keys.VIEW_LOG:
        shared = replace(shared, log_index=_within(value, 2**53))
    else:
        return unknown(key)
    stage.share(shared)
    return ACCEPTED


def _within(value: Any, most: int) -> int | None:
    number = None if value is None else valid(value, int)
    if number is not None and not 0 <= number <= most:
        raise ValueError(f"not between 0 and {most}: {number}")
    return number
