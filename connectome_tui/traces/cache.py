"""A cache bounded by the size of what it holds, not by its number."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SizedCache(Generic[Value]):
    """Keeps what was used last until it is larger than `limit` together; the last value always stays."""

    def __init__(self, limit: int, make: Callable[[int], Value], size: Callable[[Value], int]) -> None:
        self._limit = limit
        self._make = make
        self._size = size
        self._values: OrderedDict[int, Value] = OrderedDict()
        self._total = 0

    def get(self, key: int) -> Value:
        """The value of a key, made when it is not there."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
            return value
        value = self._values[key] = self._make(key)
        self._total += self._size(value)
        while self._total > self._limit and len(self._values) > 1:
            self._total -= self._size(self._values.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Let go of everything."""
        self._values.clear()
        self._total = 0
