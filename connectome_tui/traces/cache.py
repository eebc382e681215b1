"""Caches: one bounded by the size of what it holds, one by its number."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class SizedCache(Generic[Value]):
    """Keeps what was used last until it is larger than `limit` together; the last one always stays. For any thread."""

    def __init__(self, limit: int, make: Callable[[int], Value], size: Callable[[Value], int]) -> None:
        self._limit = limit
        self._make = make
        self._size = size
        self._values: OrderedDict[int, Value] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, key: int) -> Value:
        """The value of a key, made when it is not there; two threads may make one at the same time."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
                return value
        value = self._make(key)
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self._total += self._size(value)
            while self._total > self._limit and len(self._values) > 1:
                self._total -= self._size(self._values.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._values.clear()
            self._total = 0


class RecentCache(Generic[Key, Value]):
    """Keeps about `limit` values: when as many are new, those go that were not asked for since the last time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._new: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """The value of a key, None when it is not there. `TypeError` for a key that cannot be one."""
        value = self._new.get(key)
        if value is None and self._old:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        if len(self._new) >= self._limit:
            self._old, self._new = self._new, {}
        self._new[key] = value
