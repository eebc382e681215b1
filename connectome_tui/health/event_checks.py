"""Checkers of the event model (HEALTH-1): required fields, ids, times."""

import math
from typing import Final

from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.events.model import CALL_TYPES, STATUSES, TRIGGERS
from connectome_tui.health.checker import Checker
from connectome_tui.session import SteppedSession

MAX_IDS: Final = 100_000


class RequiredFields(Checker):
    """EVENT-1: ids and label are non-empty, times are finite, trigger, call type and status are known words."""

    module = "event_model"
    name = "health_check_events_have_required_fields"
    indicator = "event_required_fields_integrity"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        texts = (event.id, event.from_node_id, event.to_node_id, event.label)
        self.check(all(texts), f"event {event.id!r} has an empty id, node or label")
        self.check(math.isfinite(event.at_ms), f"event {event.id} has the time {event.at_ms}")
        known = event.trigger in TRIGGERS and event.call_type in CALL_TYPES and event.status in STATUSES
        self.check(known, f"event {event.id} is {event.trigger} {event.call_type} {event.status}")


class UniqueIds(Checker):
    """EVENT-4: within a session no two events have the same id."""

    module = "event_model"
    name = "health_check_event_ids_are_unique"
    indicator = "event_id_uniqueness"

    def __init__(self, session: SteppedSession) -> None:
        super().__init__(session)
        self._session_id = ""
        self._ids: set[str] = set()

    def on_outcome(self, outcome: CommandOutcome) -> None:
        event = outcome.result.released_event
        if event is None:
            return
        if outcome.after.session_id != self._session_id:
            self._session_id = outcome.after.session_id
            self._ids.clear()
        self.check(event.id not in self._ids, f"the id {event.id} came twice")
        if len(self._ids) < MAX_IDS:
            self._ids.add(event.id)


class SentencesSaySomething(Checker):
    """EVENT-9: every event is explained in one line that is not a question mark."""

    module = "event_model"
    name = "health_check_events_are_explained"
    indicator = "event_explanation_integrity"

    def on_outcome(self, outcome: CommandOutcome) -> None:
        after = outcome.after
        event = outcome.result.released_event
        if event is None or after.pinned or after.inspection_index is not None:
            return
        sentence = after.current_explanation.sentence
        self.check(sentence.strip("? ") and "\n" not in sentence, f"event {event.id} is explained as {sentence!r}")
