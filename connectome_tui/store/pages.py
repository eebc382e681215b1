"""Pages of a ledger as they travel: entries with who released them, their relations, and their detail."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from connectome_tui.store.delta_wire import encode
from connectome_tui.store.deltas import Page, PageEntry
from connectome_tui.store.entries import Ledger

PAGE: Final = 256
"""Pages begin at multiples of this number, and hold so many entries."""
DETAIL_PAGE: Final = 16
"""The same for pages with detail, which is read for one entry and its neighbours."""

Actors = Callable[[int], str]
"""The actor id of who made a commit; empty when nobody did."""


def nobody(_commit_id: int) -> str:
    """For a program on its own."""
    return ""


def page_entry(ledger: Ledger, index: int, actors: Actors | None = None, *, detail: bool = False) -> PageEntry:
    """One entry that the ledger holds."""
    entry = ledger[index]
    return PageEntry(
        index=index,
        commit=entry.commit_id,
        event=entry.event,
        actor=(actors or nobody)(entry.commit_id),
        parent=ledger.parent_index(index),
        children=ledger.child_indexes(index),
        detail=msgspec.structs.replace(ledger.detail(index), raw=None) if detail else None,
    )


def page_of(ledger: Ledger, first: int, behind: int, actors: Actors | None = None, *, detail: bool = False) -> Page:
    """The entries `first <= index < behind` of a ledger, those that it holds."""
    entries = entries_of(ledger, ledger.indexes(first, behind), actors, detail=detail)
    return Page(first=first, behind=behind, end=ledger.end, entries=entries)


def page_within(
    ledger: Ledger, first: int, behind: int, actors: Actors | None, *, detail: bool, most_bytes: int
) -> Page:
    """The same, but no more than about so many bytes: `behind` of the page is how far it goes."""
    entries: list[PageEntry] = []
    size = 0
    for index in ledger.indexes(first, behind):
        if size > most_bytes:
            behind = index
            break
        entries.append(page_entry(ledger, index, actors, detail=detail))
        size += len(encode(entries[-1]))
    return Page(first=first, behind=behind, end=ledger.end, entries=tuple(entries))


def entries_of(
    ledger: Ledger, indexes: Iterable[int], actors: Actors | None = None, *, detail: bool = False
) -> tuple[PageEntry, ...]:
    """These entries of a ledger."""
    return tuple(page_entry(ledger, index, actors, detail=detail) for index in indexes)
