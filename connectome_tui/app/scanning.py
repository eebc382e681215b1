"""A scan for a search or a filter that goes on as more is released."""

import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from connectome_tui.app.host import AppHost
from connectome_tui.app.slices import SlicedWork

if TYPE_CHECKING:
    from connectome_tui.find.search import SearchSlice

TOLD_EVERY_SECONDS: Final = 0.1
"""Hits are counted live, but not more often than that."""

TOO_SLOW: Final = "This expression takes too long on these events: it was stopped"


class AnyScanning(Protocol):
    """What search and filter need of a scan under way, wherever it runs."""

    @property
    def gave_up(self) -> bool:
        """Whether it was stopped because it took too long."""
        ...

    def go_on(self, start: int, end: int) -> None:
        """Look at the events that came since, up to arrival index `end`; forget hits before `start`, which are gone."""
        ...

    def stop(self) -> None:
        """Look no further, and forget what was looked for."""
        ...


SomeScanning = TypeVar("SomeScanning", bound=AnyScanning)


class Scanning:
    """One scan over events that goes on as there are more of them. Keeps the hits while they are counted."""

    def __init__(self, host: AppHost) -> None:
        self._host = host
        self._work: SlicedWork | None = None
        self._slices: Callable[[int], Iterator[SearchSlice]] | None = None
        self._tell: Callable[..., None] = lambda *_args, **_details: None
        self._hits: list[int] = []
        self._done_to = 0
        self.gave_up = False

    def begin(self, slices: "Callable[[int], Iterator[SearchSlice]]", start: int, tell: Callable[..., None]) -> None:
        """Look from `start` on by `slices`; `tell(hits, done=…)` is called now and then, and at the end."""
        self.stop()
        self._slices, self._tell, self._hits, self._done_to, self.gave_up = slices, tell, [], start, False
        self._start()

    def go_on(self, start: int, end: int) -> None:
        """Look at the events that came since, up to arrival index `end`; forget hits before `start`, which are gone."""
        if self._hits and self._hits[0] < start:
            del self._hits[: bisect_left(self._hits, start)]
        if self._slices is not None and end > self._done_to and (self._work is None or not self._work.running):
            self._start()

    def stop(self) -> None:
        """Look no further, and forget what was looked for."""
        if self._work is not None and self._work.running:
            self._work.stop()
        self._work = self._slices = None

    def _start(self) -> None:
        assert self._slices is not None, "something is looked for"
        self._work = SlicedWork(self._host, self._steps(self._slices(self._done_to)))
        self._work.start()

    def _steps(self, slices: "Iterator[SearchSlice]") -> Generator[None]:
        from connectome_tui.find.bounded import ExpressionTooSlowError

        try:
            yield from self._looked_through(slices)
        except ExpressionTooSlowError:
            self.gave_up, self._slices = True, None
            self._host.say(TOO_SLOW)
        self._tell(tuple(self._hits), done=True)

    def _looked_through(self, slices: "Iterator[SearchSlice]") -> Generator[None]:
        told = time.perf_counter()
        count = len(self._hits)
        for found in slices:
            self._hits.extend(found.hits)
            self._done_to = found.done_to
            now = time.perf_counter()
            if len(self._hits) > count and (not count or now - told >= TOLD_EVERY_SECONDS):
                told, count = now, len(self._hits)
                self._tell(tuple(self._hits), done=False)
            yield
