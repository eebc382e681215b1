"""The checkers beside a session that a server hosts (HEALTH-2): they make its badges, which all windows see."""

from collections.abc import Callable
from typing import TypeVar

from connectome_tui.health.live_watch import LiveHealth
from connectome_tui.health.watch import StepperHealth
from connectome_tui.server.acting import Running
from connectome_tui.server.badges import SessionHealth
from connectome_tui.server.trouble import Troubles
from connectome_tui.session import SteppedSession

Record = TypeVar("Record")


def health_of(running: Running, troubles: Troubles) -> SessionHealth:
    """Look on at a hosted session; a checker that fails is reported, and fails no commit (SERVER-10)."""

    def guard(observer: Callable[[Record], None]) -> Callable[[Record], None]:
        def observe(record: Record) -> None:
            with troubles.caught("a health check failed"):
                observer(record)

        return observe

    return StepperHealth(running, guard) if isinstance(running, SteppedSession) else LiveHealth(running, guard)
