"""A session on a server, as the application sees it; looking back goes on while the connection is lost (ENGINE-8)."""

from collections.abc import Callable
from typing import Final

from connectome_tui.client.commands import READ_ONLY
from connectome_tui.client.port import RemotePort
from connectome_tui.client.window import WindowClient
from connectome_tui.engine.commands import Inspect, InspectBy, NextStep, RuntimeCommand, RuntimeReleaseResult
from connectome_tui.engine.looks import index_moved_by
from connectome_tui.events.flow import Flow
from connectome_tui.store.deltas import LookAnswer
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.window_looks import look_at
from connectome_tui.store.window_store import WindowStore

NOT_HERE: Final = "This event is not here, and the connection is lost."


class WindowSession:
    """What is shown of it is the window's store; where intent goes depends on how the window stands."""

    def __init__(self, client: WindowClient, on_refused: Callable[[RuntimeCommand, str, str], None]) -> None:
        self._client = client
        self.store: Final[WindowStore] = client.store
        self.engine: Final = WindowEngine(client, on_refused)

    @property
    def flow(self) -> Flow | None:
        """What panes measure of it."""
        return self._client.store.flow


class WindowEngine:
    """The command port (ENGINE-7). Without a connection, and in a read-only window, looking back is its own."""

    def __init__(self, client: WindowClient, on_refused: Callable[[RuntimeCommand, str, str], None]) -> None:
        self._client = client
        self._port = RemotePort(client, on_refused)
        self.looks_offline = False

    def dispatch_runtime_command(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Send it, or answer in one line why that cannot be."""
        client = self._client
        is_look = isinstance(command, Inspect | InspectBy) or (
            isinstance(command, NextStep) and self.looks_offline and client.store.state.inspection_index is not None
        )
        if is_look and client.connection.status != "connected" and client.store.revision >= 0:
            return self._look_offline(command)
        if is_look and not client.is_detached and client.why_not() is READ_ONLY:
            client.detach()
        return self._port.dispatch_runtime_command(command)

    def come_back(self) -> None:
        """The connection stands again: what was looked at without it is over."""
        if self.looks_offline:
            self.looks_offline = False
            self._client.attach()

    def next_deadline_ms(self) -> float | None:
        """When the connection wants the time."""
        return self._client.next_deadline_ms()

    def serve_deadline(self) -> None:
        """Let the connection do what is due."""
        self._client.serve_deadline()

    def _look_offline(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Look at an entry that is here; the window follows again when the connection stands."""
        store = self._client.store
        state, ledger = store.state, store.state.ledger
        if not len(ledger):
            return RuntimeReleaseResult(None, "blocked", "Nothing has been released yet.")
        here = ledger.end - 1 if state.inspection_index is None else state.inspection_index
        if isinstance(command, Inspect):
            index = ledger.end if command.arrival_index is None else command.arrival_index
        else:
            index = index_moved_by(ledger, here, command.delta if isinstance(command, InspectBy) else 1)
        if not self._client.is_detached:
            self.looks_offline = True
            self._client.detach()
        if index >= ledger.end - 1:
            store.look_alone(LookAnswer())
        elif is_placeholder(ledger[index].event):
            return RuntimeReleaseResult(None, "blocked", NOT_HERE)
        else:
            store.look_alone(LookAnswer(index=index, look=look_at(state, ledger, index)))
        return RuntimeReleaseResult(None, "released")
