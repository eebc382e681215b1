"""What each record of a run says: between whom, in which words, with what outcome, and why now (RUN-6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectome_tui.events.model import UNKNOWN, FlowEvent, UnitState
from connectome_tui.events.numbers import counted
from connectome_tui.events.topology import Node
from connectome_tui.events.visible import elide, one_line
from connectome_tui.runs import run_sentences as sentences
from connectome_tui.runs.model import UnitSnapshot
from connectome_tui.runs.records import RunRecord
from connectome_tui.runs.run_past import Course, RunPast
from connectome_tui.runs.run_row import STARTED, UNTITLED
from connectome_tui.runs.run_topology import RUN_NODE, nodes_of, unit_node

RUN_ENDS: Final = ("orch.completed", "orch.failed")
_TITLE_CELLS: Final = 40


@dataclass(slots=True)
class Told:
    """What a record says, before it becomes an event; `fields` are further fields of that, None where there is none."""

    label: str
    sentence: str
    from_id: str = RUN_NODE
    to_id: str = RUN_NODE
    state: UnitState | None = None
    parent: FlowEvent | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()


def tell_start(past: RunPast) -> Told:
    """The run begins."""
    run = past.run
    units, levels = len(run.units), len(run.graph.levels) if run.graph else 0
    at_a_time = f" · {run.parallelism} at a time" if run.parallelism else ""
    return Told(
        (elide(one_line(past.title), _TITLE_CELLS) or UNTITLED) + STARTED,
        sentences.run_started(past.title, units, levels, run.parallelism),
        state="running",
        fields={"payload_summary": counted(units, "unit") + at_a_time, "unit_detail": counted(units, "unit")},
        nodes=nodes_of(run.graph, past.title) if run.graph else (),
    )


def tell_end(record: RunRecord, past: RunPast, at_ms: float) -> Told:
    """The run is over."""
    failed, summary = record.type == "orch.failed", past.run.summary()
    took = at_ms - past.start.at_ms if past.start else None
    done = f"{summary.complete}/{summary.total}" if summary.total else ""
    return Told(
        "run failed" if failed else "run completed",
        sentences.run_ended(past.title, took, summary, record.error, failed=failed),
        state=None if past.start is None else "failed" if failed else "complete",
        parent=past.last_end(failed=failed) or past.start,
        fields={
            "duration_ms": took,
            "payload_summary": record.error or (f"{done} units complete" if done else None),
            "status": "error" if failed else "ok",
            "unit_detail": _card_text(done, took),
        },
    )


def tell_unit(record: RunRecord, past: RunPast, at_ms: float) -> Told:
    """Something happened to a unit of the graph."""
    unit, course = past.run.units[record.unit], past.courses.setdefault(record.unit, Course())
    match record.type:
        case "unit.queued":
            return _tell_queued(unit, past)
        case "unit.started":
            return _tell_started(record, unit, course, past, at_ms)
        case "task.started":
            return _tell_task(record, unit, course)
        case "unit.blocked":
            return _tell_blocked(record, unit, past)
        case _:
            return _tell_ended(record, unit, course, past, at_ms)


def tell_stranger(record: RunRecord, past: RunPast) -> Told:
    """An unknown kind of event, or a unit that is not in the graph: it changes nothing (RUN-3)."""
    node = unit_node(record.unit) if record.unit else RUN_NODE
    subject = sentences.name(record.unit) if record.unit else "The run"
    notes = None
    if not record.is_known:
        notes = "unknown: events of this type are not known here"
    elif past.run.graph is not None:
        notes = "unknown: the unit is not in the graph of the run"
    return Told(
        record.type,
        sentences.something_else(subject, record.type),
        node,
        node,
        parent=past.start,
        fields={
            "notes": notes,
            "payload_summary": record.error,
            "status": "error" if record.type == "unit.failed" else None,
        },
    )


def tell_unread(problem: str) -> Told:
    """A record of which nothing can be made; it is kept all the same (EVENT-3)."""
    return Told(UNKNOWN, "The run reported something that could not be read", fields={"notes": f"unknown: {problem}"})


def _tell_queued(unit: UnitSnapshot, past: RunPast) -> Told:
    cause, source = past.cause_of(unit.id)
    done, missing = past.dependencies(unit.id)
    return Told(
        "queued",
        sentences.unit_ready(unit.id, done, missing, len(done) + len(missing)),
        source,
        unit_node(unit.id),
        unit.status,
        cause,
        {"unit_detail": _progress(unit)},
    )


def _tell_started(record: RunRecord, unit: UnitSnapshot, course: Course, past: RunPast, at_ms: float) -> Told:
    cause, source = past.cause_of(unit.id)
    node, queued = unit_node(unit.id), course.queued
    done, missing = past.dependencies(unit.id)
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
    return Told(
        "started",
        sentence,
        node if queued else source,
        node,
        unit.status,
        queued or cause,
        {"payload_summary": tasks, "unit_detail": _progress(unit)},
    )


def _tell_task(record: RunRecord, unit: UnitSnapshot, course: Course) -> Told:
    title = first_text(record.payload, "name", "title", "task")
    label = f"task {unit.current_task}" + (f" {title}" if title else "")
    node = unit_node(unit.id)
    return Told(
        label,
        sentences.task_started(unit.id, unit.current_task, unit.total_tasks, title),
        node,
        node,
        unit.status,
        course.started or course.queued,
        {"step_key": label, "unit_detail": _progress(unit)},
    )


def _tell_ended(record: RunRecord, unit: UnitSnapshot, course: Course, past: RunPast, at_ms: float) -> Told:
    failed, node = record.type == "unit.failed", unit_node(unit.id)
    took = at_ms - course.started.at_ms if course.started else None
    total = unit.total_tasks
    if failed:
        sentence, done = sentences.unit_failed(unit.id, took, record.error), _progress(unit)
        summary = record.error
    else:
        sentence = sentences.unit_completed(unit.id, took, total, past.freed_by(unit.id))
        done, summary = (f"{total}/{total}", f"{counted(total, 'task')} done") if total else (None, None)
    return Told(
        "failed" if failed else "completed",
        sentence,
        node,
        node,
        unit.status,
        course.started or course.queued or past.start,
        {
            "duration_ms": took,
            "payload_summary": summary,
            "status": "error" if failed else "ok",
            "unit_detail": _card_text(done, took),
        },
    )


def _tell_blocked(record: RunRecord, unit: UnitSnapshot, past: RunPast) -> Told:
    node, by = unit_node(unit.id), past.blocker_of(unit.id, record.payload)
    ended = past.courses[by].ended if by in past.courses else None
    return Told(
        "blocked",
        sentences.unit_blocked(unit.id, by, past.run.units[by].status if by else ""),
        unit_node(by) if by in past.needs[unit.id] else node,
        node,
        unit.status,
        ended or past.start,
        {"payload_summary": f"by {by}" if by else record.error, "unit_detail": f"by {by}" if by else None},
    )


def first_text(payload: Mapping[str, Any], *names: str) -> str:
    """The first of these that is text and not empty."""
    return next((payload[name] for name in names if isinstance(payload.get(name), str) and payload[name]), "")


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
