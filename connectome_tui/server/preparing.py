"""From named sources to sessions that can be hosted: opened, restored as they were, or followed (SERVER-7)."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from connectome_tui.clock import Clock, HeldClock
from connectome_tui.events.flow import ProgressCallback, Recording, SourceError, no_progress
from connectome_tui.events.numbers import counted
from connectome_tui.live_feed import TOLD, LiveFeed
from connectome_tui.live_sources import Followable, RecordInto, followed, receiver, watched
from connectome_tui.recordings.cap import DEFAULT_CAP
from connectome_tui.recordings.names import SESSION_PREFIX, find, recordings_folder
from connectome_tui.recordings.past import Past
from connectome_tui.server.fingerprint import fingerprint
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer
from connectome_tui.server.kept_session import KeptSession
from connectome_tui.server.restoring import begin_stepped, unused_run
from connectome_tui.server.restoring_live import away_text, bring_back, note_away, past_of
from connectome_tui.server.sources import NamedSource
from connectome_tui.session import LiveOptions, LiveSession, SteppedSession, start_live_session, start_session
from connectome_tui.sources.named import chosen_flow, source_paths
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions
from connectome_tui.store.retention import KEEP_NEWEST, Retention
from connectome_tui.store.store import RestartPolicy
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.settle import DEFAULT_SETTLE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What may be chosen for all sources of a server. `recordings` None: where they are by default."""

    flow: str | None = None
    restart_policy: RestartPolicy = "boundary"
    retention: Retention = KEEP_NEWEST
    nodes: tuple[NodeOverride, ...] = ()
    record: bool = True
    recordings: Path | None = None
    recordings_bytes: int = DEFAULT_CAP
    attributes: bool = True
    raw: bool = False
    stepper: bool = False
    settle_ms: float = DEFAULT_SETTLE_MS


@dataclass(frozen=True, slots=True)
class OpenedRecording:
    """A recording that was read, the flow that was chosen, and what tells both from others (`fingerprint.py`)."""

    recording: Recording
    flow: str
    fingerprint: str


@dataclass(slots=True)
class Prepared:
    """A session that is ready to be hosted, by its name; `clock` and `keeper` are the ones to host it with.

    `feed` is of a live one: it is to drain on the loop, from `begin` on. `notices` are lines for who
    started the server; `describe` says where a live source listens.
    """

    name: str
    running: SteppedSession | LiveSession
    clock: HeldClock
    keeper: KeptSession
    close: Callable[[], None]
    feed: LiveFeed | None = None
    notices: Sequence[str] = field(default=())
    describe: Sequence[str] = field(default=())


def prepare_sources(
    sources: Sequence[NamedSource],
    options: SourceOptions,
    *,
    keeper: KeptServer,
    clock: Clock,
    progress: ProgressCallback = no_progress,
) -> Sequence[Prepared]:
    """All of them, or none: `SourceError` says in one line what is wrong with the first that cannot be had."""
    with ExitStack() as opened:
        prepared: list[Prepared] = []
        for source in sources:
            if source.way == "open":
                one = prepare_recording(
                    source.name, source.target, options, keeper=keeper, clock=clock, progress=progress
                )
            else:
                one = prepare_live(source, options, keeper=keeper, clock=clock)
            opened.callback(one.close)
            prepared.append(one)
        opened.pop_all()
        return prepared


def prepare_recording(
    name: str,
    target: str,
    options: SourceOptions,
    *,
    keeper: KeptServer,
    clock: Clock,
    progress: ProgressCallback = no_progress,
) -> Prepared:
    """A recording, read whole, as it was left; anew when its bytes, or what was chosen, are others."""
    opened = open_named(target, options, progress)
    try:
        return begin_recording(name, opened, options, keeper=keeper, clock=HeldClock(clock))
    except BaseException:
        opened.recording.close()
        raise


def open_named(target: str, options: SourceOptions, progress: ProgressCallback = no_progress) -> OpenedRecording:
    """Read a recording, and say which of its flows was chosen; may be called in any thread."""
    paths = source_paths([target])
    recording = open_recording(
        paths,
        progress=progress,
        options=OpenOptions(keep_raw=options.raw, nodes=options.nodes, recordings=options.recordings),
    )
    try:
        flow = chosen_flow(recording, options.flow)
        files = [str(_file_of(path, options)) for path in paths]
        mark = fingerprint(files, (flow, options.restart_policy, options.nodes))
    except BaseException:
        recording.close()
        raise
    return OpenedRecording(recording, flow, mark)


