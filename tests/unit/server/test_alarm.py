"""The one timer of a server: it rings when something is due, and goes on when that fails."""

import asyncio
from typing import cast

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.server import serving
from connectome_tui.server.core import ServerCore
from connectome_tui.server.serving import Alarm
from connectome_tui.server.trouble import Troubles


class Core:
    """A core that has something due, or fails at it."""

    def __init__(self) -> None:
        self.due: list[float] = []
        self.served = 0
        self.fails = False
        self.troubles = Troubles()

    def next_deadline_ms(self) -> float | None:
        return min(self.due, default=None)

    def serve_deadline(self) -> None:
        self.served += 1
        if self.fails:
            raise ValueError("broken")
        self.due = self.due[1:]


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def made() -> tuple[Core, Alarm]:
    core = Core()
    return core, Alarm(cast("ServerCore", core), ManualClock(1000.0))


async def test_what_is_due_is_served_until_nothing_is() -> None:
    """Once woken it serves everything that is due, one after the other; before that, and behind it, nothing."""
    core, alarm = made()
    core.due = [0.0, 900.0, 1000.0]
    await turn()
    assert core.served == 0
    alarm.wake()
    alarm.wake()
    while core.due:
        await turn()
    assert core.served == 3
    await turn()
    assert core.served == 3
    alarm.close()


async def test_what_fails_is_reported_and_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline that fails is reported and tried again in a while, not again and again at once (SERVER-10)."""
    core, alarm = made()
    core.due, core.fails = [0.0], True
    alarm.wake()
    while not core.served:
        await turn()
    await turn()
    assert core.served == 1
    assert str(core.troubles.newest) == "what was due: broken"
    monkeypatch.setattr(serving, "AFTER_FAILURE_SECONDS", 0.0)
    core.fails = False
    alarm.wake()
    while core.due:
        await turn()
    assert core.served == 2
    alarm.close()


async def test_behind_its_end_nothing_rings() -> None:
    """A closed alarm serves nothing and holds no timer, whoever wakes it (CLIENT-9)."""
    core, alarm = made()
    core.due = [0.0]
    alarm.wake()
    alarm.close()
    alarm.wake()
    await turn()
    assert core.served == 0
