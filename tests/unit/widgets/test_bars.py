"""Wait bar and cron tick."""

from dataclasses import replace

import pytest

from connectome_tui.store.selectors import select_wait
from connectome_tui.store.state import State, TickDisplay, WaitProgress
from connectome_tui.widgets.bars import bar_runs
from connectome_tui.widgets.cron_tick import ring, small_tick_runs, tick_runs
from connectome_tui.widgets.glyphs import ASCII, UNICODE
from connectome_tui.widgets.painting import Run, runs_width
from connectome_tui.widgets.wait_bar import wait_runs


def text(runs: object) -> str:
    return "".join(run.text for run in runs)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seconds", "expected", "token"),
    [
        (0.0, "──────────────── 0.0 s", "ok"),
        (0.99, "━━━╸──────────── 1.0 s", "ok"),
        (1.0, "━━━━──────────── 1.0 s", "took.yellow"),
        (1.7, "━━━━━━╸───────── 1.7 s", "took.yellow"),
        (2.0, "━━━━━━━━──────── 2.0 s", "took.orange"),
        (3.0, "━━━━━━━━━━━━──── 3.0 s", "took.red"),
        (4.0, "━━━━━━━━━━━━━━━━ 4.0 s", "took.red"),
        (9.0, "━━━━━━━━━━━━━━━━ 4.0 s", "took.red"),
    ],
)
def test_the_wait_bar(seconds: float, expected: str, token: str) -> None:
    """Seconds with one decimal, full at 4.0, in the colour of its class (WAIT-1)."""
    state = State(wait_progress=WaitProgress(1000.0), wait_now_ms=1000.0 + seconds * 1000)
    runs = wait_runs(select_wait(state, 0.0), 16, UNICODE)
    assert text(runs) == expected
    assert runs[0].fg == token


def test_a_wait_that_has_not_begun() -> None:
    """An empty bar and a dash."""
    assert text(wait_runs(select_wait(State(), 5.0), 10, UNICODE)) == "──────────     –"


def test_bars_keep_their_width() -> None:
    """However full, a bar takes its cells, in both sets of glyphs."""
    for glyphs in (UNICODE, ASCII):
        for share in range(-5, 106):
            assert runs_width(bar_runs(share / 100, 16, glyphs)) == 16


def test_the_ring() -> None:
    """A ring fills in quarters (TICK-1); in ASCII four signs do."""
    assert [ring(share, UNICODE) for share in (-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0)] == list("○○◔◑◕●●")
    assert [ring(share, ASCII) for share in (0.0, 0.5, 1.0)] == ["[----]", "[##--]", "[####]"]


def test_the_tick() -> None:
    """By hand at `x0`; with a speed a bar, and the real gap from one second on."""
    by_hand, playing = State(), State(tick_display=TickDisplay(1000, 0.5, "x1"), real_gap_ms=999.0)
    assert text(tick_runs(by_hand, 0.0, 16, UNICODE)) == "○ x0 by hand"
    assert text(tick_runs(playing, 0.5, 16, UNICODE)) == "━━━━━━━━──────── x1"
    assert text(tick_runs(replace(playing, real_gap_ms=1000.0), 0.5, 16, UNICODE)).endswith(" x1  +1.0 s")
    assert small_tick_runs(playing, 0.5, UNICODE) == (Run("◑", "text.strong"), Run(" x1"))
