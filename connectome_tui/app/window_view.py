"""What users of windows turn to, between their panes and the records of the server (SERVER-2)."""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from connectome_tui.app.view_sharing import ViewSharing
from connectome_tui.client.intents import Answer
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import Clock
from connectome_tui.engine.commands import Inspect, InspectBy, RuntimeCommand
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.state import OWN_SELECTIONS, Selection, State


class Turnable(Protocol):
    """The panes that are turned together."""

    def turn_graph(self, centre: str | None, level: int | None) -> None:
        """Show a node in the middle, at a level; fitted without both."""
        ...

    def turn_log(self, arrival_index: int | None) -> None:
        """Show an entry at the bottom; None to follow."""
        ...


class WindowView:
    """Writes nothing, and turns to nothing, while the window looks on its own."""

    def __init__(self, client: WindowClient, panes: Turnable, clock: Clock) -> None:
        self._client = client
        self._panes = panes
        self.sharing: Final = ViewSharing(self._write, lambda: client.store.shared_state.shared, self, clock)
        self._has_arrived = False
        self._looks_elsewhere = False
        self._looked_at: int | None = None

    def selected(self, before: Selection | None, now: Selection | None, *, has_scrolled: bool) -> None:
        """The user selected something else, and the log scrolled there or not."""
        if all(selection is None or selection.kind not in OWN_SELECTIONS for selection in (before, now)):
            self.sharing.selected(None if now is None else msgspec.to_builtins(now))
        if now is not None and has_scrolled:
            # All logs scroll there; without it in the record nothing could bring them away again.
            self.sharing.turned_log(now.arrival_index)

    def asked(self, command: RuntimeCommand) -> None:
        """The user asked for a command."""
        self._looks_elsewhere = self._looks_elsewhere or isinstance(command, Inspect | InspectBy)

    def arrived(self) -> None:
        """The session is here, or here again: with the next picture this window looks where all look."""
        self._has_arrived = True

    def shown(self, state: State) -> None:
        """A picture was shown."""
        if self._has_arrived:
            self._has_arrived = False
            self.sharing.resync()
        if self._looked_at != state.inspection_index and self._looks_elsewhere:
            # All logs go to what is looked at: where they were scrolled to is over.
            self._looks_elsewhere = False
            self.sharing.turned_log(None)
        self._looked_at = state.inspection_index

    def turn_graph(self, centre: str | None, level: int | None) -> None:
        """Somebody else turned the graph."""
        if not self._client.is_detached:
            self._panes.turn_graph(centre, level)

    def turn_log(self, arrival_index: int | None) -> None:
        """Somebody else scrolled the log."""
        if not self._client.is_detached:
            self._panes.turn_log(arrival_index)

    def _write(self, key: RecordKey, value: Any, answered: Callable[[bool], None]) -> bool:
        if self._client.is_detached:
            return False

        def told(answer: Answer) -> None:
            answered(answer.accepted or answer.code == "client.superseded")

        return self._client.write_record(*key, value, told) is None
