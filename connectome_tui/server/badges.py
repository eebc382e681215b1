"""The health badges of a hosted session: what looks on at it says, and what went wrong at the server (HEALTH-2)."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from connectome_tui.server.acting import Running
from connectome_tui.server.trouble import Troubles
from connectome_tui.store.state import HealthBadge

REST_MS: Final = 1000.0
"""Badges are looked at at most so often: a source that loses events says another count with each of its batches."""
MODULE: Final = "server"


class SessionHealth(Protocol):
    """Looks on at a session since it was made."""

    def badges(self) -> Mapping[str, HealthBadge]:
        """The health of each part of the program, as of now."""
        ...


HealthOf = Callable[[Running, Troubles], SessionHealth]
"""Looks on at a session from now on; what fails in looking is reported, and ends nothing (SERVER-10)."""


class Badges:
    """Sets the badges of a session in commits of their own, and only when one is to be seen that was not."""

    def __init__(self, troubles: Troubles, health_of: HealthOf | None) -> None:
        self._troubles = troubles
        self._health_of = health_of
        self._health: SessionHealth | None = None
        self._not_before_ms = 0.0
        self._due_ms: float | None = None

    def begin(self, running: Running) -> None:
        """Look on at this session, which nobody follows yet, and at no other any more."""
        self._health = None
        with self._troubles.caught("the health checks"):
            self._health = None if self._health_of is None else self._health_of(running, self._troubles)
        self._look(running)
        self._not_before_ms = 0.0

    def touched(self) -> None:
        """Something was committed: another badge may be right."""
        if self._due_ms is None and self._health is not None:
            self._due_ms = self._not_before_ms

    @property
    def due_ms(self) -> float | None:
        """When to look, in the clock's milliseconds; None while nothing happens."""
        return 0.0 if self._troubles.is_news else self._due_ms

    def serve(self, running: Running, now_ms: float) -> None:
        """Look, when it is time, and let all see what is found."""
        if self.due_ms is None or self.due_ms > now_ms:
            return
        self._not_before_ms = now_ms + REST_MS
        self._look(running)

    def _look(self, running: Running) -> None:
        self._due_ms = None
        shown = running.store.state.health_badges
        badges = dict(shown)
        with self._troubles.caught("the health checks"):
            badges |= {} if self._health is None else self._health.badges()
        if self._troubles.newest is not None:
            badges[MODULE] = self._troubles.badge()
        if badges != shown:
            running.store.set_health_badges(badges)
