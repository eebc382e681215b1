"""Focus: the pin, the selection, and looking back, which all windows do together that have not detached."""

from dataclasses import replace
from typing import Any, Final

from connectome_tui.engine.commands import RuntimeCommand, SetPinned
from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers.stage import ACCEPTED, Outcome, Stage, outcome_of, unknown, valid
from connectome_tui.store.state import Selection

MAX_ELEMENT_ID: Final = 2000


def write(stage: Stage, key: RecordKey, value: Any) -> Outcome:
    """Write a record of the focus."""
    if key == keys.FOCUS_PIN:
        return carry_out(stage, SetPinned(valid(value, bool)))
    if key == keys.FOCUS_SELECTION:
        selection = None if value is None else valid(value, Selection)
        if selection is not None and len(selection.element_id) > MAX_ELEMENT_ID:
            raise ValueError(f"element_id has at most {MAX_ELEMENT_ID} characters")
        stage.share(replace(stage.state.shared, selection=selection))
        return ACCEPTED
    return unknown(key)


def carry_out(stage: Stage, command: RuntimeCommand) -> Outcome:
    """Let the engine decide."""
    return outcome_of(stage.dispatch(command))
