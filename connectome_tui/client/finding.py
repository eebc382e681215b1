"""What the server finds in the whole ledger for a window: searches, filters, errors, and single entries looked at."""

from collections.abc import Callable
from typing import Final, Literal, TypeVar

import msgspec

from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.net.frames import LedgerFind, LedgerLook, LedgerReply
from connectome_tui.store.delta_wire import decode_errors, decode_found, decode_look
from connectome_tui.store.deltas import Errors, Found, LookAnswer

T = TypeVar("T")
FindKind = Literal["search", "filter", "error"]
OnFound = Callable[[Found | Errors | Failure, bool], None]
"""Told of each answer, and whether it is the last."""
OnLook = Callable[[LookAnswer], None]

ENDED: Final = Failure("client.superseded", "The session is not in hand any more.")


class Finder:
    """Asks; a search ends the search before it, a filter the filter before it."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._open: dict[FindKind, tuple[int, OnFound]] = {}
        self._era = 0

    def find(self, kind: FindKind, text: str, first: int, on_found: OnFound) -> None:
        """Ask which entries from `first` on answer; several answers come, nearest first."""
        self.stop(kind)

        def answered(reply: Reply | Failure) -> None:
            if isinstance(reply, Failure):
                self._open.pop(kind, None)
                on_found(reply, True)  # noqa: FBT003 - see OnFound
                return
            is_last = not isinstance(reply, LedgerReply) or reply.last
            if is_last:
                self._open.pop(kind, None)
            on_found(decoded(reply, decode_errors) if kind == "error" else decoded(reply, decode_found), is_last)

        self._open[kind] = (0, on_found)
        number = self._requests.ask(lambda number: LedgerFind(id=number, kind=kind, text=text, first=first), answered)
        if kind in self._open:
            self._open[kind] = (number, on_found)

    def stop(self, kind: FindKind) -> None:
        """The answers are of no interest any more."""
        number, _ = self._open.pop(kind, (0, None))
        self._requests.drop(number)

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
        for kind, (_number, on_found) in list(self._open.items()):
            self.stop(kind)
            on_found(ENDED, True)  # noqa: FBT003 - see OnFound


def _look_of(reply: Reply) -> LookAnswer:
    look = decoded(reply, decode_look)
    return LookAnswer(refused=look.message) if isinstance(look, Failure) else look


def decoded(reply: Reply, decode: Callable[[msgspec.Raw], T]) -> T | Failure:
    """What an answer holds, or that it makes no sense."""
    if not isinstance(reply, LedgerReply):
        return Failure("client.nonsense", f"the server answered with {type(reply).__name__}")
    try:
        return decode(reply.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        return Failure("client.nonsense", f"the answer makes no sense: {problem}")
