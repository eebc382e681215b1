"""Who is told when something of a window changes, other than its store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Change = Literal["connection", "session", "catalog", "presence", "scenarios", "source", "view", "deadline"]
Listener = Callable[[Change], None]


class Telling:
    """Listeners, and what they have not been told yet."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._untold: dict[Change, None] | None = None
        self._told_deadline_ms: float | None = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back at each change from now on; the answer ends it, and is harmless when called again."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def close(self) -> None:
        """Nobody is told anything any more."""
        self._listeners.clear()

    def tell(self, change: Change) -> None:
        """Something changed."""
        if self._untold is not None:
            self._untold[change] = None
            return
        for listener in list(self._listeners):
            listener(change)

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Listeners are told behind the block: none of them sees a part of what changes in it."""
        outer, self._untold = self._untold, {} if self._untold is None else self._untold
        try:
            yield
        finally:
            untold, self._untold = self._untold, outer
            if outer is None:
                for change in untold or ():
                    self.tell(change)

    def due(self, deadline_ms: float | None) -> None:
        """The window wants the time then; told when that is earlier than what was told last."""
        if deadline_ms is not None and (self._told_deadline_ms is None or deadline_ms < self._told_deadline_ms):
            self._told_deadline_ms = deadline_ms
            self.tell("deadline")

    def served(self) -> None:
        """The deadline that was told has been served."""
        self._told_deadline_ms = None
