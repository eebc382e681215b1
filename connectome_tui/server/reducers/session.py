"""The run of the stepper: it begins anew with Restart; what it is called is the server's to say."""

from typing import Any

from connectome_tui.engine.commands import RuntimeCommand
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers.stage import Outcome, Stage, outcome_of


def write(stage: Stage, key: RecordKey, value: Any) -> Outcome:  # noqa: ARG001 - all scopes are called alike
    """Refuse: runs begin by a command."""
    return Outcome("state.invalid", f"{key!s:.120} is written by the server alone; a Restart begins a new run")


def carry_out(stage: Stage, command: RuntimeCommand) -> Outcome:
    """Let the engine decide."""
    return outcome_of(stage.dispatch(command))
