"""The one command port (ENGINE-7)."""

import re
from pathlib import Path

import connectome_tui
from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import CommandPort, NextStep
from connectome_tui.engine.runtime import NO_FLOW, RuntimeEngine
from connectome_tui.store.store import Store

WIDGETS = Path(connectome_tui.__file__).parent / "widgets"


def test_the_engine_is_a_command_port() -> None:
    """ENGINE-7: intent is handed to `dispatch_runtime_command`, and the answer says why when it is refused."""
    port: CommandPort = RuntimeEngine(Store(), ManualClock())
    assert port.dispatch_runtime_command(NextStep()).notes == NO_FLOW


def test_no_widget_calls_a_store_action() -> None:
    """ENGINE-7: no file of a widget names an action of the store, or the store itself."""
    actions = [name for name in vars(Store) if not name.startswith("_")]
    named = re.compile(rf"\b(?:{'|'.join(actions)})\(|store\.store\b")
    sources = {path.name: path.read_text(encoding="utf-8") for path in WIDGETS.glob("*.py")}
    assert sources
    assert {name: found[0] for name, text in sources.items() if (found := named.findall(text))} == {}
