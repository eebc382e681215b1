"""What the server core asks of who reads the ledger; `server/ledger_reads.py` answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from connectome_tui.store.deltas import Errors, Found, LookAnswer, Page

Part = tuple[Found | Errors, bool]
"""A part of what a search found, and whether it is the last."""


@dataclass(slots=True)
class Find:
    """A search that is under way: the request that it answers, what it reads, and what is still to be looked at."""

    request_id: int
    reads: "Reads"
    parts: Iterator[Part]


class Reads(Protocol):
    """Answers of one session. `SourceError` for a recording that changed meanwhile (STORE-15)."""

    def page(self, first: int, behind: int, *, detail: bool) -> Page:
        """Entries, at most 1000 and so many bytes; `Page.behind` says how far it goes."""
        ...

    def look(self, index: int, by: int) -> LookAnswer:
        """What was to be seen at an entry."""
        ...

    def find(self, kind: Literal["search", "filter", "error"], text: str, first: int) -> Iterator[Part]:
        """What answers; each part is a slice of work that takes no more than a few ms."""
        ...
