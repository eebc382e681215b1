"""Pictures of shared windows: several here, the connection lost, the list of sessions (SCREENS "States")."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

import connectome_tui.samples
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import HeldClock
from connectome_tui.session import start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.widgets.palette import Theme
from tests.hosting import Stage
from tests.ui.driving_attached import MemoryDialer, Windows, make_window

Compare = Callable[..., bool]
SAMPLE = Path(connectome_tui.samples.__file__).parent / "tale.json"
AT_MS = 1_700_000_000_000.0
SIZES = [(80, 24), (120, 40)]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def hosted() -> Stage:
    """A server with a tale of which twelve steps were made, and somebody else on it."""
    stage = Stage()
    stage.clock.advance(AT_MS - stage.clock.now_ms())
    clock = HeldClock(stage.clock)
    recording = open_recording([str(SAMPLE)])
    stage.host("tale", start_session(recording, recording.flows[0].id, clock=clock), clock=clock)
    stage.host("billing", events=7)
    return stage


def attached(*keys: str, lost: bool = False, theme: Theme = "dark", session: str = "tale") -> dict[str, Any]:
    """A window that others share; `lost`: its connection is cut before the picture is taken."""
    stage = hosted()
    stage.window("ben", session="tale")
    dialer = MemoryDialer(stage)
    app, client = make_window(dialer, session=session, look=LookChoice(theme=theme, colours="truecolor"))

    async def prepare(pilot: Pilot[None]) -> None:
        windows = Windows.of(stage, app, pilot, client, dialer)
        await windows.settle()
        for part in keys:
            windows.windows[0].press(*part.split())
            await windows.settle()
        await windows.passed(5000)
        if lost:
            dialer.cut()
            await windows.settle()
        await asyncio.sleep(0)

    return {"app": app, "run_before": prepare}


@pytest.mark.parametrize("size", SIZES)
def test_shared(snap_compare: Compare, size: tuple[int, int]) -> None:
    """How many are here stands beside the mode, the link beside the health of the parts."""
    assert snap_compare(**attached("1 2 n"), terminal_size=size)


@pytest.mark.parametrize("size", SIZES)
def test_connection_lost(snap_compare: Compare, size: tuple[int, int]) -> None:
    """The banner, and panes that keep their shape without their colour."""
    assert snap_compare(**attached("1 2 n", lost=True), terminal_size=size)


def test_connection_lost_on_a_light_ground(snap_compare: Compare) -> None:
    """The same in the light theme."""
    assert snap_compare(**attached("1 2 n", lost=True, theme="light"), terminal_size=(120, 40))


@pytest.mark.parametrize("size", SIZES)
def test_selector(snap_compare: Compare, size: tuple[int, int]) -> None:
    """The sessions of the server, in the look of the list of flows."""
    assert snap_compare(**attached("3 n", "o"), terminal_size=size)


def test_selector_that_cannot_be_used(snap_compare: Compare) -> None:
    """Not reachable: the list is muted as a whole, with the reason in its first row."""
    assert snap_compare(**attached("3 n", "o", lost=True), terminal_size=(120, 40))


def test_who_is_here(snap_compare: Compare) -> None:
    """The detail names who is here, what they may, and since when."""
    assert snap_compare(**attached("3 n", "d", "h"), terminal_size=(120, 40))
