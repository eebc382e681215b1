"""Regular expressions that cannot hold the program up: some would look at one line of text for years.

The engine of `re` looks for signals while it matches, so an alarm can end it. That helps on the main thread,
where everything is searched, of a system that has alarms; elsewhere only the length of the text is bounded.
"""

import math
import re
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

MOST_SECONDS: Final = 0.3
"""For the texts of one event; an ordinary expression takes microseconds."""

MOST_CHARACTERS: Final = 1 << 18
"""No more of a text is looked at: the engine asks for signals seldom when one step of it is long."""

_TICK_SECONDS: Final = 0.02
_IDLE_TICKS: Final = 50
_MOST_GIVEN_UP: Final = 1000
_MAIN_THREAD: Final = threading.main_thread().ident


class ExpressionTooSlowError(Exception):
    """An expression was interrupted; it is not tried again."""


def found_in(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text matches; `ExpressionTooSlowError` when that takes too long."""
    with _Limit(pattern):
        return pattern.search(text, 0, MOST_CHARACTERS) is not None


def found_in_any(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    """Whether any of an event's texts matches, all of them under one limit."""
    search = pattern.search
    with _Limit(pattern):
        for text in texts:  # a loop, for speed: it runs a dozen times for each of a million events
            if search(text, 0, MOST_CHARACTERS):
                return True
    return False


def spans_in(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where a text matches; `ExpressionTooSlowError` when that takes too long."""
    with _Limit(pattern):
        return [match.span() for match in pattern.finditer(text, 0, MOST_CHARACTERS)]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Expressions may take no more than so long on an event while the block lasts."""
    before, _alarm.most_seconds = _alarm.most_seconds, seconds
    try:
        yield
    finally:
        _alarm.most_seconds = before


@contextmanager
def interruptible() -> Iterator[None]:
    """Reading an expression takes long as well, when it was made for that: the same limit for the block."""
    _alarm.limit()
    try:
        yield
    finally:
        _alarm.deadline = math.inf


class _Alarm:
    """Rings again and again while expressions are in use, so that a limit costs no system call for each text."""

    def __init__(self) -> None:
        self.deadline = math.inf
        self.most_seconds: float | None = None
        self._is_set = False
        self._idle_ticks = 0

    def limit(self) -> None:
        """Interrupt what comes now when it takes too long."""
        if threading.get_ident() != _MAIN_THREAD:
            return
        if not self._is_set:
            self._set()
        self.deadline = time.perf_counter() + (MOST_SECONDS if self.most_seconds is None else self.most_seconds)

    def _set(self) -> None:
        # A handler of someone else is left alone.
        if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) in {signal.SIG_DFL, self._ring}:
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, _TICK_SECONDS, _TICK_SECONDS)
            self._is_set, self._idle_ticks = True, 0

    def _ring(self, _signal: int, _frame: object) -> None:
        if time.perf_counter() >= self.deadline:
            self.deadline = math.inf
            raise ExpressionTooSlowError
        self._idle_ticks = self._idle_ticks + 1 if self.deadline == math.inf else 0
        if self._idle_ticks > _IDLE_TICKS:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._is_set = False


_alarm: Final = _Alarm()
_given_up: Final[set[str]] = set()


class _Limit:
    """Around one use of an expression."""

    __slots__ = ("_pattern",)

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern.pattern

    def __enter__(self) -> None:
        if self._pattern in _given_up:
            raise ExpressionTooSlowError
        _alarm.limit()

    def __exit__(self, kind: type[BaseException] | None, *_details: object) -> None:
        _alarm.deadline = math.inf
        if kind is ExpressionTooSlowError:
            if len(_given_up) >= _MOST_GIVEN_UP:
                _given_up.clear()
            _given_up.add(self._pattern)
