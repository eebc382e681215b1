"""What a window that comes late is given: the whole state, but for older entries of its ledger (SERVER-3)."""

from collections.abc import Sequence

from connectome_tui.events.flow import Flow
from connectome_tui.events.samples import stripped_sample
from connectome_tui.store.delta_encoding import session_records, whole_state
from connectome_tui.store.deltas import Baseline, Page, RecordChange, Standing
from connectome_tui.store.entries import Ledger
from connectome_tui.store.live_ranges import held_ranges
from connectome_tui.store.pages import PAGE, Actors, entries_of
from connectome_tui.store.standings import drawn_entries, standing_at_end, standing_of, with_entries
from connectome_tui.store.state import State


def baseline_of(
    state: State, *, flow: Flow | None, records: Sequence[RecordChange] = (), actors: Actors | None = None
) -> Baseline:
    """A state as of its commit; `flow` is what is stepped, None for a live session.

    `actors` gives the actor id of who made a commit. The newest entries go along, and those that the
    graph draws.
    """
    ledger, topology = state.ledger, state.topology
    page = newest_page(ledger, actors)
    standing, inspected = None, state.inspection_index
    if inspected is not None and ledger.holds(inspected):
        standing = with_drawn_entries(ledger, standing_of(ledger, topology, inspected), actors, page)
    head = standing_at_end(ledger, topology)
    if head is not None:
        head = with_drawn_entries(ledger, head, actors, page)
    return Baseline(
        revision=str(state.commit_id),
        changes=whole_state(state),
        topology=topology,
        start=ledger.start,
        end=ledger.end,
        runs=held_ranges(ledger),
        sessions=tuple(session_records(ledger.sessions, topology)),
        page=page,
        standing=standing,
        head=head,
        records=tuple(records),
        sample=() if flow is None else stripped_sample(flow),
        waits_on_clock=flow is not None and flow.waits_on_clock,
        has_flow=flow is not None,
    )


def newest_page(ledger: Ledger, actors: Actors | None = None) -> Page:
    """The newest entries of a ledger."""
    count = len(ledger)
    if not count:
        return Page(first=ledger.end, behind=ledger.end, end=ledger.end)
    first = ledger.index_at(max(0, count - PAGE))
    behind = ledger.index_at(count - 1) + 1
    entries = entries_of(ledger, ledger.indexes(first, behind), actors)
    return Page(first=first, behind=behind, end=ledger.end, entries=entries)


def with_drawn_entries(
    ledger: Ledger, standing: Standing, actors: Actors | None = None, page: Page | None = None
) -> Standing:
    """The standing with those entries that the graph draws of it, but for those of the page."""
    beside = range(0) if page is None else range(page.first, page.behind)
    needed = [index for index in drawn_entries(ledger, standing) if index not in beside]
    return with_entries(standing, entries_of(ledger, needed, actors))
