"""The state (STORE-1): everything that can be seen, frozen; a commit replaces it by the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from connectome_tui.events.flow import FlowSummary
from connectome_tui.events.live import ConnectionStatus, LiveCounters
from connectome_tui.events.topology import Topology
from connectome_tui.store.ledger import EMPTY_LEDGER, Ledger

Mode = Literal["stepper", "realtime"]
Speed = Literal["pause", "1x", "2x", "3x"]
HealthStatus = Literal["OK", "WARN", "ERROR", "UNKNOWN"]
Pane = Literal["graph", "log", "detail"]

SPEEDS: Final[tuple[Speed, ...]] = ("pause", "1x", "2x", "3x")
NOMINAL_INTERVAL_MS: Final[Mapping[Speed, float | None]] = {"pause": None, "1x": 1000, "2x": 500, "3x": 333}
"""Nominal tick of each speed in milliseconds, None for never (STORE-8)."""
SPEED_LABEL: Final[Mapping[Speed, str]] = {"pause": "x0", "1x": "x1", "2x": "x2", "3x": "x3"}


@dataclass(frozen=True, slots=True)
class ActiveFocus:
    """The one lit node, edge and step, or nothing (STORE-6)."""

    active_node_id: str | None = None
    active_edge_id: str | None = None
    active_step_key: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """A link of the chain of parents: where it stands in the ledger, at which node, under which label."""

    arrival_index: int
    node_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence about the event in focus, its notes, and the chain of its parents, root first."""

    sentence: str = ""
    notes: str | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitProgress:
    """The wait timer (STORE-7): times in the flow's or the clock's milliseconds (SPAN-8)."""

    started_at_ms: float | None = None
    stopped_at_ms: float | None = None
    max_seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class TickDisplay:
    """The cron tick (STORE-8, TICK-1). `progress_0_1` is as of the commit; the selector computes the moving one."""

    nominal_interval_ms: float | None = None
    progress_0_1: float = 0.0
    speed_label: str = "x0"
    since_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HealthBadge:
    """The health of one module, with a line that says why."""

    status: HealthStatus = "UNKNOWN"
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the detail view shows: an event by arrival index, a node or edge by id, all sources, or who is here."""

    kind: Literal["event", "node", "edge", "source", "presence"]
    arrival_index: int = -1
    element_id: str = ""


OWN_SELECTIONS: Final = frozenset({"source", "presence"})
"""What sources count and who is here is looked at by each window for itself."""


@dataclass(frozen=True, slots=True)
class SearchState:
    """A search in force: the query, the arrival indexes that hit so far, the hit in hand, and whether all is searched.

    With `whole_recording`, `hits` are rows of the flow instead (they may lie ahead of the cursor).
    """

    query: str
    hits: tuple[int, ...] = ()
    current: int = -1
    done: bool = True
    whole_recording: bool = False
    total: int = 0


@dataclass(frozen=True, slots=True)
class FilterState:
    """A filter in force on the log: its text, and the arrival indexes that pass."""

    text: str
    passing: tuple[int, ...] = ()
    done: bool = True


@dataclass(frozen=True, slots=True)
class ViewState:
    """What this window looks at; part of the state so that one commit moves everything together.

    `detail_open`: the detail panel was asked for; a selection alone only marks its row or card.
    """

    focused_pane: Pane = "log"
    selection: Selection | None = None
    detail_open: bool = False
    search: SearchState | None = None
    log_filter: FilterState | None = None
    raw_time_order: bool = False


@dataclass(frozen=True, slots=True)
class SharedView:
    """What all windows of a shared session look at together (SERVER-2); a window that detached has its own.

    `graph_centre` is the node in the middle of the graph's pane and `graph_level` its level of detail
    (None: the graph is fitted); places in cells are each window's own. `log_index` is the entry at the
    bottom of the log, None while it follows the newest.
    """

    selection: Selection | None = None
    graph_centre: str | None = None
    graph_level: int | None = None
    log_index: int | None = None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the source says of itself: its name, how much could not be read, and how far indexing is (None: done)."""

    name: str = ""
    skipped_lines: tuple[int, ...] = ()
    indexing_0_1: float | None = None


