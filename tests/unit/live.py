"""A live session in a test's hands: sources that hand over when told to, a recorder in memory, a manual clock."""

from collections.abc import Iterable, Sequence
from typing import Any

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import EventDetail, SourceError
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.session import LiveOptions, LiveSession, start_live_session
from connectome_tui.sources.live import HandOver
from connectome_tui.store.state import State
from tests.factories import make_event


class HandSource:
    """A live source whose batches come from the test."""

    kind = "sse"

    def __init__(self, name: str = "source", fails: str = "") -> None:
        self.name = name
        self.fails = fails
        self.stopped = 0
        self.last_words = 0
        self._hand_over: HandOver | None = None
        self._number = 0

    def start(self, hand_over: HandOver) -> None:
        """Remember whom to hand to."""
        if self.fails:
            raise SourceError(self.name, self.fails)
        self._hand_over = hand_over

    def stop(self) -> None:
        """Count it, and hand over what is left."""
        self.stopped += 1
        if self.last_words:
            self.events(self.last_words)
            self.last_words = 0

    def describe(self) -> tuple[str, ...]:
        """One line."""
        return (f"listening on {self.name}",)

    def give(self, batch: LiveBatch) -> None:
        """Hand over a batch."""
        assert self._hand_over is not None, "it was started"
        self._hand_over(batch)

    def events(self, count: int, **fields: Any) -> None:
        """Hand over so many events, named after the source and numbered on."""
        events = [make_event(n, id=f"{self.name}{n}", **fields) for n in range(self._number, self._number + count)]
        self._number += count
        self.give(LiveBatch(source=self.name, events=tuple(events)))


class MemoryRecorder:
    """An `EventRecorder` in memory; `fails` is what its disk says."""

    def __init__(self) -> None:
        self.events: list[FlowEvent] = []
        self.details: list[EventDetail | None] = []
        self.nodes: list[Node] = []
        self.gaps: list[tuple[int, str]] = []
        self.reads = 0
        self.closed = 0
        self.fails = ""
        self.notice = ""

    @property
    def trouble(self) -> str:
        """What its disk says."""
        return self.fails

    def append(self, events: Sequence[FlowEvent], details: Sequence[EventDetail | None]) -> int:
        """Keep them."""
        if self.fails:
            raise SourceError("disk", self.fails)
        first = len(self.events)
        self.events.extend(events)
        self.details.extend(details or [None] * len(events))
        return first

    def read(self, first_row: int, count: int) -> Sequence[FlowEvent]:
        """Give them again."""
        self.reads += 1
        if self.fails:
            raise SourceError("disk", self.fails)
        return self.events[first_row : first_row + count]

    def detail(self, row: int) -> EventDetail:
        """Give it again."""
        return self.details[row] or EventDetail()

    def note_gap(self, text: str) -> None:
        """Keep it with the row before which it stands."""
        self.gaps.append((len(self.events), text))

    def note_nodes(self, nodes: Iterable[Node]) -> None:
        """Keep them."""
        self.nodes.extend(nodes)

    def close(self) -> None:
        """Count it."""
        self.closed += 1


class LiveDesk:
    """A live session with its sources and its clock."""

    def __init__(self, *names: str, recorder: MemoryRecorder | None = None, options: LiveOptions | None = None) -> None:
        self.clock = ManualClock(1_000_000.0)
        self.sources = [HandSource(name) for name in names or ("source",)]
        self.wakes = 0
        self.session: LiveSession = start_live_session(
            self.sources, recorder, clock=self.clock, wake=self._wake, options=options or LiveOptions()
        )
        self.commits: list[State] = []
        self.session.store.subscribe(lambda _old, new: self.commits.append(new))

    @property
    def state(self) -> State:
        """The state now."""
        return self.session.store.state

    @property
    def source(self) -> HandSource:
        """The first source."""
        return self.sources[0]

    def come(self, count: int, **fields: Any) -> None:
        """So many events come from the first source and are drained."""
        self.source.events(count, **fields)
        self.session.drain()

    def ids(self) -> list[str]:
        """The ids in the ledger, gaps by what they say."""
        return [
            f"[{entry.event.payload_summary}]" if entry.event.is_gap else entry.event.id for entry in self.state.ledger
        ]

    def _wake(self) -> None:
        self.wakes += 1
