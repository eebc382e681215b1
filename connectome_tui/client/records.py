"""Record writes of a window (SERVER-5): one at a time for each record, the newest value last.

A write names the version that it was made upon. While one is on its way no other could name the right
one, so the newest value waits for its answer and the ones in between are never sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from connectome_tui.client.intents import Answer, OnAnswer
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.sync import is_canonical_revision

MAX_RECORDS: Final = 1000

SendWrite = Callable[[RecordKey, Any, str, OnAnswer], bool]
"""Sends a value and its base version; false when that cannot be."""


@dataclass(slots=True)
class _Write:
    waiting: tuple[Any, OnAnswer] | None = None


class RecordWriter:
    """Writes records. `version_of` gives the version that the store knows of a record."""

    def __init__(self, send: SendWrite, version_of: Callable[[RecordKey], str]) -> None:
        self._send = send
        self._version_of = version_of
        self._open: dict[RecordKey, _Write] = {}
        self._acknowledged: dict[RecordKey, int] = {}

    def write(self, key: RecordKey, value: Any, on_answer: OnAnswer) -> bool:
        """Write a value, or let it wait for the write before; false when it cannot be sent."""
        write = self._open.get(key)
        if write is None:
            return self._begin(key, value, on_answer)
        replaced, write.waiting = write.waiting, (value, on_answer)
        if replaced is not None:
            replaced[1](_superseded())
        return True

    def forget(self) -> None:
        """Another session, or none: what waits is not written, what was acknowledged holds no more."""
        writes = list(self._open.values())
        self._open.clear()
        self._acknowledged.clear()
        for write in writes:
            waiting, write.waiting = write.waiting, None
            if waiting is not None:
                waiting[1](_superseded())

    def _begin(self, key: RecordKey, value: Any, on_answer: OnAnswer) -> bool:
        if len(self._open) >= MAX_RECORDS:
            return False
        write = self._open[key] = _Write()
        base = str(max(_number(self._version_of(key)), self._acknowledged.get(key, 0)))

        def answered(answer: Answer) -> None:
            if self._open.get(key) is write:
                del self._open[key]
                if answer.accepted:
                    self._acknowledged[key] = _number(answer.revision)
            waiting, write.waiting = write.waiting, None
            on_answer(answer)
            if waiting is not None:
                value, on_next = waiting
                if not answer.accepted:
                    on_next(answer)
                elif key in self._open or not self._begin(key, value, on_next):
                    on_next(_superseded())

        if self._send(key, value, base, answered):
            return True
        self._open.pop(key, None)
        return False


def _number(revision: str) -> int:
    return int(revision) if is_canonical_revision(revision) else 0


def _superseded() -> Answer:
    return Answer("", accepted=False, code="client.superseded", message="a newer value was written instead")
