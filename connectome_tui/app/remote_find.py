"""Searching, filtering and going to errors in a window: the server looks, and tells what it found (CLIENT-6)."""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from connectome_tui.app.host import AppHost, RemoteLedger
from connectome_tui.app.scanning import TOLD_EVERY_SECONDS
from connectome_tui.client.finding import FindKind
from connectome_tui.client.requests import Failure
from connectome_tui.store.deltas import Errors, Found

ASKED_EVERY_SECONDS: Final = 0.4
PASSING: Final = frozenset({"limit.rate", "client.superseded", "client.no_answer"})
"""Refusals after which the same question is asked again."""


class RemoteScanning:
    """A search or a filter that the server carries out; what came since is asked for when there is more."""

    def __init__(self, host: AppHost, remote: RemoteLedger, kind: FindKind, text: str) -> None:
        self._host = host
        self._remote = remote
        self._kind: FindKind = kind
        self._text = text
        self._tell: Callable[..., None] = lambda *_args, **_details: None
        self._hits: list[int] = []
        self._done_to = 0
        self._told = 0.0
        self._not_before = 0.0
        self._is_asking = self._is_waiting = False
        self._is_over = False

    @property
    def gave_up(self) -> bool:
        """What takes too long is stopped by the server, which says so."""
        return False

    def begin(self, start: int, tell: Callable[..., None]) -> bool:
        """Ask from `start` on; `tell(hits, done=…)` is called now and then, and at the end. False: nobody to ask."""
        self._tell, self._done_to = tell, start
        return self._ask() is None

    def go_on(self, start: int, end: int) -> None:
        """Ask about what came since."""
        if self._hits and self._hits[0] < start:
            del self._hits[: bisect_left(self._hits, start)]
        if end > self._done_to and not self._is_asking and not self._is_over:
            self._ask_in_time()

    def stop(self) -> None:
        """The answers are of no interest any more."""
        if not self._is_over:
            self._is_over = True
            self._remote.stop_finding(self._kind)

    def _ask_in_time(self) -> None:
        """Ask now, or when the last question is long enough ago: a server may not be asked at each commit."""
        left = self._not_before - time.monotonic()
        if left <= 0:
            self._ask()
        elif not self._is_waiting:
            self._is_waiting = True
            self._host.later(left, self._asked_in_time)

    def _asked_in_time(self) -> None:
        self._is_waiting = False
        ledger = self._host.state.ledger
        self.go_on(ledger.start, ledger.end)

    def _ask(self) -> Failure | None:
        self._is_asking = True
        self._not_before = time.monotonic() + ASKED_EVERY_SECONDS
        refused = self._remote.find(self._kind, self._text, self._done_to, self._found)
        if refused is not None:
            self._is_asking = False
        return refused

    def _found(self, answer: Found | Errors | Failure, is_last: bool) -> None:  # noqa: FBT001 -- as of the client
        if self._is_over:
            return
        self._is_asking = not is_last
        if isinstance(answer, Failure) and answer.code in PASSING:
            self._ask_in_time()
            return
        if isinstance(answer, Found):
            self._hits.extend(answer.hits)
            self._done_to = max(self._done_to, answer.done_to)
            trouble = answer.trouble
        else:
            trouble = answer.message if isinstance(answer, Failure) else ""
        if trouble:
            self._is_over = True
            self._host.say(trouble, "warn")
        now = time.perf_counter()
        if is_last or trouble or now - self._told >= TOLD_EVERY_SECONDS:
            self._told = now
            with self._host.one_frame():
                self._tell(tuple(self._hits), done=is_last or bool(trouble))


def ask_for_error(remote: RemoteLedger, at: int, then: Callable[[Errors], None]) -> bool:
    """Ask where errors are around an entry; false when there is nobody to ask."""

    def answered(answer: Found | Errors | Failure, _is_last: bool) -> None:  # noqa: FBT001 -- as of the client
        if isinstance(answer, Errors):
            then(answer)

    return remote.find("error", "", at, answered) is None


def nearest(errors: Errors, *, forward: bool) -> tuple[int | None, int | None]:
    """The next error in a direction; where there is none, the one to begin again with."""
    found = errors.behind if forward else errors.before
    return found, None if found is not None else errors.first if forward else errors.last
