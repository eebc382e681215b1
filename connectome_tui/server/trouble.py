"""What goes wrong at the server's own edges: shown as a badge and a notice, and no session ends by it (SERVER-10)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from connectome_tui.store.state import HealthBadge


@dataclass(slots=True)
class Trouble:
    """One thing that went wrong: what was tried, and what came of it."""

    what: str
    failure: Exception

    def __str__(self) -> str:
        return f"{self.what}: {str(self.failure) or type(self.failure).__name__}"


@dataclass(slots=True)
class Attempt:
    """Whether what was tried has failed."""

    has_failed: bool = False


class Troubles:
    """Takes what failed, tells whoever listens at once, and makes the badge of the module `server`."""

    def __init__(self) -> None:
        self.newest: Trouble | None = None
        self.count = 0
        self.is_news = False
        self._listeners: list[Callable[[Trouble], None]] = []

    def on_trouble(self, listener: Callable[[Trouble], None]) -> None:
        """Call back for each."""
        self._listeners.append(listener)

    def report(self, trouble: Trouble) -> None:
        """Something went wrong."""
        # Said once for the same kind: a full disk fails with every commit, that of the badge too.
        before = self.newest
        is_same = before is not None and before.what == trouble.what and type(before.failure) is type(trouble.failure)
        self.is_news = self.is_news or not is_same
        self.newest = trouble
        self.count += 1
        for listener in self._listeners:
            listener(trouble)

    def badge(self) -> HealthBadge:
        """The health of the server, as of now; asked for, it is no news any more."""
        self.is_news = False
        return HealthBadge() if self.newest is None else HealthBadge("ERROR", str(self.newest))

    @contextmanager
    def caught(self, what: str) -> Iterator[Attempt]:
        """Report what is raised in the block, and go on behind it."""
        attempt = Attempt()
        try:
            yield attempt
        except Exception as failure:  # noqa: BLE001 - reported: one projection must not end a session
            attempt.has_failed = True
            self.report(Trouble(what, failure))

    @contextmanager
    def kept(self) -> Iterator[Attempt]:
        """Report an `OSError` of keeping."""
        attempt = Attempt()
        try:
            yield attempt
        except OSError as failure:
            attempt.has_failed = True
            self.report(Trouble(NOT_KEPT, failure))


NOT_KEPT: Final = "not kept on disk"
