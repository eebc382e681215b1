"""What a ledger holds and answers (EVENT-6, STORE-5): entries, sessions, histories, and the contract to read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from connectome_tui.events.flow import EventDetail, FlowSummary
from connectome_tui.events.model import FlowEvent, UnitState
from connectome_tui.events.topology import Topology

PLACEHOLDER: Final = FlowEvent(
    id="…", at_ms=0.0, from_node_id="?", to_node_id="?", trigger="direct", call_type="code", label="…"
)
"""What is read in the place of an entry of a server's session that is not here yet."""


def is_placeholder(event: FlowEvent) -> bool:
    """Whether an event only stands for one that is not here yet."""
    return event is PLACEHOLDER


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry; `arrival_index` is its place since the program's start, `commit_id` what appended it."""

    arrival_index: int
    commit_id: int
    session_id: str
    event: FlowEvent


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the stepper: its id, when it started (ms of the clock), its parts, and where it begins in the ledger.

    `first_index` is the arrival index of its first event (behind its boundary). `flow` is what is
    stepped, None for a session without a flow.
    """

    session_id: str
    started_at_ms: float
    topology: Topology
    first_index: int
    flow_id: str = ""
    title: str = ""
    flow: FlowSummary | None = None


@dataclass(frozen=True, slots=True)
class EdgeHistory:
    """What an edge had seen up to an entry: events, errors, and the arrival index of the newest (-1: none)."""

    events: int = 0
    errors: int = 0
    newest_index: int = -1


@dataclass(frozen=True, slots=True)
class NodeHistory:
    """What a node had seen up to an entry: arrivals, departures, errors, energy (None: no event had any).

    A step inside the node is an arrival and no departure. Errors and energy are those of arrivals.
    """

    arrivals: int = 0
    departures: int = 0
    errors: int = 0
    energy: float | None = None
    newest_index: int = -1


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """How a unit of a run stood (RUN-6): its state, what its card says of it, and the entry that told."""

    state: UnitState
    detail: str
    index: int


class UnitCounts(NamedTuple):
    """How many units of a run stand in each state; those of which nothing was told are pending and not counted."""

    ready: int = 0
    in_progress: int = 0
    complete: int = 0
    failed: int = 0
    blocked: int = 0


NO_UNITS: Final = UnitCounts()


class Ledger(Protocol):
    """An immutable view. Indexes are arrival indexes; `start <= index < end`. All reads are O(log n) or better."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def sessions(self) -> Sequence[Session]:
        """The sessions of these entries, oldest first; a session without entries counts when it was the first."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, arrival_index: int, /) -> LedgerEntry: ...

    def __iter__(self) -> Iterator[LedgerEntry]: ...

    def holds(self, arrival_index: int) -> bool:
        """Whether this entry is there; in a live ledger entries leave, also from between others (STORE-10)."""
        ...

    def index_at(self, position: int) -> int:
        """The arrival index of the entry at a position, from 0 for the oldest that is there."""
        ...

    def position_of(self, arrival_index: int) -> int:
        """The position of an entry, or of the next one that is there."""
        ...

    def indexes(self, first: int, behind: int) -> Sequence[int]:
        """The arrival indexes of the entries in `first <= index < behind`."""
        ...

    def detail(self, arrival_index: int) -> EventDetail:
        """Attributes and the rest, from the recording."""
        ...

    def session_at(self, arrival_index: int) -> Session:
        """The session that an entry belongs to."""
        ...

    def parent_index(self, arrival_index: int) -> int | None:
        """The entry of the event's parent, when it was released in the same session."""
        ...

    def child_indexes(self, arrival_index: int) -> tuple[int, ...]:
        """The entries of its children that were released in the same session."""
        ...

    def edge_history(self, edge_id: str, upto: int) -> EdgeHistory:
        """What the edge saw from the start of the session of entry `upto` to that entry, itself included."""
        ...

    def node_history(self, node_id: str, upto: int) -> NodeHistory:
        """What the node saw from the start of the session of entry `upto` to that entry, itself included."""
        ...

    def unit_standing(self, node_id: str, upto: int) -> UnitStanding | None:
        """How a unit, or the run itself, stood at entry `upto`; None while nothing was told since the run began."""
        ...

    def unit_counts(self, upto: int) -> UnitCounts:
        """How many units stood in each state at entry `upto`."""
        ...

    def error_after(self, arrival_index: int) -> int | None:
        """The next entry with status `error` behind this one."""
        ...

    def error_before(self, arrival_index: int) -> int | None:
        """The nearest entry with status `error` before this one."""
        ...

    def error_count(self, first: int, behind: int) -> int:
        """How many entries from `first` up to, and without, `behind` have status `error`."""
        ...
