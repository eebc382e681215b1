"""The one place that puts source, engine and store together; app, export, screenshot and health all use it."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectome_tui.clock import Clock
from connectome_tui.engine.commands import NextStep, RuntimeReleaseResult
from connectome_tui.engine.runtime import RuntimeEngine
from connectome_tui.events.flow import Flow, Recording
from connectome_tui.store.state import SourceStatus
from connectome_tui.store.store import RestartPolicy, Store


@dataclass
class SteppedSession:
    """One flow of a recording, ready to be stepped. Intent goes to `engine`, what can be seen is in `store`."""

    recording: Recording
    flow: Flow
    store: Store
    engine: RuntimeEngine

    def update_source(self, indexing_0_1: float | None = None) -> None:
        """Commit what the recording says of itself now; once it is complete, its total and topology too."""
        status = source_status(self.recording, indexing_0_1)
        if not self.recording.complete or self.store.state.script_total is not None:
            self.store.set_source_status(status)
            return
        self.flow = self.recording.flow(self.flow.summary.id)
        self.engine.update_flow(self.flow, status)


def start_session(
    recording: Recording, flow_id: str, *, clock: Clock, restart_policy: RestartPolicy = "boundary"
) -> SteppedSession:
    """Make a flow of a recording ready to be stepped; `KeyError` for an unknown id."""
    flow = recording.flow(flow_id)
    store = Store(restart_policy)
    engine = RuntimeEngine(store, clock)
    engine.load_flow(flow, source_status(recording))
    return SteppedSession(recording, flow, store, engine)


def source_status(recording: Recording, indexing_0_1: float | None = None) -> SourceStatus:
    """What the header says of a recording; `indexing_0_1` is how far reading is while it is not complete."""
    return SourceStatus(
        name=recording.name,
        skipped_lines=tuple(bad.line for bad in recording.report.bad_lines),
        indexing_0_1=None if recording.complete else indexing_0_1 or 0.0,
    )


def release_all(session: SteppedSession, limit: int | None = None) -> Iterator[RuntimeReleaseResult]:
    """Release event after event, one commit each, up to the end or `limit` of them."""
    while limit is None or session.store.state.cursor < limit:
        result = session.engine.dispatch_runtime_command(NextStep())
        if result.released_event is None:
            return
        yield result
