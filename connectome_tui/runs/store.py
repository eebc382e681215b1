"""The run store (RUN-1 to RUN-4): the state of an orchestration run, for many threads."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from connectome_tui.clock import Clock, SystemClock
from connectome_tui.runs.model import RunSnapshot
from connectome_tui.runs.records import read_record
from connectome_tui.runs.run import Run
from connectome_tui.runs.run_graph import MalformedEventError, RunGraph
from connectome_tui.runs.run_times import iso_text

KEPT_DIAGNOSTICS: Final = 100

OnDiagnostic = Callable[[str], None]
"""Called with one line about a record that was ignored; in the thread that brought it, outside of any lock."""


class RunStore:
    """Follows one run at a time; every method may be called from any thread.

    `on_diagnostic` is told why a record was ignored; the last of these lines are kept in `diagnostics`.
    """

    def __init__(self, *, clock: Clock | None = None, on_diagnostic: OnDiagnostic | None = None) -> None:
        self._clock = clock or SystemClock()
        self._on_diagnostic = on_diagnostic
        self._lock = threading.Lock()
        self._run = Run()
        self._connected = False
        self._diagnostics: deque[str] = deque(maxlen=KEPT_DIAGNOSTICS)

    def handle_event(self, event: Mapping[str, Any]) -> bool:
        """Take in a record as it came (RUN-5); whether it changed the run. Never raises.

        Unknown events and unknown units change nothing; a malformed record is ignored, with a
        diagnostic (RUN-3). A second `orch.started` replaces the run.
        """
        try:
            record = read_record(event)
        except MalformedEventError as problem:
            self._report(f"ignored: {problem}")
            return False
        with self._lock:
            time = iso_text(self._clock.now_ms()) if record.time is None else record.time
            effect = self._run.apply(record, time)
        if effect != "changed":
            self._report(f"{effect}: {record.type}{f' {record.unit}' if record.unit else ''}")
        return effect == "changed"

    def snapshot(self) -> RunSnapshot:
        """The run as it stands; a copy, which no later event changes (RUN-4)."""
        with self._lock:
            return self._run.snapshot(connected=self._connected)

    def graph(self) -> RunGraph | None:
        """A copy of the dependency graph; None before a run that has one."""
        with self._lock:
            return self._run.graph.copy() if self._run.graph else None

    def set_connected(self, connected: bool) -> None:  # noqa: FBT001 - the name says what it is
        """Whether somebody is there who sends; what is known of the run stays (RUN-4)."""
        with self._lock:
            self._connected = bool(connected)

    def reset(self) -> None:
        """Forget the run; the connection stays as it is (RUN-4)."""
        with self._lock:
            self._run = Run()

    @property
    def diagnostics(self) -> tuple[str, ...]:
        """The last lines about records that changed nothing, oldest first."""
        with self._lock:
            return tuple(self._diagnostics)

    def _report(self, line: str) -> None:
        with self._lock:
            self._diagnostics.append(line)
        if self._on_diagnostic is not None:
            self._on_diagnostic(line)
