"""Live sources: what is known of them comes from them alone."""

from typing import Any

from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers.stage import Outcome, Stage


def write(stage: Stage, key: RecordKey, value: Any) -> Outcome:  # noqa: ARG001 - all scopes are called alike
    """Refuse: a window cannot say how a source is."""
    return Outcome("state.invalid", f"{key!s:.120} is written by the server alone")
