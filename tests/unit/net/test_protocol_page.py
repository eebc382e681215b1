"""docs/protocol.md: each example is a frame, and each frame and error code is there."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from connectome_tui.net import record_keys
from connectome_tui.net.command_codec import _TYPES, command_of
from connectome_tui.net.error_codes import CLOSES, ErrorCode
from connectome_tui.net.frames import (
    PROTOCOL,
    CommandFrame,
    CommitsBaseline,
    FromServer,
    FromWindow,
    LedgerReply,
    NotifyCommits,
    Snapshot,
    StateUpdate,
    decode_from_server,
    decode_from_window,
)
from connectome_tui.net.items import CatalogItem, PresenceItem, ScenarioItem, SourceItem
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.deltas import Baseline, Changes, CommitDelta, Page

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text()
EXAMPLES: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
WINDOW = {str(frame.__struct_config__.tag) for frame in get_args(FromWindow)}
SERVER = {str(frame.__struct_config__.tag) for frame in get_args(FromServer)}


def decoded(example: dict[str, Any]) -> FromWindow | FromServer:
    text = json.dumps(example)
    return decode_from_window(text) if example["type"] in WINDOW else decode_from_server(text)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["type"]))
def test_every_example_is_a_frame(example: dict[str, Any]) -> None:
    """Each example is read as the frame that it shows, all its fields included (SERVER-4)."""
    frame = decoded(example)
    known = {field.encode_name for field in msgspec.structs.fields(frame)} | {"type"}
    assert set(example) <= known


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["type"]))
def test_what_examples_carry_can_be_read(example: dict[str, Any]) -> None:
    """Baselines, deltas and pages of the examples are those of the program, and commands can be carried out."""
    frame = decoded(example)
    match frame:
        case CommitsBaseline():
            assert msgspec.json.decode(frame.data, type=Baseline).revision == frame.revision
        case NotifyCommits():
            assert [msgspec.json.decode(delta, type=CommitDelta).base for delta in frame.deltas] == ["41"]
        case LedgerReply():
            assert msgspec.json.decode(frame.data, type=Page).entries
        case Snapshot():
            assert msgspec.convert(frame.data, list[PresenceItem])
        case CommandFrame():
            assert command_of(frame.kind, frame.payload).kind == frame.kind
        case StateUpdate():
            assert (frame.scope, frame.target, frame.key) == record_keys.VIEW_CENTRE


def test_every_frame_has_an_example() -> None:
    """No frame is missing from the page, in either direction (SERVER-4)."""
    assert {example["type"] for example in EXAMPLES} == WINDOW | SERVER


def test_every_error_is_documented() -> None:
    """Each code stands in the table, marked when the connection ends behind it."""
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| .* \| *(ends)? *\|$", PAGE, re.MULTILINE)
    assert {code for code, _ in rows} == set(get_args(ErrorCode))
    assert {code for code, ends in rows if ends} == set(CLOSES)


def test_every_field_of_state_and_delta_is_documented() -> None:
    """Who writes a client finds every field of the state, of a delta, of a baseline and of the last values."""
    for kind in (Changes, CommitDelta, Baseline, CatalogItem, PresenceItem, ScenarioItem, SourceItem):
        for field in msgspec.structs.fields(kind):
            assert f"`{field.encode_name}`" in PAGE, (kind.__name__, field.encode_name)


def test_every_command_and_record_is_documented() -> None:
    """Each command, and each record that a window may write, stands in the page."""
    for kind in _TYPES:
        assert f"`{kind}`" in PAGE
    for key in vars(record_keys).values():
        if isinstance(key, RecordKey) and key.scope not in {"source", "session"}:
            assert re.search(rf"`{key.scope}` `{key.target}` .*`{key.key}`", PAGE), key


def test_the_version_is_that_of_the_program() -> None:
    """The page describes the version that the program speaks."""
    assert f"This is version **{PROTOCOL}**" in PAGE
