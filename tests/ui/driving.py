"""The application without a terminal: flows from memory, a clock in the hand, and the screen as text."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.app.opening import Opener
from connectome_tui.app.picture import screen_strips
from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import Flow, Recording
from connectome_tui.sources.open import open_recording
from tests.factories import ListRecording, make_event, make_flow

SIZE = (120, 40)
NAMED = {"space": " ", "enter": "\r", "tab": "\t", "escape": "\x1b"}


def make_app(source: Flow | Recording | Opener | None = None, **choices: Any) -> ConnectomeApp:
    """An application that steps a flow from memory (by default one of 40 events) or what an opener opens."""
    source = source or make_flow(40)
    opener: Opener
    if isinstance(source, Flow):
        recording = ListRecording([source])
        opener = lambda _progress: recording  # noqa: E731 -- a name for one of three cases
    elif callable(source):
        opener = source
    else:
        opened = source
        opener = lambda _progress: opened  # noqa: E731 -- see above
    choices.setdefault("clock", ManualClock(1_000_000.0))
    choices.setdefault("keymap", build_keymap())
    choices.setdefault("look", LookChoice(colours="truecolor"))
    return ConnectomeApp(opener, "test.jsonl", **choices)


def file_opener(*paths: str | Path) -> Opener:
    """Opens real files as `connectome open` does."""
    return lambda progress: open_recording([str(path) for path in paths], progress=progress, partial=True)


@asynccontextmanager
async def driven(app: ConnectomeApp, size: tuple[int, int] = SIZE) -> AsyncIterator[Pilot[None]]:
    """The application, running, once its source is opened and its first frame is there."""
    try:
        async with app.run_test(size=size) as pilot:
            await settled(pilot, lambda: not app._opening.running and not app._opening.news)
            yield pilot
    finally:
        app.close_recording()


async def settled(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Let the application run until a condition holds and everything is painted."""
    await _until(condition)
    assert condition(), "the application did not come to rest"
    if pilot.app.is_running:
        await painted(pilot)


async def painted(pilot: Pilot[Any]) -> None:
    """Let every message be handled and the screen be painted; needs no idle machine, as `pilot.pause` does."""
    for _ in range(2):
        await pilot._wait_for_screen()
        screen, done = pilot.app.screen, asyncio.Event()
        screen.call_after_refresh(done.set)
        await _until(partial(_is_over, pilot, screen, done))


def _is_over(pilot: Pilot[Any], screen: object, done: asyncio.Event) -> bool:
    return done.is_set() or not pilot.app.is_running or pilot.app.screen is not screen


async def _until(condition: Callable[[], bool]) -> None:
    """Let the loop run on until a condition holds, or for much too long."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, by name or as the character, and let everything be painted."""
    post(pilot, *keys)
    await painted(pilot)


def post(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, and do not wait for what comes of it."""
    for key in keys:
        named = NAMED.get(key)
        character = key if len(key) == 1 else named
        pilot.app.post_message(events.Key(_character_to_key(key) if len(key) == 1 else key, character))


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Type a text, letter by letter."""
    await pressed(pilot, *("space" if letter == " " else letter for letter in text))


def rows(app: ConnectomeApp) -> Sequence[str]:
    """The lines of the screen."""
    return [strip.text for strip in screen_strips(app)]


def text(app: ConnectomeApp) -> str:
    """The whole screen."""
    return "\n".join(rows(app))


def failing_flow() -> Flow:
    """Ten events, the third and the seventh of which failed."""
    return make_flow([make_event(number, status="error" if number in {3, 7} else "ok") for number in range(1, 11)])
