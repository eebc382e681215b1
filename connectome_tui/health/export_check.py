"""The checker of exports (HEALTH-1, STORE-12): what is written is what was released, 1:1."""

from itertools import zip_longest
from typing import Final

import msgspec

from connectome_tui.engine.commands import NextStep
from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.events.model import FlowEvent
from connectome_tui.health.checker import Checker
from connectome_tui.session import SteppedSession
from connectome_tui.store.export import export_jsonl, export_text
from connectome_tui.store.json_lines import event_line

MAX_REMEMBERED: Final = 4096
EVERY: Final = 64
"""In a running session the line of each so manieth event is looked at."""

_decoder: Final = msgspec.json.Decoder(FlowEvent)


class ExportEqualsLedger(Checker):
    """STORE-12: the lines of an export hold every released event, in order, with ids and all required fields."""

    module = "state_store"
    name = "health_check_export_equals_ledger"
    indicator = "store_export_equals_ledger"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._released: list[FlowEvent] = []
        self._first_index = session.store.state.ledger.end
        self._seen = 0

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        if len(self._released) < MAX_REMEMBERED:
            self._released.append(event)
        self._seen += 1
        if self._seen % EVERY == 1 and isinstance(outcome.command, NextStep | None):
            newest = outcome.after.ledger[outcome.after.ledger.end - 1].event
            written = _decoder.decode(event_line(newest))
            self.check(required(written) == required(event), f"the line of event {event.id} says something else")

    def conclude(self) -> None:
        state = self.session.store.state
        lines = list(export_jsonl(state.ledger))
        texts = list(export_text(state.ledger))
        headers = [line for line in lines if line.startswith(b'{"type":"session"')]
        events = [_decoder.decode(line) for line in lines if not line.startswith(b'{"type":"session"')]
        self.check(len(headers) == len(state.ledger.sessions), f"{len(headers)} headers for the sessions of the ledger")
        self.check(len(texts) == len(lines), f"{len(texts)} lines of text for {len(lines)} of JSON")
        if self.session.store.restart_policy == "clear" or len(self._released) >= MAX_REMEMBERED:
            return
        for released, written in zip_longest(self._released, events):
            name = (released or written).id
            same = released is not None and written is not None and required(released) == required(written)
            self.check(same, f"event {name} was not written as it was released")


def required(event: FlowEvent) -> tuple[object, ...]:
    """The required fields of an event, as they are compared (EVENT-1)."""
    return event.id, event.at_ms, event.from_node_id, event.to_node_id, event.trigger, event.call_type, event.label
