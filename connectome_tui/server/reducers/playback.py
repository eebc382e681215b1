"""Playback, which is always for all: mode, speed, pause, and the next step."""

from typing import Any

from connectome_tui.engine.commands import RuntimeCommand, SetLocalPause, SetMode, SetSpeed
from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.reducers.stage import Outcome, Stage, outcome_of, unknown, valid
from connectome_tui.store.state import Mode, Speed


def write(stage: Stage, key: RecordKey, value: Any) -> Outcome:
    """Write a record of playback: what it means is a command to the engine."""
    if key == keys.PLAYBACK_MODE:
        mode: Mode = valid(value, Mode)  # type: ignore[arg-type]
        return carry_out(stage, SetMode(mode))
    if key == keys.PLAYBACK_SPEED:
        speed: Speed = valid(value, Speed)  # type: ignore[arg-type]
        return carry_out(stage, SetSpeed(speed))
    if key == keys.PLAYBACK_PAUSE:
        return carry_out(stage, SetLocalPause(valid(value, bool)))
    return unknown(key)


def carry_out(stage: Stage, command: RuntimeCommand) -> Outcome:
    """Let the engine decide."""
    return outcome_of(stage.dispatch(command))
