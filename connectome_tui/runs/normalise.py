"""The records of a run as events of a flow (RUN-6): a fold over the records, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.model import UNKNOWN, FlowEvent, UnitState, with_note
from connectome_tui.events.topology import Node
from connectome_tui.runs import run_sentences as sentences
from connectome_tui.runs.model import UnitSnapshot
from connectome_tui.runs.records import RunRecord, read_record
from connectome_tui.runs.run import Run
from connectome_tui.runs.run_graph import MalformedEventError
from connectome_tui.runs.run_topology import RUN_NODE, counted, nodes_of, unit_node

_UNREAD: Final = frozenset(("type", "time", "payload", "id"))
_RUN_ENDS: Final = ("orch.completed", "orch.failed")


class EventIds(Protocol):
    """Gives ids to events (EVENT-4)."""

    def unique(self, event_id: str) -> str:
        """The id that the record brought, when no event has it yet."""
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


@dataclass(slots=True)
class _Course:
    """What is remembered of a unit: the events that told its way, and when it began."""

    queued: FlowEvent | None = None
    started: FlowEvent | None = None
    ended: FlowEvent | None = None
    ended_order: int = 0


@dataclass(slots=True)
class _Told:
    """What a record says, before it becomes an event."""

    label: str
    sentence: str
    from_id: str = RUN_NODE
    to_id: str = RUN_NODE
    state: UnitState | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    parent: FlowEvent | None = None
    nodes: tuple[Node, ...] = ()


class RunNormaliser:
    """Tells each record in the light of those before. Deterministic, and it never raises (EVENT-3)."""

    def __init__(self, ids: EventIds, *, source_id: str | None = None, keep_raw: bool = False) -> None:
        self._ids = ids
        self._source_id = source_id
        self._keep_raw = keep_raw
        self._number = 1
        self._begun = False
        self._newest_ms = 0.0
        self._begin(Run())

    @property
    def flow_id(self) -> str:
        """The id of the run that is told of: `run-1`, `run-2`, …"""
        return f"run-{self._number}"

    @property
    def title(self) -> str:
        """What the run calls itself; empty when it does not."""
        return self._title

    @property
    def run(self) -> Run:
        """The run as it stands."""
        return self._run

    def add(self, value: Mapping[str, Any], now_ms: float | None = None) -> ToldRecord:
        """The next record as an event. `now_ms` stands for a time that it does not bring; None: as the one before."""
        try:
            record = read_record(value)
        except MalformedEventError as problem:
            return self._told(value, RunRecord(UNKNOWN), self._unknown(f"unknown: {problem}"), now_ms)
        at_ms = self._time_of(record, now_ms)
        told = self._tell(record, at_ms)
        return self._told(value, record, told, now_ms)

    # From records to what they say

    def _tell(self, record: RunRecord, at_ms: float) -> _Told:
        if record.type == "orch.started":
            return self._tell_start(record)
        effect = self._run.apply(record, at_ms)
        if effect == "changed":
            return self._tell_end(record, at_ms) if record.type in _RUN_ENDS else self._tell_unit(record, at_ms)
        return self._tell_stranger(record)

    def _tell_start(self, record: RunRecord) -> _Told:
        if self._begun:
            self._number += 1
        self._begun = True
        run = Run()
        run.apply(record, self._newest_ms)
        self._begin(run, _first_text(record.payload, "name", "title", "run"))
        units, levels = len(run.units), len(run.graph.levels) if run.graph else 0
        wide = f" · {run.parallelism} at a time" if run.parallelism else ""
        return _Told(
            "run started",
            sentences.run_started(self._title, units, levels, run.parallelism),
            state="running",
            fields={"payload_summary": counted(units, "unit") + wide, "unit_detail": counted(units, "unit")},
            nodes=nodes_of(run.graph, self._title) if run.graph else (),
        )

    def _tell_end(self, record: RunRecord, at_ms: float) -> _Told:
        failed = record.type == "orch.failed"
        summary = self._run.summary()
        took = at_ms - self._start.at_ms if self._start else None
        done = f"{summary.complete}/{summary.total}" if summary.total else ""
        return _Told(
            "run failed" if failed else "run completed",
            sentences.run_ended(self._title, took, summary, record.error, failed=failed),
            state="failed" if failed else "complete",
            fields={
                "duration_ms": took,
                "payload_summary": record.error or (f"{done} units complete" if done else None),
                "status": "error" if failed else "ok",
                "unit_detail": _card_text(done, took),
            },
            parent=self._last_end(failed=failed) or self._start,
        )

    def _tell_unit(self, record: RunRecord, at_ms: float) -> _Told:
        unit, course = self._run.units[record.unit], self._courses.setdefault(record.unit, _Course())
        node = unit_node(record.unit)
        match record.type:
            case "unit.queued":
                return self._tell_queued(unit, node)
            case "unit.started":
                return self._tell_started(record, unit, course, at_ms)
            case "task.started":
                title = _first_text(record.payload, "name", "title", "task")
                label = f"task {unit.current_task}" + (f" {title}" if title else "")
                return _Told(
                    label,
                    sentences.task_started(unit.id, unit.current_task, unit.total_tasks, title),
                    node,
                    node,
                    _state(unit),
                    {"step_key": label, "unit_detail": _progress(unit)},
                    course.started or course.queued,
                )
            case "unit.blocked":
                return self._tell_blocked(record, unit)
            case _:
                return self._tell_ended(record, unit, course, at_ms)

    def _tell_queued(self, unit: UnitSnapshot, node: str) -> _Told:
        cause, source = self._cause_of(unit.id)
        done, missing = self._dependencies(unit.id)
        return _Told(
            "queued",
            sentences.unit_ready(unit.id, done, missing, len(done) + len(missing)),
            source,
            node,
            _state(unit),
            {"unit_detail": _progress(unit)},
            cause,
        )

    def _tell_started(self, record: RunRecord, unit: UnitSnapshot, course: _Course, at_ms: float) -> _Told:
        cause, source = self._cause_of(unit.id)
        node, queued = unit_node(unit.id), course.queued
        done, missing = self._dependencies(unit.id)
        sentence = sentences.unit_started(
            unit.id,
            done,
            missing,
            len(done) + len(missing),
            tasks=unit.total_tasks,
            completed=record.completed_tasks,
            queued_ms=None if queued is None else at_ms - queued.at_ms,
        )
        tasks = counted(unit.total_tasks, "task") if unit.total_tasks else None
        return _Told(
            "started",
            sentence,
            node if queued else source,
            node,
            _state(unit),
            {"payload_summary": tasks, "unit_detail": _progress(unit)},
            queued or cause,
        )

    def _tell_ended(self, record: RunRecord, unit: UnitSnapshot, course: _Course, at_ms: float) -> _Told:
        failed, node = record.type == "unit.failed", unit_node(unit.id)
        took = at_ms - course.started.at_ms if course.started else None
        if failed:
            sentence, done = sentences.unit_failed(unit.id, took, record.error), _progress(unit)
            summary = record.error
        else:
            sentence = sentences.unit_completed(unit.id, took, unit.total_tasks, self._freed_by(unit.id))
            done = f"{unit.total_tasks}/{unit.total_tasks}" if unit.total_tasks else ""
            summary = f"{counted(unit.total_tasks, 'task')} done" if unit.total_tasks else None
        return _Told(
            "failed" if failed else "completed",
            sentence,
            node,
            node,
            _state(unit),
            {
                "duration_ms": took,
                "payload_summary": summary,
                "status": "error" if failed else "ok",
                "unit_detail": _card_text(done, took),
            },
            course.started or course.queued or self._start,
        )

    def _tell_blocked(self, record: RunRecord, unit: UnitSnapshot) -> _Told:
        node = unit_node(unit.id)
        by = self._blocker_of(unit.id, record.payload)
        blocker = self._run.units[by] if by else None
        ended = self._courses[by].ended if by in self._courses else None
        return _Told(
            "blocked",
            sentences.unit_blocked(unit.id, by, blocker.status if blocker else ""),
            unit_node(by) if by and by in self._needs[unit.id] else node,
            node,
            "blocked",
            {"payload_summary": f"by {by}" if by else record.error, "unit_detail": f"by {by}" if by else None},
            ended or self._start,
        )

    def _tell_stranger(self, record: RunRecord) -> _Told:
        """An unknown kind of event, or a unit that is not in the graph: it changes nothing (RUN-3)."""
        is_known_unit = record.unit in self._run.units
        unit = record.unit or ""
        node = unit_node(unit) if unit else RUN_NODE
        subject = sentences.name(unit) if unit else "The run"
        notes = None
        if record.is_known and self._run.graph is not None and not is_known_unit:
            notes = "unknown: the unit is not in the graph of the run"
        elif not record.is_known:
            notes = "unknown: events of this type are not known here"
        fields = {"notes": notes, "payload_summary": record.error}
        if record.type in ("unit.failed", "orch.failed"):
            fields["status"] = "error"
        return _Told(record.type, sentences.something_else(subject, record.type), node, node, None, fields, self._start)

    @staticmethod
    def _unknown(note: str) -> _Told:
        return _Told(UNKNOWN, "The run reported something that could not be read", fields={"notes": note})

    # What came before

    def _begin(self, run: Run, title: str = "") -> None:
        self._run, self._title = run, title
        self._start: FlowEvent | None = None
        self._courses: dict[str, _Course] = {}
        self._ends = 0
        self._needs = run.graph.dependencies() if run.graph else {}
        self._dependents: dict[str, list[str]] = {}
        for unit, needs in self._needs.items():
            for need in needs:
                self._dependents.setdefault(need, []).append(unit)

    def _dependencies(self, unit: str) -> tuple[list[str], list[str]]:
        """What the unit depends on: what is done of it, and what is not."""
        needs = self._needs.get(unit, ())
        done = [need for need in needs if self._run.units[need].status == "complete"]
        return done, [need for need in needs if need not in done]

    def _cause_of(self, unit: str) -> tuple[FlowEvent | None, str]:
        """What set the unit free, and the node from which that came: its last dependency, or the start of the run."""
        ended = [self._courses[need] for need in self._needs.get(unit, ()) if need in self._courses]
        last = max((course for course in ended if course.ended), key=lambda course: course.ended_order, default=None)
        if last is not None and last.ended is not None:
            return last.ended, last.ended.to_node_id
        return self._start, unit_node(unit) if self._needs.get(unit) else RUN_NODE

    def _freed_by(self, unit: str) -> list[str]:
        """The units that waited for this one alone."""
        units = self._run.units
        return [
            dependent
            for dependent in self._dependents.get(unit, ())
            if units[dependent].status == "pending" and not self._dependencies(dependent)[1]
        ]

    def _blocker_of(self, unit: str, payload: Mapping[str, Any]) -> str:
        """The unit that blocks another: as the record says, else the nearest that failed or is blocked itself."""
        named = payload.get("blocked_by", payload.get("by"))
        named = named[0] if isinstance(named, list) and named else named
        if isinstance(named, str) and named in self._run.units:
            return named
        seen, level = {unit}, list(self._needs.get(unit, ()))
        while level:
            for status in ("failed", "blocked"):
                for need in level:
                    if self._run.units[need].status == status:
                        return need
            seen.update(level)
            level = [need for unit_id in level for need in self._needs[unit_id] if need not in seen]
        return ""

    def _last_end(self, *, failed: bool) -> FlowEvent | None:
        """The newest end of a unit; of one that failed, when there is one and the run failed."""
        ends = [course for course in self._courses.values() if course.ended is not None]
        failures = [course for course in ends if course.ended is not None and course.ended.status == "error"]
        newest = max((failures if failed else ends) or ends, key=lambda course: course.ended_order, default=None)
        return newest.ended if newest else None

    def _time_of(self, record: RunRecord, now_ms: float | None) -> float:
        if record.at_ms is not None:
            return record.at_ms
        return self._newest_ms if now_ms is None else now_ms

    # Events

    def _told(self, value: Mapping[str, Any], record: RunRecord, told: _Told, now_ms: float | None) -> ToldRecord:
        at_ms = self._time_of(record, now_ms)
        fields = {key: found for key, found in told.fields.items() if found is not None}
        if record.at_ms is None and now_ms is None:
            fields["notes"] = with_note(fields.get("notes"), "unknown: no time")
        raw_id = value.get("id")
        event = FlowEvent(
            id=self._ids.unique(raw_id)
            if isinstance(raw_id, str) and raw_id
            else self._ids.derived(told.label, told.from_id, told.to_id, at_ms),
            at_ms=at_ms,
            from_node_id=told.from_id,
            to_node_id=told.to_id,
            trigger="hook" if record.type in _HOOKS else "direct",
            call_type="moment" if record.type == "unit.blocked" else "code",
            label=told.label,
            flow_id=self.flow_id,
            source_id=self._source_id,
            parent_event_id=told.parent.id if told.parent else None,
            sentence=told.sentence,
            unit_state=told.state,
            raw_payload=dict(value) if self._keep_raw else None,
            **fields,
        )
        self._remember(record, event)
        return ToldRecord(event, _detail(value), told.nodes, _wait(record))

    def _remember(self, record: RunRecord, event: FlowEvent) -> None:
        self._newest_ms = event.at_ms
        if record.type == "orch.started":
            self._start = event
        course = self._courses.get(record.unit)
        if course is None or event.unit_state is None:
            return
        match record.type:
            case "unit.queued":
                course.queued, course.started, course.ended = event, None, None
            case "unit.started":
                course.started, course.ended = event, None
            case "unit.completed" | "unit.failed" | "unit.blocked":
                self._ends += 1
                course.ended, course.ended_order, course.queued = event, self._ends, None


_HOOKS: Final = frozenset(("unit.completed", "unit.failed", "unit.blocked", *_RUN_ENDS))


def _state(unit: UnitSnapshot) -> UnitState:
    return unit.status


def _progress(unit: UnitSnapshot) -> str | None:
    return f"{unit.current_task}/{unit.total_tasks}" if unit.total_tasks else None


def _card_text(progress: str | None, took_ms: float | None) -> str | None:
    """`7/7 12.8s`, `7/7 3m05s`: a card has little room."""
    parts = [progress or "", "" if took_ms is None else _short_took(took_ms / 1000)]
    return " ".join(part for part in parts if part) or None


def _short_took(seconds: float) -> str:
    if seconds < 99.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"


def _first_text(payload: Mapping[str, Any], *names: str) -> str:
    return next((payload[name] for name in names if isinstance(payload.get(name), str) and payload[name]), "")


def _detail(value: Mapping[str, Any]) -> EventDetail:
    """Everything that the record says, but the graph: that is the topology."""
    payload = value.get("payload")
    attributes = {"type": value.get("type")} | {key: value[key] for key in value if key not in _UNREAD}
    if isinstance(payload, Mapping):
        attributes |= {f"payload.{key}": found for key, found in payload.items() if key != "graph"}
    elif payload is not None:
        attributes["payload"] = payload
    return EventDetail(attributes={key: found for key, found in attributes.items() if found is not None})


def _wait(record: RunRecord) -> WaitAction:
    if record.type == "orch.started":
        return "start"
    return "stop" if record.type in _RUN_ENDS else "none"
