"""A few pictures of whole screens, so that a change of looks is seen: `pytest --snapshot-update` takes them anew."""

import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

import connectome_tui.samples
from connectome_tui.app.looks import LookChoice
from connectome_tui.widgets.palette import Theme
from tests.ui.driving import file_opener, make_app, pressed, settled

SAMPLES = Path(connectome_tui.samples.__file__).parent
Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def opened(name: str, *keys: str, theme: Theme = "dark", **choices: Any) -> dict[str, Any]:
    """A sample, opened, and the keys that are pressed before the picture is taken."""
    app = make_app(file_opener(SAMPLES / name), look=LookChoice(theme=theme, colours="truecolor"), **choices)

    async def prepare(pilot: Pilot[None]) -> None:
        await settled(pilot, lambda: not app._opening.running and not app._opening.news)
        await pressed(pilot, *keys)
        app.close_recording()

    run_before: Callable[[Pilot[None]], Awaitable[None]] = prepare
    return {"app": app, "run_before": run_before}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_start(snap_compare: Compare, size: tuple[int, int]) -> None:
    """Before the first step nothing is travelled, and the sentence says what to press."""
    assert snap_compare(**opened("tale.json"), terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 55)])
def test_in_the_middle(snap_compare: Compare, size: tuple[int, int]) -> None:
    """A failed event in the middle of the tale: its card, its edge, its row and its sentence."""
    assert snap_compare(**opened("tale.json", "7", "n"), terminal_size=size)


def test_end(snap_compare: Compare) -> None:
    """The end is said, the last focus stays lit."""
    assert snap_compare(**opened("tale.json", *"2", "0", "n", "n"), terminal_size=(120, 40))


def test_looking_back_with_the_detail_open(snap_compare: Compare) -> None:
    """Looking back, with the detail of another event open."""
    keys = ("1", "5", "n", "5", "N", "k", "k", "enter")
    assert snap_compare(**opened("tale.json", *keys), terminal_size=(120, 40))


def test_searching(snap_compare: Compare) -> None:
    """The prompt in the footer's place, hits marked in the log."""
    assert snap_compare(**opened("tale.json", "1", "2", "n", "/", *"turn"), terminal_size=(80, 24))


@pytest.mark.parametrize(("size", "theme"), [((120, 40), "light"), ((80, 24), "dark")])
def test_picker(snap_compare: Compare, size: tuple[int, int], theme: Theme) -> None:
    """The flows of a recording."""
    assert snap_compare(**opened("checkout.otlp.jsonl", theme=theme), terminal_size=size)


def test_light(snap_compare: Compare) -> None:
    """A recorded checkout on a light ground."""
    assert snap_compare(
        **opened("checkout.otlp.jsonl", "down", "enter", "9", "n", theme="light"), terminal_size=(120, 40)
    )


def test_help(snap_compare: Compare) -> None:
    """The help over the faded screen."""
    assert snap_compare(**opened("tale.json", "3", "n", "?"), terminal_size=(80, 24))
