"""No frame on a real terminal shows the new focus with the old log, or the other way round (STORE-4)."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from scripts.benchmark.terminal import FRAME_END, Terminal
from tests.integration.command_line import environment

SIZE = (160, 40)
STEPS = 12
SECONDS = 20
LIT = {"82b2fe"}
"""The background of a lit card of a `code` call."""


@dataclass(frozen=True)
class Shown:
    """What each part of one frame says is the newest event; None where the frame shows none."""

    step: int | None
    active: int | None
    events: int | None
    newest_row: int | None
    lit_card: str | None
    detail: int | None

    @property
    def is_whole(self) -> bool:
        """Whether all parts are of one commit."""
        numbers = {self.step, self.active, self.events, self.newest_row, self.detail}
        if numbers == {None}:
            return self.lit_card is None
        return len(numbers) == 1 and self.lit_card == f"part{(self.step or 0) % 4}"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A flow in which each step goes on to another of four parts."""
    steps = [
        {
            "step_key": f"s{number}",
            "from": f"service:part{(number - 1) % 4}",
            "to": f"service:part{number % 4}",
            "trigger": "direct",
            "call_type": "code",
            "label": f"call {number}",
        }
        for number in range(1, STEPS + 1)
    ]
    nodes = [{"id": f"service:part{number}", "title": f"part{number}", "zone": "BACKEND"} for number in range(4)]
    path = tmp_path / "round.json"
    path.write_text(json.dumps({"title": "round", "nodes": nodes, "steps": steps}))
    return path


def shows_step(step: int) -> Callable[[str], bool]:
    return lambda screen: f"Step {step} of" in screen


@pytest.mark.parametrize("slow", ["graph", "now", "log", "detail"])
def test_every_frame_is_of_one_commit(script: Path, slow: str) -> None:
    """With one pane's handlers slow, step, active edge, lit card, newest row, counts and detail go on together."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("slow_pane.py")), slow, str(script)]
    with Terminal(command, environment=environment(), width=SIZE[0], height=SIZE[1]) as terminal:
        terminal.wait_until(lambda screen: "Press Space" in screen, SECONDS)
        for step in range(1, STEPS + 1, 3):
            terminal.send(b" ")
            terminal.wait_until(shows_step(step), SECONDS)
            terminal.send(b"  ")
        terminal.wait_until(
            lambda screen: f"Step {STEPS} of {STEPS}" in screen and f"{STEPS} events" in screen, SECONDS
        )
        terminal.send(b"q")
        terminal.wait_for_end(SECONDS)
    frames = list(frames_of(bytes(terminal.received)))
    torn = [(number, shown) for number, shown in enumerate(frames) if not shown.is_whole]
    assert not torn
    assert {shown.step for shown in frames} >= {1, 4, 7, 10, STEPS}


def frames_of(received: bytes) -> Iterator[Shown]:
    """What each whole frame shows, from the first one that shows the log on."""
    screen = pyte.Screen(*SIZE)
    stream = pyte.ByteStream(screen)
    for frame in received.split(FRAME_END)[:-1]:
        stream.feed(frame + FRAME_END)
        if "Log" in "\n".join(screen.display) and "Detail" in "\n".join(screen.display):
            yield shown_on(screen)


def shown_on(screen: pyte.Screen) -> Shown:
    """Read each part of the screen for itself."""
    text = "\n".join(screen.display)
    rows = [row for row in screen.display if row.startswith("▌")]
    return Shown(
        step=_number(r"Step (\d+)", text) or None,
        active=_number(r"Active: .*: call (\d+)", text),
        events=_number(r"─ (\d+) events? ━|━ (\d+) events? ━", text) or None,
        newest_row=_number(r"call (\d+)", rows[0]) if rows else None,
        lit_card=_lit_title(screen),
        detail=_number(r"Detail · event (\d+)", text),
    )


def _number(pattern: str, text: str) -> int | None:
    match = re.search(pattern, text)
    return int(next(group for group in match.groups() if group)) if match else None


def _lit_title(screen: pyte.Screen) -> str | None:
    for y in range(1, 20):
        cells = screen.buffer[y]
        lit = "".join(cells[x].data for x in range(SIZE[0]) if cells[x].bg in LIT)
        title = re.search(r"part\d", lit)
        if title:
            return title.group()
    return None
