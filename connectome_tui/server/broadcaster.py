"""Tells all who follow a session: each message is encoded once, and nobody waits for anybody (SERVER-9).

A follower whose link has taken too little is told nothing more, and gets a baseline when it has room
again: what waits for it stays bounded, however much happens.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from connectome_tui.net.links import Link
from connectome_tui.server.limits import Limits

Why = Literal["select", "resume", "lagging", "replaced", "asked"]


class Follower:
    """One window that follows a session. While it lags, `revision` is the newest that it was told, `why` the reason."""

    __slots__ = ("_on_lag", "is_lagging", "link", "on_failure", "revision", "why")

    def __init__(self, link: Link, on_failure: Callable[[Exception], None], on_lag: Callable[[], None]) -> None:
        self.link: Final = link
        self.on_failure: Final = on_failure
        self._on_lag = on_lag
        self.is_lagging = False
        self.revision = 0
        self.why: Why = "lagging"

    def lag(self, revision: int, why: Why = "lagging") -> None:
        """Tell it nothing from here on, until it is sent a baseline."""
        if not self.is_lagging:
            self.is_lagging = True
            self.revision = revision
            self.why = why
            self._on_lag()


class Broadcaster:
    """The followers of one session."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.waiting_bytes
        self._followers: dict[Follower, None] = {}

    def __len__(self) -> int:
        return len(self._followers)

    def __iter__(self) -> Iterator[Follower]:
        return iter(tuple(self._followers))

    def add(self, follower: Follower) -> None:
        """Tell it from the next message on."""
        self._followers[follower] = None

    def remove(self, follower: Follower) -> None:
        """Tell it no more."""
        self._followers.pop(follower, None)

    def send(self, message: bytes, before: int) -> None:
        """Send the same bytes to all that keep up; who does not was told up to the revision `before`."""
        limit = self._limit
        failed: list[tuple[Follower, Exception]] = []
        for follower in tuple(self._followers):
            if follower.is_lagging:
                continue
            try:
                if follower.link.waiting_bytes > limit:
                    follower.lag(before)
                else:
                    follower.link.send(message)
            except Exception as failure:  # noqa: BLE001 - reported below; it is that one window's link alone
                failed.append((follower, failure))
        for follower, problem in failed:
            follower.on_failure(problem)

    def has_room(self, follower: Follower) -> bool:
        """Whether a follower has read enough to be told again."""
        return follower.link.waiting_bytes <= self._limit // 2
