"""What is remembered of a run, to tell why the next thing happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectome_tui.events.model import FlowEvent
from connectome_tui.runs.records import RunRecord
from connectome_tui.runs.run import Run
from connectome_tui.runs.run_topology import RUN_NODE, unit_node


@dataclass(slots=True)
class Course:
    """The events that told the way of a unit: queued, started, ended (complete, failed or blocked)."""

    queued: FlowEvent | None = None
    started: FlowEvent | None = None
    ended: FlowEvent | None = None
    ended_order: int = 0


class RunPast:
    """A run, what depends on what in it, and the events that told of it so far."""

    def __init__(self, run: Run, title: str = "") -> None:
        self.run = run
        self.title = title
        self.start: FlowEvent | None = None
        self.courses: dict[str, Course] = {}
        self._ends = 0
        self.needs = run.graph.dependencies() if run.graph else {}
        self._dependents: dict[str, list[str]] = {}
        for unit, needs in self.needs.items():
            for need in needs:
                self._dependents.setdefault(need, []).append(unit)

    def remember(self, record: RunRecord, event: FlowEvent) -> None:
        """Note the event that a record became."""
        if record.type == "orch.started":
            self.start = event
        course = self.courses.get(record.unit)
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

    def dependencies(self, unit: str) -> tuple[list[str], list[str]]:
        """What the unit depends on: what is done of it, and what is not."""
        needs = self.needs.get(unit, ())
        done = [need for need in needs if self.run.units[need].status == "complete"]
        return done, [need for need in needs if need not in done]

    def cause_of(self, unit: str) -> tuple[FlowEvent | None, str]:
        """What set the unit free, and the node from which that came: its last dependency, or the start of the run."""
        needs = self.needs.get(unit, ())
        ended = self._last_of([self.courses[need] for need in needs if need in self.courses])
        if ended is not None:
            return ended, ended.to_node_id
        return self.start, unit_node(unit) if needs else RUN_NODE

    def freed_by(self, unit: str) -> list[str]:
        """The units that waited for this one alone."""
        return [
            dependent
            for dependent in self._dependents.get(unit, ())
            if self.run.units[dependent].status == "pending" and not self.dependencies(dependent)[1]
        ]

    def blocker_of(self, unit: str, payload: Mapping[str, Any]) -> str:
        """The unit that blocks another: as the record says, else the nearest that failed or is blocked itself."""
        named = payload.get("blocked_by", payload.get("by"))
        named = named[0] if isinstance(named, list) and named else named
        units = self.run.units
        if isinstance(named, str) and named in units:
            return named
        seen, level = {unit}, list(self.needs.get(unit, ()))
        while level:
            for status in ("failed", "blocked"):
                for need in level:
                    if units[need].status == status:
                        return need
            seen.update(level)
            level = list(dict.fromkeys(need for one in level for need in self.needs[one] if need not in seen))
        return ""

    def last_end(self, *, failed: bool) -> FlowEvent | None:
        """The newest end of a unit; of one that failed, when there is one and the run failed."""
        courses = [course for course in self.courses.values() if course.ended is not None]
        failures = [course for course in courses if course.ended is not None and course.ended.status == "error"]
        return self._last_of(failures if failed and failures else courses)

    @staticmethod
    def _last_of(courses: list[Course]) -> FlowEvent | None:
        ended = [course for course in courses if course.ended is not None]
        return max(ended, key=lambda course: course.ended_order).ended if ended else None
