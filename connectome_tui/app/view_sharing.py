"""Looking together (SERVER-2): what the user of a window turns to is written for all, what others turn to is shown.

A window never writes what it only followed: only the user's own turns come here. Turns come in rows,
so the newest value is written, at most ten times a second.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from connectome_tui.clock import Clock
from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.state import SharedView

WRITE_MS: Final = 100.0
GRAPH_KEYS: Final = (keys.VIEW_CENTRE, keys.VIEW_LEVEL)

_ELSEWHERE: Final = object()

Write = Callable[[RecordKey, Any, Callable[[bool], None]], bool]
"""Writes a record; false when this window may not, or cannot now. The callback is told whether it was accepted."""


class TurnedPanes(Protocol):
    """What is turned to where others look."""

    def turn_graph(self, centre: str | None, level: int | None) -> None:
        """Show a node in the middle, at a level; fitted without both."""
        ...

    def turn_log(self, arrival_index: int | None) -> None:
        """Show an entry at the bottom; None to follow."""
        ...


class ViewSharing:
    """Both ways. `shared` gives what is confirmed now."""

    def __init__(self, write: Write, shared: Callable[[], SharedView], panes: TurnedPanes, clock: Clock) -> None:
        self._write = write
        self._shared = shared
        self._panes = panes
        self._clock = clock
        self._waiting: dict[RecordKey, Any] = {}
        self._on_the_way: dict[RecordKey, int] = {}
        self._shown: dict[RecordKey, Any] = {}
        self._not_before_ms = 0.0

    @property
    def due_ms(self) -> float | None:
        """When something is to be written; None while nothing is."""
        return self._not_before_ms if self._waiting else None

    # The user turns

    def turned_graph(self, centre: str | None, level: int | None) -> None:
        """The user turned the graph."""
        self._turned(keys.VIEW_CENTRE, centre)
        self._turned(keys.VIEW_LEVEL, level)

    def turned_log(self, arrival_index: int | None) -> None:
        """The user scrolled the log."""
        self._turned(keys.VIEW_LOG, arrival_index)

    def selected(self, selection: dict[str, Any] | None) -> None:
        """The user selected something that all can see."""
        self._waiting[keys.FOCUS_SELECTION] = selection
        self.serve()

    def _turned(self, key: RecordKey, value: Any) -> None:
        self._shown[key] = value
        self._waiting[key] = value
        self.serve()

    def serve(self) -> None:
        """Write what is due."""
        now = self._clock.now_ms()
        if not self._waiting or now < self._not_before_ms:
            return
        waiting, self._waiting = self._waiting, {}
        for key, value in waiting.items():
            if key == keys.FOCUS_SELECTION or value != confirmed(self._shared(), key) or key in self._on_the_way:
                self._not_before_ms = now + WRITE_MS
                self._begin(key, value)

    def _begin(self, key: RecordKey, value: Any) -> None:
        self._on_the_way[key] = self._on_the_way.get(key, 0) + 1
        if not self._write(key, value, lambda accepted: self._answered(key, accepted=accepted)):
            self._through(key)

    def _answered(self, key: RecordKey, *, accepted: bool) -> None:
        self._through(key)
        if not accepted and key not in self._waiting and key not in self._on_the_way:
            # Somebody else turned first: this window follows.
            self._follow(self._shared())

    def _through(self, key: RecordKey) -> None:
        left = self._on_the_way.get(key, 0) - 1
        if left > 0:
            self._on_the_way[key] = left
        else:
            self._on_the_way.pop(key, None)

    # Others turn

    def followed(self, old: SharedView, new: SharedView) -> None:
        """A commit has come: turn to where others look, unless the user of this window is turning right now."""
        if old is not new:
            self._follow(new)

    def resync(self) -> None:
        """Look where all look: the window came, came back, or gave up its own view."""
        self._waiting.clear()
        self._on_the_way.clear()
        # The log may stand elsewhere though nobody scrolled it: where it showed what is selected.
        self._shown[keys.VIEW_LOG] = _ELSEWHERE
        self._follow(self._shared())

    def forget(self) -> None:
        """Another session: its panes begin fitted, and at the newest."""
        self._waiting.clear()
        self._on_the_way.clear()
        self._shown.clear()

    def drop(self) -> None:
        """The window looks on its own from now on: nothing that waits is written."""
        self._waiting.clear()

    def _follow(self, shared: SharedView) -> None:
        if self._is_theirs(shared, *GRAPH_KEYS):
            self._panes.turn_graph(shared.graph_centre, shared.graph_level)
        if self._is_theirs(shared, keys.VIEW_LOG):
            self._panes.turn_log(shared.log_index)

    def _is_theirs(self, shared: SharedView, *of: RecordKey) -> bool:
        """Whether these say something other than what is shown; noted as shown then."""
        if any(key in self._waiting or key in self._on_the_way for key in of):
            return False
        values = {key: confirmed(shared, key) for key in of}
        if all(self._shown.get(key) == value for key, value in values.items()):
            return False
        self._shown.update(values)
        return True


def confirmed(shared: SharedView, key: RecordKey) -> Any:
    """The value of a record of the view."""
    return {
        keys.VIEW_CENTRE: shared.graph_centre,
        keys.VIEW_LEVEL: shared.graph_level,
        keys.VIEW_LOG: shared.log_index,
    }[key]
