"""What of a commit goes to a window: one delta carries all that the commit changed (DESIGN, SERVER-3).

These are the records of the wire, made from a `State` and applied to one; `docs/protocol.md` describes
them. Fields that a commit did not change are absent.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from connectome_tui.events.flow import EventDetail, FlowSummary
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Edge, Node, Topology
from connectome_tui.store.entries import NO_UNITS, EdgeHistory, NodeHistory, UnitCounts, UnitStanding
from connectome_tui.store.release import Look
from connectome_tui.store.state import (
    ActiveFocus,
    Explanation,
    HealthBadge,
    LiveStatus,
    Mode,
    SharedView,
    SourceStatus,
    Speed,
    TickDisplay,
    WaitProgress,
)

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType


class Changes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of the state that a commit changed; see `State` for what they mean.

    Not here: `commit_id` (the delta's), `ledger` (its entries), `topology` (its patch) and `view`
    (each window's own).
    """

    session_id: str | Unset = UNSET
    mode: Mode | Unset = UNSET
    speed: Speed | Unset = UNSET
    local_pause: bool | Unset = UNSET
    pinned: bool | Unset = UNSET
    cursor: int | Unset = UNSET
    script_total: int | Unset | None = UNSET
    ended: bool | Unset = UNSET
    active_focus: ActiveFocus | Unset = UNSET
    current_explanation: Explanation | Unset = UNSET
    wait_progress: WaitProgress | Unset = UNSET
    wait_now_ms: float | Unset | None = UNSET
    tick_display: TickDisplay | Unset = UNSET
    real_gap_ms: float | Unset | None = UNSET
    health_badges: Mapping[str, HealthBadge] | Unset = UNSET
    inspection_index: int | Unset | None = UNSET
    flow: FlowSummary | Unset | None = UNSET
    source: SourceStatus | Unset = UNSET
    shared: SharedView | Unset = UNSET
    live: LiveStatus | Unset | None = UNSET


class TopologyPatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nodes and edges that are new or changed; new ones stand behind the others. `whole` replaces everything."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    whole: bool = False


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run of the stepper as the ledger knows it (`Session`). `topology` None: that of the state.

    With `as_before` all but id, time and place are as in the record before: mostly, a run is of the same flow.
    """

    session_id: str
    started_at_ms: float
    first_index: int
    flow_id: str = ""
    title: str = ""
    flow: FlowSummary | None = None
    topology: Topology | None = None
    as_before: bool = False


class PageEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a page: its index, the commit that appended it, the event, who released it, and its relations."""

    index: int
    commit: int
    event: FlowEvent
    actor: str = ""
    parent: int | None = None
    children: tuple[int, ...] = ()
    detail: EventDetail | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What edges, nodes and units had seen up to an entry; those that had seen nothing are absent.

    `entries` are the entry itself and what the graph draws of others: the newest on each edge, as far
    as they go with it. `counts` say how many units stood in each state, and `run_node` is the run itself.
    """

    index: int
    edges: Mapping[str, EdgeHistory] = {}
    nodes: Mapping[str, NodeHistory] = {}
    units: Mapping[str, UnitStanding] = {}
    counts: UnitCounts = NO_UNITS
    run_node: str = ""
    entries: tuple[PageEntry, ...] = ()


class RecordChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that a commit wrote (SERVER-2); its version is the commit."""

    scope: str
    target: str
    key: str
    value: Any
    version: str
    actor_id: str = ""
    origin: str = "server"
    at_ms: float = 0.0


class CommitDelta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One commit. `revision` is its id as a canonical decimal string, behind `base`, that of the commit before.

    `actor_id` and `intent_id` say who asked for it; both are empty when nobody did (a tick, a live
    source). `events` are appended as the entries from `first_index` on; numbers between the ledger's
    end and that one are of entries that came and left within the commit. `gone` are ranges (`first`,
    `behind`) of entries that left the ledger. With `emptied` the ledger holds nothing of what was
    before, and begins at `first_index`. `session` is the run that began, or is better known now;
    `sessions_gone` counts the oldest ones that the ledger forgot. `standing` goes with a commit after
    which an earlier entry is looked at. `head` is how everything stands now, where that does not
    follow from `events`.
    """

    revision: str
    base: str
    changes: Changes = Changes()
    first_index: int = 0
    events: tuple[FlowEvent, ...] = ()
    gone: tuple[tuple[int, int], ...] = ()
    emptied: bool = False
    session: SessionRecord | None = None
    sessions_gone: int = 0
    topology: TopologyPatch | None = None
    standing: Standing | None = None
    head: Standing | None = None
    records: tuple[RecordChange, ...] = ()
    actor_id: str = ""
    intent_id: str = ""
    at_ms: float = 0.0


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries that were asked for; those of `first <= index < behind` that are not here are gone.

    `end` is where the ledger ended when they were read: children that came later are not named.
    """

    first: int
    behind: int
    end: int = 0
    entries: tuple[PageEntry, ...] = ()


class LookAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was to be seen at an entry: focus and sentence, and what every part had seen (with the entry itself).

    `index` None: the head. `refused` says why there is nothing to look at.
    """

    index: int | None = None
    look: Look | None = None
    standing: Standing | None = None
    refused: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries that answer a search or pass a filter, ascending; everything before `done_to` was looked at."""

    hits: tuple[int, ...] = ()
    done_to: int = 0
    trouble: str = ""


class Errors(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The nearest failed entries before and behind one, and the first and last of all."""

    before: int | None = None
    behind: int | None = None
    first: int | None = None
    last: int | None = None


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that can be seen, as of one commit, but for older entries (`page` holds the newest).

    `standing` is of the entry looked at, when that is an earlier one, `head` of the newest. `runs`
    are the ranges (`first`, `behind`) of entries that there are, ascending. `sessions` are the runs of
    the stepper that the ledger holds. `sample` are events, stripped to time and label, from which widths
    of columns and the time axis are measured; `waits_on_clock` is the flow's.
    """

    revision: str
    changes: Changes
    topology: Topology
    start: int
    end: int
    runs: tuple[tuple[int, int], ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    page: Page
    standing: Standing | None = None
    head: Standing | None = None
    records: tuple[RecordChange, ...] = ()
    sample: tuple[FlowEvent, ...] = ()
    waits_on_clock: bool = False
    has_flow: bool = False
