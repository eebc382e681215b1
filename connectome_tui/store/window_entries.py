"""The entries of a shared session that a window has here: the newest, and pages of older ones that were asked for."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final, Protocol

from connectome_tui.events.listed import NO_DETAIL
from connectome_tui.events.model import FlowEvent
from connectome_tui.store.deltas import Page, PageEntry
from connectome_tui.store.live_ledger import left_entry
from connectome_tui.store.pages import DETAIL_PAGE, PAGE
from connectome_tui.store.window_relations import KnownRelations

KEPT_NEWEST: Final = 100_000
"""So many of the newest entries stay here."""
KEPT_PAGES: Final = 128
"""So many pages of older entries stay here, those that were read last."""

_LINEAGES: Final = count(1)


class LedgerWants(Protocol):
    """Where a window's ledger says what it lacks, when something that is not here is read."""

    def want_page(self, first: int, behind: int, *, detail: bool) -> None:
        """These entries are to be fetched; asked again and again until they are here, so remember it."""
        ...


class _Block:
    """The entries of one page's place; None for those that are not here."""

    __slots__ = ("actors", "commits", "count", "events")

    def __init__(self) -> None:
        self.events: list[FlowEvent | None] = [None] * PAGE
        self.commits = array("q", bytes(8 * PAGE))
        self.actors: dict[int, str] = {}
        self.count = 0

    def fill(self, place: int, events: Sequence[FlowEvent], commit: int, actor: str) -> None:
        """Entries of one commit, side by side."""
        behind = place + len(events)
        self.count += self.events[place:behind].count(None)
        self.events[place:behind] = events
        self.commits[place:behind] = array("q", [commit]) * len(events)
        if actor:
            self.actors.update(dict.fromkeys(range(place, behind), actor))


class WindowEntries:
    """Grows at its end, and is filled in elsewhere by pages. No entry ever changes, but it may be let go of.

    `before_leaving(behind)` is called before newest entries up to that one are let go of.
    """

    def __init__(
        self, wants: LedgerWants | None, kept_newest: int = KEPT_NEWEST, *, like: "WindowEntries | None" = None
    ) -> None:
        """`like`: the same session's entries, of which more or less was here."""
        self.wants = wants
        self.lineage: Final[int] = next(_LINEAGES) if like is None else like.lineage
        """Entries of equal index are equal while this is."""
        self.relations: Final = KnownRelations()
        self.before_leaving: Callable[[int], None] = lambda _behind: None
        self._most_newest = max(2, kept_newest // PAGE)
        self._newest: OrderedDict[int, _Block] = OrderedDict()
        self._fetched: OrderedDict[int, _Block] = OrderedDict()

    @property
    def held(self) -> int:
        """How many entries are here."""
        blocks = (*self._newest.values(), *self._fetched.values())
        return sum(block.count for block in blocks)

    def append(self, first: int, events: Sequence[FlowEvent], commit: int, actor: str) -> None:
        """The newest entries, released by one commit."""
        done, total = 0, len(events)
        while done < total:
            number, place = divmod(first + done, PAGE)
            here = min(total - done, PAGE - place)
            self._growing(number).fill(place, events[done : done + here], commit, actor)
            done += here

    def put(self, entry: PageEntry, *, newest: bool = False) -> None:
        """One entry of a page, kept with the `newest` or as one that was asked for; what is here already stays."""
        number, place = divmod(entry.index, PAGE)
        block = self._newest.get(number) or (self._growing(number) if newest else self._fetched_block(number))
        if block.events[place] is None or block.commits[place] == 0:
            block.fill(place, (entry.event,), entry.commit, entry.actor)
        self.relations.note(entry)

    def put_page(self, page: Page, end: int, *, newest: bool = False) -> None:
        """Entries that were asked for; what is not among them left the ledger, which ends at `end` here."""
        here = {entry.index for entry in page.entries}
        for entry in page.entries:
            self.put(entry, newest=newest)
            self.relations.know_from(entry.index, page.end)
        for index in range(page.first, min(page.behind, page.end, end)):
            if index not in here and self.get(index) is None:
                self.put(PageEntry(index=index, commit=0, event=left_entry(index), detail=NO_DETAIL))

    def get(self, index: int) -> FlowEvent | None:
        """The event of an entry; None when it is not here."""
        number = index // PAGE
        block = self._newest.get(number)
        if block is None:
            block = self._fetched.get(number)
            if block is None:
                return None
            self._fetched.move_to_end(number)
        return block.events[index % PAGE]

    def commit_id(self, index: int) -> int:
        """The commit that appended an entry; 0 when it is not here."""
        block = self._block(index // PAGE)
        return 0 if block is None else block.commits[index % PAGE]

    def actor(self, index: int) -> str:
        """The actor id of who released an entry; empty when that is not known."""
        block = self._block(index // PAGE)
        return "" if block is None else block.actors.get(index % PAGE, "")

    def here(self, first: int, behind: int) -> Iterator[tuple[int, FlowEvent]]:
        """The entries of `first <= index < behind` that are here, ascending."""
        for number in range(first // PAGE, (behind - 1) // PAGE + 1):
            block = self._block(number)
            if block is None:
                continue
            base = number * PAGE
            for place in range(max(first - base, 0), min(behind - base, PAGE)):
                event = block.events[place]
                if event is not None:
                    yield base + place, event

    def side_by_side(self, first: int, behind: int) -> Iterator[tuple[int, Sequence[FlowEvent | None]]]:
        """The same, many at once: the index of the first of them, and None in the place of what is not here."""
        for number in range(first // PAGE, (behind - 1) // PAGE + 1):
            block = self._block(number)
            if block is not None:
                base = number * PAGE
                begin = max(first - base, 0)
                yield base + begin, block.events[begin : behind - base]

    def here_backwards(self, first: int, behind: int) -> Iterator[tuple[int, FlowEvent]]:
        """The same, descending."""
        for number in range((behind - 1) // PAGE, first // PAGE - 1, -1):
            block = self._block(number)
            if block is None:
                continue
            base = number * PAGE
            for place in range(min(behind - base, PAGE) - 1, max(first - base, 0) - 1, -1):
                event = block.events[place]
                if event is not None:
                    yield base + place, event

    def want(self, index: int, start: int, end: int, *, detail: bool) -> None:
        """Say that an entry is lacking, with those around it in `start <= index < end`."""
        if self.wants is not None:
            size = DETAIL_PAGE if detail else PAGE
            first = index - index % size
            self.wants.want_page(max(first, start), min(first + size, end), detail=detail)

    def _block(self, number: int) -> _Block | None:
        return self._newest.get(number) or self._fetched.get(number)

    def _growing(self, number: int) -> _Block:
        block = self._newest.get(number)
        if block is None:
            block = self._newest[number] = self._fetched.pop(number) if number in self._fetched else _Block()
            if len(self._newest) > self._most_newest:
                oldest = next(iter(self._newest))
                self.before_leaving((oldest + 1) * PAGE)
                del self._newest[oldest]
        return block

    def _fetched_block(self, number: int) -> _Block:
        block = self._fetched.get(number)
        if block is None:
            block = self._fetched[number] = _Block()
            if len(self._fetched) > KEPT_PAGES:
                self._fetched.popitem(last=False)
        else:
            self._fetched.move_to_end(number)
        return block
