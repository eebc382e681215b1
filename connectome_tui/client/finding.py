"""What the server finds in the whole ledger for a window: searches, filters, errors, and single entries looked at.

The server does one search at a time for each window, and a new one ends the one before. So a search
that another one came between is taken up again from where it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.client.requests import Failure, Reply, Requests, decoded
from connectome_tui.net.frames import LedgerFind, LedgerLook, LedgerReply
from connectome_tui.store.delta_wire import decode_errors, decode_found, decode_look
from connectome_tui.store.deltas import Errors, Found, LookAnswer

FindKind = Literal["search", "filter", "error"]
OnFound = Callable[[Found | Errors | Failure, bool], None]
"""Told of each answer, and whether it is the last."""
OnLook = Callable[[LookAnswer], None]

SEARCH_MS: Final = 300_000.0
"""A search of a million entries says nothing while it finds nothing."""
ENDED: Final = Failure("client.superseded", "The session is not in hand any more.")


@dataclass(slots=True, eq=False)
class _Find:
    kind: FindKind
    text: str
    first: int
    on_found: OnFound
    number: int = 0


class Finder:
    """Asks; a search ends the search before it, a filter the filter before it."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._open: list[_Find] = []
        self._era = 0

    def find(self, kind: FindKind, text: str, first: int, on_found: OnFound) -> None:
        """Ask which entries from `first` on answer; several answers come, nearest first."""
        self.stop(kind)
        self._interrupt()
        self._open.append(_Find(kind, text, first, on_found))
        self._ask_next()

    def stop(self, kind: FindKind) -> None:
        """The answers are of no interest any more."""
        stopped = [find for find in self._open if find.kind == kind]
        self._open = [find for find in self._open if find.kind != kind]
        for find in stopped:
            self._requests.drop(find.number)
        self._ask_next()

    def look(self, index: int, by: int, on_look: OnLook) -> None:
        """Ask what was to be seen at the entry `by` events from `index`."""
        era = self._era

        def answered(reply: Reply | Failure) -> None:
            reply = reply if era == self._era else ENDED
            on_look(LookAnswer(refused=reply.message) if isinstance(reply, Failure) else _look_of(reply))

        self._requests.ask(lambda number: LedgerLook(id=number, index=index, by=by), answered)

    def forget(self) -> None:
        """Another session, or none: who waits is told, late answers are of no interest."""
        self._era += 1
        ended, self._open = self._open, []
        for find in ended:
            self._requests.drop(find.number)
            find.on_found(ENDED, True)  # noqa: FBT003 - see OnFound

    def _interrupt(self) -> None:
        for find in self._open:
            self._requests.drop(find.number)
            find.number = 0

    def _ask_next(self) -> None:
        """Ask for the newest one, unless one is being answered."""
        if not self._open or any(find.number for find in self._open):
            return
        find = self._open[-1]
        find.number = -1
        number = self._requests.ask(
            lambda number: LedgerFind(id=number, kind=find.kind, text=find.text, first=find.first),
            lambda reply: self._answered(find, reply),
            wait_ms=SEARCH_MS,
        )
        if find.number == -1:
            find.number = number

    def _answered(self, find: _Find, reply: Reply | Failure) -> None:
        if find not in self._open:
            return
        if isinstance(reply, Failure):
            answer: Found | Errors | Failure = reply
        elif find.kind == "error":
            answer = decoded(reply, decode_errors)
        else:
            answer = decoded(reply, decode_found)
        is_last = not isinstance(reply, LedgerReply) or reply.last or isinstance(answer, Failure)
        if isinstance(answer, Found):
            find.first = max(find.first, answer.done_to)
        if is_last:
            self._requests.drop(find.number)
            find.number = 0
            self._open.remove(find)
        find.on_found(answer, is_last)
        if is_last:
            self._ask_next()


def _look_of(reply: Reply) -> LookAnswer:
    look = decoded(reply, decode_look)
    return LookAnswer(refused=look.message) if isinstance(look, Failure) else look
