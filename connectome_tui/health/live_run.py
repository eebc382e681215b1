"""A live session for the checkers (HEALTH-1): two sources, a flood, a pause that overflows, a step, a restart."""

from collections.abc import Iterator, Sequence

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import (
    InspectBy,
    NextStep,
    Restart,
    RuntimeCommand,
    SetLocalPause,
    SetMode,
    SetPinned,
)
from connectome_tui.events.live import ConnectionStatus, LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.health.checker import CheckResult, LiveChecker, Looker, attach
from connectome_tui.session import LiveOptions, LiveSession, start_live_session
from connectome_tui.sources.live import HandOver
from connectome_tui.store.retention import Retention
from connectome_tui.store.store import RestartPolicy

RETENTION = Retention(500)
HELD_PER_SOURCE = 100
COMMANDS: Sequence[RuntimeCommand] = (
    InspectBy(-3),
    InspectBy(1),
    SetPinned(pinned=True),
    SetPinned(pinned=False),
    SetLocalPause(paused=True),
    NextStep(),
    NextStep(),
    SetMode("realtime"),
    Restart(),
    SetLocalPause(paused=True),
    SetLocalPause(paused=False),
)
"""What is done to the session; between each two, both sources bring something."""


class ScriptedSource:
    """Brings events that are made up, when it is asked to."""

    kind = "check"

    def __init__(self, name: str) -> None:
        self.name = name
        self._hand_over: HandOver | None = None
        self._made = 0

    def start(self, hand_over: HandOver) -> None:
        """Say that it is connected."""
        self._hand_over = hand_over
        hand_over(LiveBatch(source=self.name, status=ConnectionStatus("connected")))

    def stop(self) -> None:
        """Bring nothing any more."""
        self._hand_over = None

    def describe(self) -> tuple[str, ...]:
        """Nothing is to be pasted."""
        return ()

    def bring(self, count: int) -> None:
        """Hand so many events over."""
        assert self._hand_over is not None, "it was started"
        self._hand_over(LiveBatch(source=self.name, events=tuple(self._events(count))))

    def _events(self, count: int) -> Iterator[FlowEvent]:
        for number in range(self._made, self._made + count):
            yield FlowEvent(
                id=f"{self.name}:{number}",
                at_ms=float(number),
                from_node_id="service:api",
                to_node_id=f"service:{number % 7}",
                trigger="direct",
                call_type="code",
                label=f"call {number}",
                status="error" if number % 10 == 0 else "ok",
                parent_event_id=f"{self.name}:{number - 1}" if number % 5 else None,
            )
        self._made += count


def run_live_health(kinds: Sequence[type[Looker]], policy: RestartPolicy) -> Sequence[CheckResult]:
    """Exercise a live session with these checkers looking on, those that look at live sources."""
    clock = ManualClock()
    sources = [ScriptedSource("flood"), ScriptedSource("trickle")]
    options = LiveOptions(retention=RETENTION, held_per_source=HELD_PER_SOURCE, restart_policy=policy)
    session = start_live_session(sources, clock=clock, wake=lambda: None, options=options)
    checkers = [kind(session) for kind in kinds if issubclass(kind, LiveChecker)]
    attach(checkers, session)
    for command in COMMANDS:
        for _ in range(3):
            clock.advance(400.0)
            sources[0].bring(70)
            sources[1].bring(2)
            session.drain()
        session.engine.dispatch_runtime_command(command)
        _serve(session)
    session.close()
    for checker in checkers:
        checker.conclude()
    return [checker.result for checker in checkers]


def _serve(session: LiveSession) -> None:
    while session.engine.next_deadline_ms() is not None and session.engine.serve_deadline() is not None:
        pass
