"""Topics that are a last value (SERVER-3): an invalidation says that it changed, a snapshot says what it is (SYNC).

Each is a projection (SERVER-10): items by their key, made anew from what is confirmed; that they differ
from what they were before is announced, a few times a second at most.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from connectome_tui.clock import Clock
from connectome_tui.net.frames import (
    TOPICS,
    Invalidation,
    NotifyCatalog,
    NotifyPresence,
    NotifyScenarios,
    NotifySource,
    Snapshot,
    Topic,
    encode_frame,
)
from connectome_tui.server.history import History
from connectome_tui.server.limits import Limits
from connectome_tui.server.trouble import Troubles

Items = Mapping[str, msgspec.Struct]
_NOTIFY: Final[Mapping[Topic, type[Invalidation]]] = {
    "catalog": NotifyCatalog,
    "presence": NotifyPresence,
    "scenarios": NotifyScenarios,
    "source": NotifySource,
}
REST_FOR_EACH_MS: Final = 5.0
"""With every window that is told, changes are gathered so much longer: all of them ask for the snapshot then."""


class _LastValue:
    """One topic. Its revisions begin with the time, so that they go on when a server is started again."""

    def __init__(self, topic: Topic, read: Callable[[], Items], first: int) -> None:
        self.topic: Final = topic
        self.read: Final = read
        self.items: Items = {}
        self.revision = first
        self.announced = first
        self.is_stale = True
        self.due_ms: float | None = None
        self.announced_ms = float("-inf")


class Topics:
    """The last-value topics of a server. `tell` sends a message to all windows and says how many they are."""

    def __init__(self, clock: Clock, limits: Limits, troubles: Troubles, tell: Callable[[bytes], int]) -> None:
        self._clock = clock
        self._limits = limits
        self._troubles = troubles
        self._tell = tell
        self._windows = 0
        self._values: dict[Topic, _LastValue] = {}
        self._history = History(limits)

    def add(self, topic: Topic, read: Callable[[], Items]) -> None:
        """Offer a topic; `read` makes its items."""
        self._values[topic] = _LastValue(topic, read, int(self._clock.now_ms()))

    def touch(self, topic: Topic, *, soon: bool = True) -> None:
        """A topic may be another one now. `soon`: windows are told within a moment, else when it is time anyway."""
        value = self._values[topic]
        value.is_stale = True
        rest = self._limits.topic_rest_ms if soon else self._limits.moved_on_rest_ms
        due = max(value.announced_ms + rest + REST_FOR_EACH_MS * self._windows, self._clock.now_ms())
        value.due_ms = due if value.due_ms is None else min(value.due_ms, due)

    def snapshot(self, topic: Topic, request_id: int) -> bytes:
        """The reply with the items of a topic as they are now."""
        value = self._values[topic]
        self._refresh(value)
        items = self._history.snapshot(topic) if self._history.version(topic) == value.revision else None
        if items is None:
            items = msgspec.json.encode(list(value.items.values()))
            self._history.seed_snapshot(topic, items, value.revision)
        data: Any = msgspec.Raw(items)
        return encode_frame(Snapshot(id=request_id, topic=topic, revision=str(value.revision), data=data))

    def invalidations(self) -> list[bytes]:
        """A word about every topic, for a window that may have missed one."""
        return [self._invalidation(self._values[topic]) for topic in TOPICS if topic in self._values]

    def next_deadline_ms(self) -> float | None:
        """When windows are to be told of something; None when there is nothing."""
        return min((value.due_ms for value in self._values.values() if value.due_ms is not None), default=None)

    def serve_deadline(self) -> None:
        """Tell windows what changed."""
        now = self._clock.now_ms()
        for value in self._values.values():
            if value.due_ms is None or value.due_ms > now:
                continue
            value.due_ms = None
            self._refresh(value)
            if value.announced != value.revision:
                value.announced, value.announced_ms = value.revision, now
                self._windows = self._tell(self._invalidation(value))

    def _refresh(self, value: _LastValue) -> None:
        if not value.is_stale:
            return
        value.is_stale = False
        with self._troubles.caught(f"the topic {value.topic}"):
            now = dict(value.read())
            if now != value.items:
                value.items = now
                value.revision += 1

    def _invalidation(self, value: _LastValue) -> bytes:
        notify = _NOTIFY[value.topic]
        return encode_frame(notify(topic=value.topic, revision=str(value.revision), timestamp_ms=self._clock.now_ms()))
