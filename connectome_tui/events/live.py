"""What live sources hand over (SPAN-9, STORE-10, ENGINE-5): batches of events, counters, how the connection stands.

Everything here is frozen and crosses threads and processes; `msgspec` encodes it as it stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol, get_args

import msgspec

from connectome_tui.events.flow import EventDetail, WaitAction
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node

ConnectionPhase = Literal["connecting", "connected", "error", "disconnected", "listening"]
CONNECTION_PHASES: Final[tuple[ConnectionPhase, ...]] = get_args(ConnectionPhase)


class ConnectionStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the connection of a source stands.

    `message` is one plain sentence (empty: nothing to add). `next_retry_ms` is the time, in the
    clock's milliseconds since the epoch, at which it tries again; None when it does not.
    """

    phase: ConnectionPhase = "connecting"
    message: str = ""
    next_retry_ms: float | None = None


class LiveCounters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a source has counted since it started; every number only grows, but for `waiting`.

    `received`: records that came in (spans, events, lines). `decoded`: those that could be read.
    `shown_ready`: events handed over. `waiting`: records that are kept back now (unsettled, queued).
    `dropped`: records lost, by reason. `bad`: records that could not be read. `rate_limited`:
    requests turned away with the word to come again. `skipped`: what is accepted and not shown
    (`metrics`, `log records`). `connections`: how often a peer was connected. `refused`: requests that
    were answered with an error, by reason. `bytes_received`: of bodies, as they came over the wire.
    """

    received: int = 0
    decoded: int = 0
    shown_ready: int = 0
    waiting: int = 0
    dropped: Mapping[str, int] = {}
    bad: int = 0
    rate_limited: int = 0
    skipped: Mapping[str, int] = {}
    connections: int = 0
    refused: Mapping[str, int] = {}
    bytes_received: int = 0

    @property
    def dropped_in_all(self) -> int:
        """How many records were lost, whatever the reason."""
        return sum(self.dropped.values())


class LiveBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a live source hands over at once: it becomes part of one commit (STORE-4).

    `events` stand in the order in which they are to be released. `details` is as long as `events`;
    empty when the recording has them, or when nobody keeps any. `first_row` is the row of the first
    event in the recording that the source itself writes, the others following row by row; None lets
    the session record the events. `nodes` are nodes that are new or better known now (title, kind,
    zone, detail, steps); a node without one is made from its id. `gap` says in one line that
    something is missing right before these events (`57 spans dropped: the queue was full`). A batch
    without events brings counters or a status alone. `counters` and `status` are None when unchanged.
    `wait_actions`, by place among the events, is what a source knows of the wait timer (SPAN-8): a
    run that began starts it, one that is over stops it. `notice` is what became of other recordings for
    the sake of the one that the source itself writes.
    """

    source: str
    events: tuple[FlowEvent, ...] = ()
    details: tuple[EventDetail | None, ...] = ()
    first_row: int | None = None
    nodes: tuple[Node, ...] = ()
    counters: LiveCounters | None = None
    status: ConnectionStatus | None = None
    gap: str | None = None
    wait_actions: Mapping[int, WaitAction] = {}
    notice: str = ""


class EventRecorder(Protocol):
    """What a live session asks of the recording that it writes (`recordings/` implements it).

    Rows count from 0 in the order of `append`; the recording may be written later, by a thread.
    """

    @property
    def trouble(self) -> str:
        """Why nothing is written now, in one line; empty when all is well."""
        ...

    @property
    def notice(self) -> str:
        """Which recordings went last to stay within the limit, in one line; empty while none did."""
        ...

    def append(self, events: Sequence[FlowEvent], details: Sequence[EventDetail | None]) -> int:
        """Take these events; the row of the first. `details` may be empty. Blocks no longer than its queue is full."""
        ...

    def read(self, first_row: int, count: int) -> Sequence[FlowEvent]:
        """Events that were appended, those that are still in the queue too. `SourceError` when they cannot be read."""
        ...

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest of an event that was appended."""
        ...

    def note_gap(self, text: str) -> None:
        """Keep that something is missing before the event that is appended next."""
        ...

    def note_nodes(self, nodes: Iterable[Node]) -> None:
        """Keep what is known of nodes, for when the recording is opened."""
        ...

    def close(self) -> None:
        """Write what is left and release the file."""
        ...