UNCONNECTED: Final = ConnectionStatus()
NOT_COUNTED: Final = LiveCounters()


@dataclass(frozen=True, slots=True)
class LiveSourceState:
    """One live source as of a commit. `held` events wait while the session is paused."""

    name: str
    kind: str
    status: ConnectionStatus = UNCONNECTED
    counters: LiveCounters = NOT_COUNTED
    held: int = 0


@dataclass(frozen=True, slots=True)
class Rates:
    """Events and errors of the last minute: one bucket a second, oldest first.

    `second` is the newest bucket's second since the epoch (by the clock, when they came). What is to
    be seen now is computed on read: `selectors.select_rates`.
    """

    second: int = 0
    events: tuple[int, ...] = ()
    errors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """A session that follows live sources (STORE-10, ENGINE-5); all counts since it began.

    `arrived` events were handed over; `shown` are those in the ledger or gone from it; `evicted` left
    the ledger because of retention, newest reason in `evicted_why`; `held` wait while paused (or in
    stepper mode) and `held_in_recording` says where; `overflowed` were dropped from the bounded buffer,
    `unread` waited in a recording that could not give them back.
    `recording` names what is written, empty with `--no-record`; `recording_trouble` says why nothing
    is written any more, `recording_notice` which other recordings went to make room for it.
    `nodes_left_out` counts nodes that the topology has no room for.
    `gaps` counts the entries of the ledger that say that something is missing.
    """

    sources: tuple[LiveSourceState, ...] = ()
    arrived: int = 0
    shown: int = 0
    evicted: int = 0
    evicted_why: str = ""
    held: int = 0
    held_in_recording: bool = False
    overflowed: int = 0
    unread: int = 0
    rates: Rates = Rates()
    recording: str = ""
    recording_trouble: str = ""
    recording_notice: str = ""
    nodes_left_out: int = 0
    gaps: int = 0

    @property
    def dropped(self) -> Mapping[str, int]:
        """Everything lost, by reason: by the sources and by the pause buffer."""
        reasons: dict[str, int] = {}
        for source in self.sources:
            for reason, count in source.counters.dropped.items():
                reasons[reason] = reasons.get(reason, 0) + count
        if self.overflowed:
            reasons["paused"] = self.overflowed
        if self.unread:
            reasons["unreadable"] = self.unread
        return reasons


@dataclass(frozen=True, slots=True)
class State:
    """All that can be seen, as of one commit.

    `cursor` counts the steps released in this session, `script_total` the steps there are (None:
    not known). `now_ms` of the newest released event is `released_at_ms`. `real_gap_ms` is the time
    between the newest event and the one before it in the flow (`+12.4 s`). `inspection_index` is the
    arrival index looked at, None at the head (ENGINE-8); focus and explanation are of that entry then.
    `live` is None for a recording. `shared` stays empty in a program on its own.
    """

    session_id: str = ""
    mode: Mode = "stepper"
    speed: Speed = "pause"
    local_pause: bool = False
    pinned: bool = False
    cursor: int = 0
    script_total: int | None = None
    ended: bool = False
    ledger: Ledger = EMPTY_LEDGER
    active_focus: ActiveFocus = ActiveFocus()
    current_explanation: Explanation = Explanation()
    wait_progress: WaitProgress = WaitProgress()
    wait_now_ms: float | None = None
    tick_display: TickDisplay = TickDisplay()
    real_gap_ms: float | None = None
    health_badges: Mapping[str, HealthBadge] = field(default_factory=dict)
    inspection_index: int | None = None
    topology: Topology = Topology()
    flow: FlowSummary | None = None
    source: SourceStatus = SourceStatus()
    view: ViewState = ViewState()
    shared: SharedView = SharedView()
    live: LiveStatus | None = None
    commit_id: int = 0
