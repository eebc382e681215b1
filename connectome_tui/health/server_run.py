"""A real server for the checkers (HEALTH-1): windows over links in memory that step, repeat, write and lag."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui import samples
from connectome_tui.clock import HeldClock, ManualClock
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.net.frames import (
    PROTOCOL,
    Ack,
    CommandFrame,
    CommitsBaseline,
    Frame,
    FromServer,
    NotifyCommits,
    Role,
    SessionHello,
    SessionSelect,
    StateUpdate,
    decode_from_server,
    encode_frame,
)
from connectome_tui.net.links import LinkUser, Peer
from connectome_tui.net.record_keys import PLAYBACK_SPEED
from connectome_tui.server.core import ServerCore
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import open_keeper
from connectome_tui.server.limits import Limits
from connectome_tui.server.restoring import begin_stepped
from connectome_tui.sources.open import open_recording
from connectome_tui.store.delta_wire import decode_delta

SESSION: Final = "health"
LIMITS: Final = Limits(waiting_bytes=4_000, waiting_bytes_most=1_000_000)
FLOOD: Final = 60
"""So many changes a window is asked to take while it reads nothing: far more than may wait for it."""
TURN_MS: Final = 1000.0
Spoil = Callable[[ServerCore], object]


@dataclass(frozen=True, slots=True)
class ServerMoment:
    """What a server has done since the last moment: what each window was sent, and where the session stands.

    `waited_bytes` is the most that waited for the window that reads nothing for a while.
    """

    what: str
    acks: Sequence[Ack]
    told: dict[str, Sequence[NotifyCommits | CommitsBaseline]]
    entries: int
    revision: int
    speed: str
    waited_bytes: int = 0


class HealthWindow:
    """One window: a link in memory, and what came over it. One that is `stalled` leaves everything unread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stalled = False
        self.waiting_bytes = 0
        self.most_bytes = 0
        self.user: LinkUser | None = None
        self._came: list[FromServer] = []

    def send(self, message: bytes) -> None:
        """Take what the server sends."""
        self._came.append(decode_from_server(message))
        if self.stalled:
            self.waiting_bytes += len(message)
            self.most_bytes = max(self.most_bytes, self.waiting_bytes)

    def close(self, reason: str = "") -> None:
        """The server has ended it."""
        if self.user is not None:
            self.user.closed(reason)

    def say(self, *frames: Frame) -> None:
        """Send frames to the server."""
        assert self.user is not None, "it is connected"
        for frame in frames:
            self.user.received(encode_frame(frame))

    def read_on(self) -> None:
        """Read everything that waits."""
        assert self.user is not None, "it is connected"
        self.stalled, self.waiting_bytes = False, 0
        self.user.writable()

    def taken(self) -> list[FromServer]:
        """What came since the last time; of one that is stalled, nothing."""
        if self.stalled:
            return []
        came, self._came = self._came, []
        return came


class _AnyToken:
    def role_of(self, token: str) -> Role | None:  # noqa: ARG002 - all who are here are ours
        return "full"


