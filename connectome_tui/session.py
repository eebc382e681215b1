"""The one place that puts source, engine and store together; app, export, screenshot and health all use it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.clock import Clock, ManualClock
from connectome_tui.engine.commands import NextStep, RuntimeReleaseResult
from connectome_tui.engine.holding import HELD_PER_SOURCE
from connectome_tui.engine.live import LiveEngine
from connectome_tui.engine.runtime import RuntimeEngine
from connectome_tui.events.flow import ALL_FLOWS, Flow, Recording
from connectome_tui.events.live import EventRecorder
from connectome_tui.sources.live import LiveSource
from connectome_tui.sources.pump import Pump, Wake
from connectome_tui.store.export import ExportFormat, Passes, export_jsonl, export_text
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.live_store import LiveStore
from connectome_tui.store.retention import KEEP_NEWEST, Retention
from connectome_tui.store.state import LiveSourceState, SourceStatus
from connectome_tui.store.store import RestartPolicy, Store

SESSION_FORMAT: Final = "session"
"""The format of a recording that is an export (`ReadReport.format`)."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What may be chosen for a live session.

    `stepper`: what comes waits, and Next releases one. `recording` names the recording on the screen.
    `held_per_source` bounds what waits in memory when nothing is recorded. `session_id` and `title`
    are made from the time and the sources when empty.
    """

    stepper: bool = False
    retention: Retention = KEEP_NEWEST
    held_per_source: int = HELD_PER_SOURCE
    restart_policy: RestartPolicy = "boundary"
    recording: str = ""
    session_id: str = ""
    title: str = ""


DEFAULT_LIVE: Final = LiveOptions()


@dataclass
class LiveSession:
    """Live sources being followed. Intent goes to `engine`, what can be seen is in `store`.

    `drain` is to be called on the one thread that also dispatches commands, soon after `wake` was.
    """

    sources: Sequence[LiveSource]
    store: LiveStore
    engine: LiveEngine
    recorder: EventRecorder | None
    pump: Pump

    @property
    def flow(self) -> None:
        """Of what comes live nothing is known beforehand."""
        return

    def drain(self) -> bool:
        """Take in what has come, in one commit; whether there was anything."""
        batches = self.pump.drain()
        if batches:
            self.engine.take(batches)
        return bool(batches)

    def close(self) -> None:
        """End every source, take in what they still handed over, and finish the recording."""
        self.pump.end()
        try:
            for source in self.sources:
                source.stop()
            self.pump.close()
            while self.drain():
                pass
        finally:
            self.pump.close()
            if self.recorder is not None:
                self.recorder.close()


def start_live_session(
    sources: LiveSource | Sequence[LiveSource],
    recorder: EventRecorder | None = None,
    *,
    clock: Clock,
    wake: Wake,
    options: LiveOptions = DEFAULT_LIVE,
    past: Callable[[LiveSession], object] | None = None,
) -> LiveSession:
    """Start live sources and show what they bring.

    `recorder` writes what they hand over, or only reads what they write themselves (batches with
    `first_row`); None keeps nothing but the log. `wake` is called from any thread when `drain` has
    something to do. `past` brings back what was, before the sources begin. Raises `SourceError` when a
    source cannot start; the others are stopped then.
    """
    sources = sources if isinstance(sources, Sequence) else (sources,)
    store = LiveStore(options.retention, None if recorder is None else recorder.detail, options.restart_policy)
    engine = LiveEngine(store, clock, recorder, options.held_per_source)
    session = LiveSession(sources, store, engine, recorder, Pump(wake))
    engine.open(
        options.session_id or f"live-{int(clock.now_ms())}",
        options.title or ", ".join(source.name for source in sources),
        [LiveSourceState(source.name, source.kind) for source in sources],
        "stepper" if options.stepper else "realtime",
        recording=options.recording,
    )
    try:
        if past is not None:
            past(session)
        for source in sources:
            source.start(session.pump.hand_over)
    except BaseException:
        session.close()
        raise
    return session


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
    recording: Recording, flow_id: str, *, clock: Clock, restart_policy: RestartPolicy = "boundary", run: int = 1
) -> SteppedSession:
    """Make a flow of a recording ready to be stepped; `KeyError` for an unknown id. `run` as in `load_flow`."""
    flow = recording.flow(flow_id)
    store = Store(restart_policy)
    engine = RuntimeEngine(store, clock)
    engine.load_flow(flow, source_status(recording), run)
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


def export_lines(
    ledger: Ledger,
    export_format: ExportFormat,
    *,
    attributes: bool = True,
    raw: bool = False,
    passing: Passes | None = None,
) -> Iterator[bytes]:
    """A ledger as lines of bytes, each with its line feed: what is copied and what is exported (STORE-12)."""
    if export_format == "text":
        return export_text(ledger, passing=passing)
    return export_jsonl(ledger, attributes=attributes, raw=raw, passing=passing)


def export_recording(
    recording: Recording,
    flow_id: str,
    export_format: ExportFormat,
    *,
    attributes: bool = True,
    raw: bool = False,
    passing: Passes | None = None,
) -> Iterator[bytes]:
    """Step a complete recording to its end, through the same engine and store as on the screen, and give its lines.

    `KeyError` for an unknown flow. The sessions of an export stay apart, so that it exports to the
    same bytes; the flows of any other recording are one session, one after the other (SPAN-7).
    """
    assert recording.complete, "what is not read yet cannot be exported"
    apart = flow_id == ALL_FLOWS and recording.report.format == SESSION_FORMAT
    for part in [flow.id for flow in recording.flows] if apart else [flow_id]:
        session = start_session(recording, part, clock=ManualClock())
        for _ in release_all(session):
            pass
        yield from export_lines(
            session.store.state.ledger, export_format, attributes=attributes, raw=raw, passing=passing
        )
