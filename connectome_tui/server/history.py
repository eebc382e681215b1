"""What a server remembers of each topic: the newest value, and for commits a ring of what led there (SERVER-3)."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from connectome_tui.server.limits import DEFAULT_LIMITS, Limits

COMMITS: Final = "commits"


@dataclass(frozen=True, slots=True)
class _Step:
    """One version of a topic, behind `base`."""

    base: int
    version: int
    payload: bytes
    actor_id: str


@dataclass(slots=True)
class _Topic:
    version: int = -1
    snapshot: bytes = b""
    snapshot_version: int = -1
    steps: deque[_Step] = field(default_factory=deque)
    step_bytes: int = 0


class History:
    """Versions only grow. A reader behind the ring is told so, and never gets a hole."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._topics: dict[str, _Topic] = {}

    def seed_snapshot(self, topic: str, payload: bytes, version: int) -> None:
        """The whole value as of `version`. Steps that led to another version are forgotten: nothing leads on from them.

        Raises `ValueError` for a version before the newest.
        """
        known = self._topics.setdefault(topic, _Topic())
        if version < known.version:
            raise ValueError(f"{topic} is at {known.version}, and does not go back to {version}")
        if version != known.version:
            known.steps.clear()
            known.step_bytes = 0
        known.version = known.snapshot_version = version
        known.snapshot = payload

    def apply_delta(self, topic: str, payload: bytes, version: int, actor_id: str) -> None:
        """One more step, to `version`; the oldest go when there are too many. `ValueError` unless it is newer."""
        known = self._topics.get(topic)
        if known is None or version <= known.version:
            raise ValueError(f"{topic} cannot go on to {version}: it is at {None if known is None else known.version}")
        known.steps.append(_Step(known.version, version, payload, actor_id))
        known.step_bytes += len(payload)
        known.version = version
        known.snapshot = b""
        while len(known.steps) > self._limits.ring_commits or known.step_bytes > self._limits.ring_bytes:
            known.step_bytes -= len(known.steps.popleft().payload)

    def replay_since(self, topic: str, version: int) -> list[bytes] | None:
        """Every step behind `version`, oldest first; None when they are gone, or too many to send at once."""
        known = self._topics.get(topic)
        if known is None:
            return None
        steps: list[bytes] = []
        size, reached = 0, known.version
        for step in reversed(known.steps):
            if reached <= version:
                break
            size += len(step.payload)
            if len(steps) >= self._limits.replay_commits or size > self._limits.replay_bytes:
                return None
            steps.append(step.payload)
            reached = step.base
        return steps[::-1] if reached == version else None

    def snapshot(self, topic: str) -> bytes | None:
        """The whole value as of the newest version; None when it was not made yet."""
        known = self._topics.get(topic)
        is_newest = known is not None and known.snapshot_version == known.version
        return known.snapshot if known is not None and is_newest else None

    def version(self, topic: str) -> int:
        """The newest version; -1 before the first."""
        known = self._topics.get(topic)
        return -1 if known is None else known.version
