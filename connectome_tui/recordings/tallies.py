"""What a block adds to the list of flows and to the counts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent, has_note
from connectome_tui.recordings.about import Kind
from connectome_tui.runs.run_row import RESULTS, is_of_run, run_title
from connectome_tui.traces.attributes import http_status

MAX_THROUGH: Final = 64
"""So many nodes of a flow are kept for its row in the picker."""

_NOTED: Final = {"orphan": "orphans", "skew": "skewed"}
_REPEATS: Final = re.compile(r"(?:^|; )duplicate ×(\d{1,9})(?:;|$)")


@dataclass(slots=True)
class FlowTally:
    """A flow so far. `has_root`: its title and result are those of an event without a parent."""

    number: int
    id: str
    title: str = ""
    result: str = ""
    has_root: bool = False
    started_at_ms: float = 0.0
    ended_at_ms: float = 0.0
    events: int = 0
    errors: int = 0
    children: int = 0
    through: dict[str, None] = field(default_factory=dict)

    def add(self, events: Sequence[FlowEvent], details: Sequence[EventDetail | None]) -> None:
        """Take in its next events."""
        first = events[0]
        if not self.events:
            self._call(first, details[0])
            self.started_at_ms = first.begins_ms
            self.ended_at_ms = first.ends_ms
        if not self.has_root:
            for event, detail in zip(events, details, strict=True):
                if event.parent_event_id is None:
                    self._call(event, detail)
                    self.started_at_ms = min(self.started_at_ms, event.begins_ms)
                    self.has_root = True
                    break
        for event in [event for event in events if event.unit_state is not None and is_of_run(event)]:
            if event.unit_state == "running":
                self.title = run_title(event)
            self.result = RESULTS.get(event.unit_state, "")
        # `ends_ms`, written out: this is done for every event that comes.
        ends = [event.at_ms if event.unit_state else event.at_ms + (event.duration_ms or 0.0) for event in events]
        self.ended_at_ms = max(self.ended_at_ms, *ends)
        self.events += len(events)
        self.errors += [event.status for event in events].count("error")
        self.children += sum([event.parent_event_id is not None for event in events])
        if len(self.through) < MAX_THROUGH:
            for pair in dict.fromkeys([(event.from_node_id, event.to_node_id) for event in events]):
                self.through |= dict.fromkeys(pair)

    def _call(self, event: FlowEvent, detail: EventDetail | None) -> None:
        self.title = event.label
        status = http_status(detail.attributes) if detail else None
        self.result = str(status) if status else "error" if event.status == "error" else ""


def counts_of(events: Sequence[FlowEvent], kind: Kind) -> Counter[str]:
    """What the events add to the counts of the recording (SPAN-2)."""
    counts: Counter[str] = Counter(events=len(events))
    if kind != "run":
        of_spans = events if kind == "spans" else [event for event in events if _is_of_span(event)]
        moments = sum([event.call_type == "moment" and event.trigger == "hook" for event in of_spans])
        counts["span_events"] = moments
        counts["spans"] = len(of_spans) - moments
    counts["errors"] = [event.status for event in events].count("error")
    counts["links"] = sum([len(event.link_event_ids) for event in events if event.link_event_ids])
    for event in [event for event in events if event.notes]:
        for note, name in _NOTED.items():
            counts[name] += has_note(event, note)
        if event.notes and (repeated := _REPEATS.search(event.notes)):
            counts["duplicates"] += int(repeated[1]) - 1
    return counts


def _is_of_span(event: FlowEvent) -> bool:
    """Whether an event among others, as lines that are followed bring them, was made of a span: by its id (EVENT-4)."""
    return event.flow_id is not None and event.id.startswith(f"{event.flow_id}:")


def by_flow(events: Sequence[FlowEvent]) -> dict[str, list[int]]:
    """The places of the events of each flow, by its id; empty for events that name none."""
    flows: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        flow_id = event.flow_id or ""
        places = flows.get(flow_id)
        if places is None:
            flows[flow_id] = [place]
        else:
            places.append(place)
    return flows