def begin_recording(
    name: str, opened: OpenedRecording, options: SourceOptions, *, keeper: KeptServer, clock: HeldClock
) -> Prepared:
    """The session of a recording that was read, as it was left."""
    kept = keeper.session(name, opened.fingerprint)
    recording = opened.recording
    session, notices = begin_stepped(
        recording, opened.flow, keeper=kept, clock=clock, restart_policy=options.restart_policy
    )
    return Prepared(name, session, clock, kept, recording.close, notices=[*_skipped(recording), *notices])


def begin_anew(
    hosted: HostedSession, opened: OpenedRecording, options: SourceOptions, *, keeper: KeptServer
) -> SteppedSession:
    """A new session of a recording, for one that is hosted to be replaced by."""
    keeper.session(hosted.name, opened.fingerprint)
    return start_session(
        opened.recording,
        opened.flow,
        clock=hosted.clock,
        restart_policy=options.restart_policy,
        run=unused_run(hosted.revision),
    )


def prepare_live(source: NamedSource, options: SourceOptions, *, keeper: KeptServer, clock: Clock) -> Prepared:
    """A live source, started; what its recording holds from before is there again."""
    kept = keeper.session(source.name, "")
    notices: list[str] = []
    past = _past(source, options, kept, clock, notices)
    into = _into(options, Path(kept.recording_of(source.text)) if past else None)
    live = _followable(source, options, into, past)
    held, feed = HeldClock(clock), LiveFeed(TOLD)
    options_of_session = LiveOptions(
        stepper=options.stepper,
        retention=options.retention,
        restart_policy=options.restart_policy,
        recording=live.recording,
        title=live.title,
    )

    def was_before(session: LiveSession) -> None:
        session.store.continue_from(max(session.store.state.commit_id, kept.revision))
        if past is not None:
            gap = away_text(past, clock)
            _note(live, gap, is_receiver=source.way == "listen")
            bring_back(session, past, gap)

    try:
        session = start_live_session(
            [live.source], live.recorder, clock=held, wake=feed.wake, options=options_of_session, past=was_before
        )
    except BaseException:
        live.remove_if_empty()
        raise
    if live.path is not None:
        kept.note_source(source.text, str(live.path))

    def close() -> None:
        feed.end()
        session.close()
        live.remove_if_empty()

    return Prepared(source.name, session, held, kept, close, feed, notices, live.source.describe())


def _past(
    source: NamedSource, options: SourceOptions, kept: KeptSession, clock: Clock, notices: list[str]
) -> Past | None:
    """What was recorded of this source before; None when there is nothing, and why it is not there is noted."""
    if source.rereads or not kept.revision:
        return None
    if not options.record:
        notices.append(f"{source.name}: is not recorded, so that what came before does not come back")
        return None
    recording = kept.recording_of(source.text)
    if not recording:
        return None
    try:
        return past_of(Path(recording), options.retention, clock)
    except SourceError as problem:
        notices.append(f"{source.name}: what came before does not come back: {problem}")
        return None


def _into(options: SourceOptions, goes_on: Path | None) -> RecordInto | None:
    if not options.record:
        return None
    return RecordInto(
        folder=recordings_folder(options.recordings),
        max_bytes=options.recordings_bytes,
        goes_on=goes_on,
        attributes=options.attributes,
    )


def _followable(source: NamedSource, options: SourceOptions, into: RecordInto | None, past: Past | None) -> Followable:
    if source.way == "listen":
        return receiver(
            http=source.http,
            grpc=source.grpc,
            into=into,
            settle_ms=options.settle_ms,
            raw=options.raw,
            attributes=options.attributes,
            nodes=options.nodes,
            next_row=None if past is None else past.next_row,
        )
    if source.way == "watch":
        return watched(source.target, into=into, standard_input=_standard_input)
    return followed(
        source.target,
        into=into,
        settle_ms=options.settle_ms,
        nodes=options.nodes,
        standard_input=_standard_input,
    )


def _note(live: Followable, gap: str, *, is_receiver: bool) -> None:
    """Let the recording say that the server was away."""
    if is_receiver and live.path is not None:
        note_away(live.path, gap)
    elif live.recorder is not None:
        live.recorder.note_gap(gap)


def _standard_input() -> int:
    return os.dup(0)


def _file_of(path: str, options: SourceOptions) -> Path | str:
    """The file behind a path or `session:ID`."""
    return find(path, recordings_folder(options.recordings)) if path.startswith(SESSION_PREFIX) else path


def _skipped(recording: Recording) -> Sequence[str]:
    bad = recording.report.bad_lines
    if not bad:
        return ()
    return (f"{recording.name}: {counted(len(bad), 'line')} could not be read (line {bad[0].line}: {bad[0].reason})",)