class ServerRun:
    """A server that hosts a sample, with three windows on it."""

    def __init__(self, folder: Path, spoil: Spoil) -> None:
        self.clock = ManualClock(1_000_000.0)
        self.kept = open_keeper(folder, self.clock, boot="health")
        self.recording = open_recording([str(samples.sample_path("checkout"))])
        keeper, held = self.kept.session(SESSION, "health"), HeldClock(self.clock)
        session, _ = begin_stepped(self.recording, ALL_FLOWS, keeper=keeper, clock=held, restart_policy="boundary")
        self.core = ServerCore(self.clock, self.kept, _AnyToken(), LIMITS)
        self.hosted = HostedSession(SESSION, session, clock=held, keeper=keeper, limits=LIMITS)
        self.core.add_session(self.hosted)
        spoil(self.core)
        self.windows = {name: HealthWindow(name) for name in ("one", "two", "slow")}
        self._intents = 0

    def close(self) -> None:
        """End it."""
        self.core.close()
        self.kept.close()
        self.recording.close()

    def join(self) -> None:
        """Let all windows follow the session."""
        for window in self.windows.values():
            window.user = self.core.connected(window, Peer("memory"))
            hello = SessionHello(protocol=PROTOCOL, actor=window.name, auth="health")
            window.say(hello, SessionSelect(id=1, session=SESSION))

    def intent(self) -> str:
        """An id that was never used."""
        self._intents += 1
        return f"intent-{self._intents}"

    def next_step(self, intent: str = "") -> CommandFrame:
        """A Next."""
        run = self.hosted.state.session_id
        return CommandFrame(intent_id=intent or self.intent(), session=SESSION, session_id=run, kind="next_step")

    def speed(self, value: str, base: str) -> StateUpdate:
        """A write of the speed."""
        scope, target, key = PLAYBACK_SPEED
        return StateUpdate(
            intent_id=self.intent(),
            session=SESSION,
            scope=scope,
            target=target,
            key=key,
            value=value,
            base_version=base,
        )

    @property
    def speed_version(self) -> str:
        """The version of the record of the speed."""
        record = self.hosted.records.get(PLAYBACK_SPEED)
        assert record is not None, "every session has a speed"
        return record.version

    def moment(self, what: str) -> ServerMoment:
        """What became of everything that was done since the last one."""
        self.clock.advance(TURN_MS)
        for _ in range(len(self.windows) + 1):
            self.core.serve_deadline()
        came = {name: window.taken() for name, window in self.windows.items()}
        state, slow = self.hosted.state, self.windows["slow"]
        waited, slow.most_bytes = slow.most_bytes, slow.waiting_bytes
        return ServerMoment(
            what,
            acks=[frame for frames in came.values() for frame in frames if isinstance(frame, Ack)],
            told={
                name: [frame for frame in frames if isinstance(frame, NotifyCommits | CommitsBaseline)]
                for name, frames in came.items()
            },
            entries=state.ledger.end,
            revision=self.hosted.revision,
            speed=state.speed,
            waited_bytes=waited,
        )


def server_moments(spoil: Spoil) -> Iterator[ServerMoment]:
    """A server's life; `spoil` may make it faulty before anybody comes."""
    with tempfile.TemporaryDirectory() as folder:
        run = ServerRun(Path(folder), spoil)
        try:
            yield from _life(run)
        finally:
            run.close()


def _life(run: ServerRun) -> Iterator[ServerMoment]:
    one, two, slow = run.windows.values()
    yield run.moment("the beginning")
    run.join()
    yield run.moment("joining")
    first, second = run.next_step(), run.next_step()
    one.say(first)
    two.say(second)
    yield run.moment(TWO_NEXTS)
    one.say(first)
    two.say(second)
    yield run.moment(REPEATED)
    stale = run.speed_version
    one.say(run.speed("2x", stale))
    yield run.moment("a write")
    two.say(run.speed("3x", stale))
    yield run.moment(STALE)
    slow.stalled = True
    for _ in range(FLOOD):
        one.say(run.next_step(), run.speed("1x", run.speed_version), run.speed("2x", run.speed_version))
    yield run.moment(STALLED)
    slow.read_on()
    yield run.moment(READ_ON)
    two.say(CommandFrame(intent_id=run.intent(), session=SESSION, session_id="", kind="restart"))
    one.say(run.next_step())
    yield run.moment("a restart")


TWO_NEXTS: Final = "two Nexts at the same moment"
REPEATED: Final = "the same two again"
STALE: Final = "a write on what was before"
STALLED: Final = "a window that reads nothing"
READ_ON: Final = "its reading on"


def deltas_of(frames: Sequence[NotifyCommits | CommitsBaseline]) -> Iterator[tuple[int, int | None, bool]]:
    """What a window was told: the revision, the one before it (None for a baseline), whether it is a baseline."""
    for frame in frames:
        if isinstance(frame, CommitsBaseline):
            yield int(frame.revision), None, True
        else:
            for raw in frame.deltas:
                delta = decode_delta(raw)
                yield int(delta.revision), int(delta.base), False
