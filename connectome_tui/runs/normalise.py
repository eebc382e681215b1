"""The records of a run as events of a flow (RUN-6): a fold over the records, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.model import UNKNOWN, FlowEvent, with_note
from connectome_tui.events.topology import Node
from connectome_tui.runs.records import RunRecord, read_record
from connectome_tui.runs.run import Run
from connectome_tui.runs.run_graph import MalformedEventError
from connectome_tui.runs.run_past import RunPast
from connectome_tui.runs.telling import (
    RUN_ENDS,
    Told,
    first_text,
    tell_end,
    tell_start,
    tell_stranger,
    tell_unit,
    tell_unread,
)

_SAID_ELSEWHERE: Final = frozenset(("type", "time", "payload", "id"))
_HOOKS: Final = frozenset(("unit.completed", "unit.failed", "unit.blocked", *RUN_ENDS))
"""What the orchestrator is told, and does not do."""


class EventIds(Protocol):
    """Gives ids to events (EVENT-4)."""

    def unique(self, event_id: str) -> str:
        """The id that the record brought, when no event has it yet; else one made from it."""
        ...

    def derived(self, label: str, from_node_id: str, to_node_id: str, at_ms: float) -> str:
        """The id of an event that brings none."""
        ...


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """A record as an event. `nodes`: the parts of a run that begins with it; `wait`: what it does to the wait timer."""

    event: FlowEvent
    detail: EventDetail
    nodes: tuple[Node, ...] = ()
    wait: WaitAction = "none"


class RunNormaliser:
    """Tells each record in the light of those before. Deterministic, and it never raises (EVENT-3)."""

    def __init__(self, ids: EventIds, *, keep_raw: bool = False) -> None:
        self._ids = ids
        self._keep_raw = keep_raw
        self._past = RunPast(Run())
        self._number = 1
        self._newest_ms = 0.0

    @property
    def flow_id(self) -> str:
        """The id of the run that is told of: `run-1`, `run-2`, …; what comes before the first run belongs to it."""
        return f"run-{self._number}"

    @property
    def title(self) -> str:
        """What the run calls itself; empty when it does not."""
        return self._past.title

    def add(self, value: Mapping[str, Any], now_ms: float | None = None) -> ToldRecord:
        """The next record as an event. `now_ms` stands for a time that it does not bring; None: as the one before."""
        try:
            record = read_record(value)
        except MalformedEventError as problem:
            record = RunRecord(UNKNOWN)
            at_ms, told = self._time_of(record, now_ms), tell_unread(str(problem))
        else:
            at_ms = self._time_of(record, now_ms)
            told = self._tell(record, at_ms)
        if record.at_ms is None and now_ms is None:
            told.fields["notes"] = with_note(told.fields.get("notes"), "unknown: no time")
        event = self._event(value, record, told, at_ms)
        self._newest_ms = at_ms
        self._past.remember(record, event)
        return ToldRecord(event, _detail(value), told.nodes, _wait(record))

    def _tell(self, record: RunRecord, at_ms: float) -> Told:
        if record.type == "orch.started":
            if self._past.start is not None:
                self._number += 1
            run = Run()
            run.apply(record, at_ms)
            self._past = RunPast(run, first_text(record.payload, "name", "title", "run"))
            return tell_start(self._past)
        if self._past.run.apply(record, at_ms) != "changed":
            return tell_stranger(record, self._past)
        if record.type in RUN_ENDS:
            return tell_end(record, self._past, at_ms)
        return tell_unit(record, self._past, at_ms)

    def _time_of(self, record: RunRecord, now_ms: float | None) -> float:
        if record.at_ms is not None:
            return record.at_ms
        return self._newest_ms if now_ms is None else now_ms

    def _event(self, value: Mapping[str, Any], record: RunRecord, told: Told, at_ms: float) -> FlowEvent:
        given = value.get("id")
        if isinstance(given, str) and given:
            event_id = self._ids.unique(given)
        else:
            event_id = self._ids.derived(told.label, told.from_id, told.to_id, at_ms)
        return FlowEvent(
            id=event_id,
            at_ms=at_ms,
            from_node_id=told.from_id,
            to_node_id=told.to_id,
            trigger="hook" if record.type in _HOOKS else "direct",
            call_type="moment" if record.type == "unit.blocked" else "code",
            label=told.label,
            flow_id=self.flow_id,
            parent_event_id=told.parent.id if told.parent else None,
            sentence=told.sentence,
            unit_state=told.state,
            raw_payload=dict(value) if self._keep_raw else None,
            **{key: found for key, found in told.fields.items() if found is not None},
        )


def _detail(value: Mapping[str, Any]) -> EventDetail:
    """Everything that the record says, but the graph: that is the topology."""
    payload = value.get("payload")
    attributes = {"type": value.get("type")} | {key: value[key] for key in value if key not in _SAID_ELSEWHERE}
    if isinstance(payload, Mapping):
        attributes |= {f"payload.{key}": found for key, found in payload.items() if key != "graph"}
    else:
        attributes["payload"] = payload
    return EventDetail(attributes={key: found for key, found in attributes.items() if found is not None})


def _wait(record: RunRecord) -> WaitAction:
    if record.type == "orch.started":
        return "start"
    return "stop" if record.type in RUN_ENDS else "none"
