"""What a drain of live sources carries from the engine to the store: one commit (STORE-4)."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from connectome_tui.events.topology import Node
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.live_chunks import Arrivals
from connectome_tui.store.release import Look
from connectome_tui.store.state import LiveStatus, Mode, ViewState

LookAt = Callable[[Ledger, int], Look]
"""What is to be seen when an entry of a ledger is the newest."""


@dataclass(frozen=True, slots=True)
class RealtimeBatch:
    """What is released at once, in order, and what is known besides.

    `look_at` tells what the newest event lights up and says. `mode` is the mode that a release goes
    back to. `stepped`: the user asked for it, so that focus follows even when it is pinned or looks
    back. `live` comes without what the store knows itself (`shown`, `evicted`, `nodes_left_out`).
    """

    arrivals: Sequence[Arrivals]
    live: LiveStatus
    look_at: LookAt
    now_ms: float
    nodes: Sequence[Node] = ()
    mode: Mode | None = None
    stepped: bool = False


def steps_in(arrivals: Sequence[Arrivals]) -> int:
    """How many of these are steps: gaps are none."""
    return sum(not event.is_gap for group in arrivals for event in group.events)


def view_within(view: ViewState, ledger: Ledger) -> ViewState:
    """What the window looks at, without the entries that left the ledger; the same object when it loses nothing."""
    selection, search, log_filter = view.selection, view.search, view.log_filter
    if selection is not None and selection.kind == "event" and not ledger.holds(selection.arrival_index):
        view = replace(view, selection=None, detail_open=False)
    if search is not None and not search.whole_recording:
        hits = _within(search.hits, ledger)
        if hits is not search.hits:
            gone = len(search.hits) - len(hits)
            current = max(search.current - gone, 0 if hits else -1)
            view = replace(view, search=replace(search, hits=hits, current=current, total=max(search.total - gone, 0)))
    if log_filter is not None:
        passing = _within(log_filter.passing, ledger)
        if passing is not log_filter.passing:
            view = replace(view, log_filter=replace(log_filter, passing=passing))
    return view


def _within(indexes: tuple[int, ...], ledger: Ledger) -> tuple[int, ...]:
    # Ascending, as everything that was found in a ledger: what left its start is cut off at once.
    kept = indexes[bisect_left(indexes, ledger.start) :] if indexes and indexes[0] < ledger.start else indexes
    if len(ledger) == ledger.end - ledger.start:
        return kept
    held = tuple(index for index in kept if ledger.holds(index))
    return kept if len(held) == len(kept) else held
