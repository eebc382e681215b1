"""What a stream remembers to give ids and parents to its events: bounded, so that it may run for ever."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from connectome_tui.events.ids import TIME_BUCKET_MS, stable_hash

IDS_KEPT: Final = 100_000
"""An id that comes again after so many others is taken as new; the log shows no more than that (STORE-10)."""
STEPS_KEPT: Final = 10_000
"""Keys of earlier steps that a step may name as its parent."""
EPOCH_MS: Final = 1e11
"""From here on (1973) a time of a step is a date; below, it counts from the start of the script."""


class RecentIds:
    """Makes ids unique within a session (EVENT-4), as far back as it remembers.

    Two generations of half of `most` ids each: when the newer is full, the older is forgotten.
    """

    def __init__(self, most: int = IDS_KEPT) -> None:
        self._half = max(1, most // 2)
        self._newer: dict[str, int] = {}
        self._older: dict[str, int] = {}

    def take_all(self, ids: AbstractSet[str]) -> bool:
        """Remember these ids if each of them is new; else nothing happens and the answer is False."""
        if not (self._newer.keys().isdisjoint(ids) and self._older.keys().isdisjoint(ids)):
            return False
        self._newer.update(dict.fromkeys(ids, 1))
        self._age()
        return True

    def unique(self, event_id: str) -> str:
        """`event_id` when it is new, else the id with the number of its occurrence (`:2`, `:3`, …)."""
        unique = event_id
        while (number := self._count(unique)) > 1:
            unique = f"{event_id}:{number}"
        return unique

    def derived(self, label: str, from_node_id: str, to_node_id: str, at_ms: float) -> str:
        """The id of an event that brings none: a hash of these and the second, and an occurrence number."""
        bucket = int(at_ms // TIME_BUCKET_MS)
        base = f"evt:{stable_hash(chr(0).join((label, from_node_id, to_node_id, str(bucket))))}"
        return f"{base}:{self._count(base)}"

    def _count(self, key: str) -> int:
        number = self._newer.pop(key, 0) or self._older.pop(key, 0)
        self._newer[key] = number + 1
        self._age()
        return number + 1

    def _age(self) -> None:
        if len(self._newer) > self._half:
            self._newer, self._older = {}, self._newer


class StreamMemory:
    """What the events of one stream have to know of those before: ids, and the steps of a script."""

    def __init__(self) -> None:
        self.ids = RecentIds()
        self.steps = 0
        self._step_ids: dict[str, str] = {}
        self._origin_ms: float | None = None
        self._before_ms = 0.0

    def step_id(self, key: object) -> str | None:
        """The id of the newest step with this key."""
        return self._step_ids.get(key) if isinstance(key, str) else None

    def step_start(self, at_ms: float | None, after_ms: float | None, now_ms: float) -> float:
        """When a step starts: by its own time, by that of the step before, or now.

        Times of a script count from its start; the first step that tells one says when that was.
        """
        if at_ms is not None and at_ms >= EPOCH_MS:
            return at_ms
        if at_ms is not None:
            if self._origin_ms is None:
                self._origin_ms = now_ms - at_ms
            return self._origin_ms + at_ms
        if after_ms is not None and self.steps:
            return self._before_ms + after_ms
        return now_ms

    def note_step(self, key: str, event_id: str, at_ms: float) -> None:
        """A step was taken."""
        self.steps += 1
        self._before_ms = at_ms
        self._step_ids.pop(key, None)
        self._step_ids[key] = event_id
        if len(self._step_ids) > STEPS_KEPT:
            del self._step_ids[next(iter(self._step_ids))]


def links_of(memory: StreamMemory, keys: Iterable[object]) -> list[str]:
    """The ids of the steps that these keys name; those that are not known are left out."""
    return [event_id for key in keys if (event_id := memory.step_id(key))]
