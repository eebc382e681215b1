"""What happened in a run, in one sentence each (EVENT-9)."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.durations import duration_text
from connectome_tui.events.numbers import counted
from connectome_tui.events.sentences import best_fit
from connectome_tui.events.visible import elide, one_line
from connectome_tui.runs.model import RunSummary

_NAME_CELLS: Final = 32
_WORTH_TELLING_MS: Final = 1000.0
"""Waiting in the queue for less than this is what every unit does."""


def name(text: str) -> str:
    """A name from data, within a sentence."""
    return elide(one_line(text), _NAME_CELLS)


def run_started(title: str, units: int, levels: int, parallelism: int | None) -> str:
    """`The run started: 9 units in 4 levels, 3 at a time`."""
    size = counted(units, "unit") + (f" in {counted(levels, 'level')}" if levels else "")
    return f"{_the_run(title)} started: {size}" + (f", {parallelism} at a time" if parallelism else "")


def run_ended(title: str, took_ms: float | None, summary: RunSummary, error: str | None, *, failed: bool) -> str:
    """`The run failed after 42.10s: 6 complete, 1 failed, 2 blocked`."""
    took = "" if took_ms is None else f" {'after' if failed else 'in'} {duration_text(took_ms)}"
    act = f"{_the_run(title)} {'failed' if failed else 'completed'}{took}"
    counts = ", ".join(
        f"{count} {word}"
        for count, word in (
            (summary.complete, "complete"),
            (summary.failed, "failed"),
            (summary.blocked, "blocked"),
            (summary.total - summary.complete - summary.failed - summary.blocked, "not done"),
        )
        if count
    )
    if summary.total and summary.complete == summary.total:
        counts = "its one unit is done" if summary.total == 1 else f"all {summary.total} units are done"
    why = one_line(error) if error else ""
    ends = [f": {counts}: {why}", f": {counts}", f": {why}"] if counts and why else [f": {counts or why}"]
    return best_fit([*(act + end for end in ends), act]) if counts or why else act


def unit_ready(unit: str, done: Sequence[str], missing: Sequence[str], needs: int) -> str:
    """`build is ready to start, its dependency fetch is done`."""
    return best_fit(f"{name(unit)} is ready to start{reason}" for reason in _reasons(done, missing, needs))


def unit_started(
    unit: str,
    done: Sequence[str],
    missing: Sequence[str],
    needs: int,
    *,
    tasks: int = 0,
    completed: int = 0,
    queued_ms: float | None = None,
) -> str:
    """`build started, its dependency fetch is done`; where it waited in the queue, how long."""
    acts = [f"{name(unit)} started"]
    if completed:
        acts = [f"{name(unit)} went on behind task {completed} of {tasks}"]
    elif queued_ms is not None and queued_ms >= _WORTH_TELLING_MS:
        acts.insert(0, f"{name(unit)} started after {duration_text(queued_ms)} in the queue")
    reasons = _reasons(done, missing, needs)
    return best_fit(f"{act}{reason}" for act in acts for reason in reasons)


def task_started(unit: str, task: int, tasks: int, title: str) -> str:
    """`build began task 3 of 7: compile`."""
    place = f"task {task} of {tasks}" if tasks >= task else f"task {task}"
    act = f"{name(unit)} began {place}"
    return best_fit([f"{act}: {one_line(title)}", f"{act}: {name(title)}"]) if title else act


def unit_completed(unit: str, took_ms: float | None, tasks: int, freed: Sequence[str]) -> str:
    """`build completed in 12.04s, which frees test and package`."""
    act = f"{name(unit)} completed" + ("" if took_ms is None else f" in {duration_text(took_ms)}")
    what = f", {_all(tasks)} its tasks are done" if tasks > 1 else ""
    frees = [f", which frees {_joined(freed)}", f", which frees {counted(len(freed), 'unit')}"] if freed else []
    return best_fit([*(act + end for end in frees), act + what, act])


def unit_failed(unit: str, took_ms: float | None, error: str | None) -> str:
    """`deploy failed after 12.00s: exit status 1`."""
    act = f"{name(unit)} failed" + ("" if took_ms is None else f" after {duration_text(took_ms)}")
    return f"{act}: {elide(one_line(error), max(20, 74 - len(act)))}" if error else act


def unit_blocked(unit: str, by: str, status: str) -> str:
    """`deploy is blocked by test, which failed`."""
    if not by:
        return f"{name(unit)} is blocked"
    return f"{name(unit)} is blocked by {name(by)}, which {'failed' if status == 'failed' else f'is {status}'}"


def something_else(subject: str, kind: str) -> str:
    """`build reported cache.hit`."""
    return f"{subject} reported {name(kind)}"


def _the_run(title: str) -> str:
    return name(title) if title else "The run"


def _reasons(done: Sequence[str], missing: Sequence[str], needs: int) -> list[str]:
    """Why now, the longest first."""
    if missing:
        whose = "its dependency" if len(missing) == 1 else "its dependencies"
        verb = "is" if len(missing) == 1 else "are"
        return [f", though {whose} {_joined(missing)} {verb} not done", ", though not all it needs is done"]
    if not needs:
        return [", it depends on nothing"]
    if needs == 1:
        return [f", its dependency {name(done[0])} is done", ", its dependency is done"]
    return [f", its dependencies {_joined(done)} are done", f", {_all(needs)} its dependencies are done"]


def _all(number: int) -> str:
    return "both" if number == 2 else f"all {number} of"


def _joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    shown = [name(one) for one in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
