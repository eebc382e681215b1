"""Docks: places where observers such as the health checkers look on (STORE-16)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from connectome_tui.store.state import State

Record = TypeVar("Record")


class Dock(Generic[Record]):
    """A point that reports records to whoever is connected. An observer that raises fails the commit's caller."""

    def __init__(self) -> None:
        self._observers: list[Callable[[Record], None]] = []

    def connect(self, observer: Callable[[Record], None]) -> Callable[[], None]:
        """Report to `observer` from now on; the answer ends it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def report(self, record: Record) -> None:
        """Tell everybody who is connected."""
        for observer in tuple(self._observers):
            observer(record)


@dataclass(frozen=True, slots=True)
class ActionInvoked:
    """An action of the store was called; it will be commit `commit_id`."""

    action: str
    commit_id: int


@dataclass(frozen=True, slots=True)
class CommitTransaction:
    """A commit was made: by which action, and what the state was before and is now."""

    action: str
    old: State
    new: State


@dataclass(frozen=True, slots=True)
class RetentionEviction:
    """Entries left the ledger: how many, and why."""

    count: int
    reason: str
