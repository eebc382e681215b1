"""Commands as they travel (SERVER-4, CLIENT-6)."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.engine.commands import (
    Inspect,
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
    SetSpeed,
)
from connectome_tui.net.command_codec import command_of, payload_of
from connectome_tui.store.state import SPEEDS

PLACES = st.integers(-(2**53) + 1, 2**53 - 1)
COMMANDS: st.SearchStrategy[RuntimeCommand] = st.one_of(
    st.just(NextStep()),
    st.just(Restart()),
    st.builds(SetMode, st.sampled_from(["stepper", "realtime"])),
    st.builds(SetSpeed, st.sampled_from(SPEEDS)),
    st.builds(SetLocalPause, st.booleans()),
    st.builds(SetPinned, st.booleans()),
    st.builds(Inspect, st.none() | PLACES),
    st.builds(InspectBy, PLACES),
)


@given(COMMANDS)
def test_a_command_comes_back_as_it_was(command: RuntimeCommand) -> None:
    """Every command survives the way over the wire as JSON (SERVER-4)."""
    kind, payload = payload_of(command)
    assert command_of(kind, json.loads(json.dumps(payload))) == command


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("explode", {}, "no such command: 'explode'"),
        ("set_mode", {}, "set_mode: "),
        ("set_mode", {"mode": "fast"}, "set_mode: "),
        ("set_speed", {"speed": 2}, "set_speed: "),
        ("set_local_pause", {"paused": "yes"}, "set_local_pause: "),
        ("inspect", {"arrival_index": 1.5}, "inspect: "),
        ("inspect", {"arrival_index": 2**60}, "inspect: a place lies"),
        ("inspect_by", {"delta": -(2**80)}, "inspect_by: "),
        ("x" * 5000, {}, "no such command"),
    ],
)
def test_what_is_no_command_is_said_in_one_line(kind: str, payload: dict[str, object], said: str) -> None:
    """A command that is wrong is one short line that names it, never another exception (SERVER-8)."""
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        command_of(kind, payload)
    text = str(raised.value)
    assert "\n" not in text
    assert len(text) < 250


def test_fields_that_are_not_known_are_ignored() -> None:
    """A newer client may say more than this server knows; the kind of the frame is the one that counts."""
    assert command_of("next_step", {"kind": "restart", "why": "soon"}) == NextStep()
