"""How a state is replaced by the next: one commit, whole, then everybody is told (STORE-4)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectome_tui.store.docks import ActionInvoked, CommitTransaction, Dock, RetentionEviction
from connectome_tui.store.state import State

Listener = Callable[[State, State], None]
"""Called once a commit, after it, with the state before and the state now."""


class Commits:
    """Holds the state. Listeners see whole commits only; one that raises keeps no other from being called."""

    def __init__(self) -> None:
        self.dock_store_commit_transaction: Dock[CommitTransaction] = Dock()
        self.dock_store_commit_action_invoked: Dock[ActionInvoked] = Dock()
        self.dock_store_retention_evictions: Dock[RetentionEviction] = Dock()
        self._state = State()
        self._listeners: list[Listener] = []
        self._telling = False

    @property
    def state(self) -> State:
        """The state as of the newest commit."""
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(old, new)` after each commit from now on; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def continue_from(self, commit_id: int) -> None:
        """Let the state be that of this commit, never of an earlier one than it is: the next is the one behind it.

        A server counts on from what it kept (SERVER-7). Nobody is told: nothing that can be seen changes.
        """
        assert not self._telling, "a commit must end before its id is changed"
        assert commit_id >= self._state.commit_id, f"commits do not go back from {self._state.commit_id} to {commit_id}"
        self._state = replace(self._state, commit_id=commit_id)

    def _begin(self, action: str) -> int:
        """The id of the commit that this action will make; a listener must not call one."""
        assert not self._telling, f"{action} was called by a listener: a commit must end before the next begins"
        commit_id = self._state.commit_id + 1
        self.dock_store_commit_action_invoked.report(ActionInvoked(action, commit_id))
        return commit_id

    def _commit(self, action: str, **changes: Any) -> None:
        """Replace the state by the next; see `_put`."""
        self._put(action, replace(self._state, commit_id=self._state.commit_id + 1, **changes))

    def _put(self, action: str, new: State) -> None:
        """Replace the state and tell the listeners, then the dock; what they raise is raised at the end."""
        old, self._state = self._state, new
        failures: list[Exception] = []
        self._telling = True
        try:
            for listener in (*self._listeners, self._tell_dock_of(action)):
                try:
                    listener(old, new)
                except Exception as failure:  # noqa: BLE001 - raised below, once everybody was told
                    failures.append(failure)
        finally:
            self._telling = False
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise ExceptionGroup(f"listeners of commit {new.commit_id} failed", failures)

    def _tell_dock_of(self, action: str) -> Listener:
        return lambda old, new: self.dock_store_commit_transaction.report(CommitTransaction(action, old, new))
