"""The way from live sources to the loop, by a clock that is told how long drains and pictures take."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import cast

import pytest

from connectome_tui.live_feed import SHOWN, TOLD, LiveFeed, Pace
from connectome_tui.session import LiveSession


class _Session:
    """Has something to drain, always."""

    def __init__(self, waiting: int) -> None:
        self.pump = self
        self.waiting = waiting
        self.drains = 0
        self.now = 100.0

    def drain(self) -> bool:
        self.drains += 1
        self.now += 0.004
        return True


@pytest.mark.parametrize(("waiting", "drains"), [(100, 3), (50_000, 8)])
def test_a_picture_that_takes_long_leaves_the_loop_its_turn(
    monkeypatch: pytest.MonkeyPatch, waiting: int, drains: int
) -> None:
    """However slow the panes are and however much waits, one slice is drained before keys are served (ENGINE-5)."""
    session = _Session(waiting)
    frames: list[int] = []

    @contextmanager
    def slow_frame() -> Iterator[None]:
        yield
        session.now += 0.5
        frames.append(session.drains)

    async def follow() -> None:
        feed = LiveFeed()
        feed.begin(cast("LiveSession", session), slow_frame)
        feed.end()

    monkeypatch.setattr(time, "perf_counter", lambda: session.now)
    asyncio.run(follow())
    assert frames == [drains]


@pytest.mark.parametrize(("pace", "seconds"), [(SHOWN, 0.1), (TOLD, 0.015)])
def test_without_a_screen_what_comes_is_told_sooner(
    monkeypatch: pytest.MonkeyPatch, pace: Pace, seconds: float
) -> None:
    """A flood is painted ten times a second; windows elsewhere are told as soon as the loop had its turn (SERVER-3)."""
    session = _Session(1000)
    session.drain = lambda: False  # type: ignore[method-assign]
    asked: list[float] = []

    async def follow() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "call_later", _noting(asked))
        feed = LiveFeed(pace)
        feed.begin(cast("LiveSession", session), nullcontext)
        feed.wake()
        feed.end()

    monkeypatch.setattr(time, "perf_counter", lambda: session.now)
    asyncio.run(follow())
    assert asked == [pytest.approx(seconds)]


def _noting(asked: list[float]) -> Callable[..., asyncio.TimerHandle]:
    def call_later(delay: float, callback: Callable[[], object], **_options: object) -> asyncio.TimerHandle:
        asked.append(delay)
        return asyncio.TimerHandle(0, callback, (), asyncio.get_running_loop())

    return call_later
