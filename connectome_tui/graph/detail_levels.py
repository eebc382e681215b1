"""Levels of detail: what a card shows, and the spacings to try, from the roomiest to the tightest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Literal

from connectome_tui.graph.cells import plain, text_width
from connectome_tui.graph.parts import Part


class Level(IntEnum):
    """How much of each part is shown; `ZONES` shows no parts, one card for each zone."""

    ZONES = -1
    CHIP = 0
    TITLE = 1
    DETAIL = 2
    STEPS = 3


MOST_TITLE_CELLS: Final = 28
MOST_CHIP_CELLS: Final = 20
MOST_DETAIL_CELLS: Final = 24
MOST_STEP_CELLS: Final = 26
_FEW_STEP_CELLS: Final = 18
MOST_STEPS: Final = 6
LEAST_CELLS_FOR_STEPS: Final = 12
ENERGY_CELLS: Final = 5
"""The least width of an amount of energy; with the cells kept free for a mark it has a bar, `0.42 ━━`."""
STATE_CELLS: Final = 2
"""In front of the title of a unit: its state, and a blank."""
PROGRESS_CELLS: Final = 9
"""What a card keeps free for the progress of a unit, so that it never grows: `7/7 12.8s`."""
CHIP_PROGRESS_CELLS: Final = 4
"""What a chip keeps free behind its title for the tasks of a unit, where there is room: ` 3/7`."""
RowKind = Literal["title", "detail", "step", "more", "energy"]


@dataclass(frozen=True, slots=True)
class CardRow:
    """A row of text on a card; `name` is the whole name of a step."""

    kind: RowKind
    text: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Cells around what is drawn.

    `padding` stands inside a card, both sides together, `track_pitch` from one track to the next,
    `gutter` is the least width between columns, `zone_margin` stands at each side of a zone's edge,
    `step_cells` is the least width inside a card that has steps, `most_step_cells` the most that the
    name of a step gets, `mark_cells` are kept free behind a
    title for a mark; where they are not, the mark stands in the padding. `head_cells` stand between
    the last track and a card: the head, and line before it. `progress_cells` are kept free on a chip
    for the tasks of a unit.
    """

    padding: int = 4
    track_pitch: int = 2
    gutter: int = 5
    zone_margin: int = 2
    step_cells: int = 0
    most_step_cells: int = MOST_STEP_CELLS
    mark_cells: int = 2
    head_cells: int = 2
    progress_cells: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """What one level of detail gives each card: its rows, and how wide and high it is at least."""

    rows: tuple[CardRow, ...]
    width: int
    height: int


def frame_of(level: Level) -> int:
    """Rows of a card above its text, and below: its half blocks or its lines. Chips have none."""
    return 0 if level <= Level.CHIP else 1


def gap_of(level: Level) -> int:
    """Blank rows between two cards; half blocks already show air."""
    return 1 if level <= Level.CHIP else 0


def face_of(part: Part, level: Level, spacing: Spacing) -> Face:
    """The card of a part at a level."""
    rows = _rows(part, level, spacing.most_step_cells)
    mark = spacing.mark_cells if level >= Level.TITLE else 0
    if part.has_state:
        mark = STATE_CELLS + (spacing.progress_cells if level <= Level.CHIP else 0)
    wide = max(_cells(row) + (mark if row.kind in {"title", "energy"} else 0) for row in rows)
    if part.has_state and level >= Level.DETAIL:
        wide = max(wide, PROGRESS_CELLS)
    if level == Level.DETAIL and part.steps:
        wide = max(wide, spacing.step_cells)
    return Face(rows, wide + spacing.padding, 2 * frame_of(level) + len(rows))


def spacings(level: Level, *, with_states: bool = False) -> Iterator[Spacing]:
    """The spacings to try at a level, the roomiest first.

    `with_states`: of a run, which is wide for its many levels and has its progress on the cards.
    """
    if with_states:
        yield from _spacings_of_run(level)
        return
    if level <= Level.CHIP:
        yield Spacing(gutter=5)
        yield Spacing(gutter=1)
        yield Spacing(padding=3, gutter=1, zone_margin=1)
        yield Spacing(padding=3, gutter=1, zone_margin=0)
        yield Spacing(padding=3, track_pitch=1, gutter=1, zone_margin=0)
        yield Spacing(padding=3, track_pitch=1, gutter=1, zone_margin=0, head_cells=1)
        yield Spacing(padding=2, track_pitch=1, gutter=1, zone_margin=0, head_cells=1)
        return
    if level == Level.STEPS:
        for most_step_cells in (MOST_STEP_CELLS, _FEW_STEP_CELLS):
            for gutter in (13, 9, 5, 1):
                yield Spacing(gutter=gutter, most_step_cells=most_step_cells)
        yield Spacing(gutter=1, most_step_cells=_FEW_STEP_CELLS, mark_cells=1)
        return
    for step_cells in (LEAST_CELLS_FOR_STEPS, 0) if level == Level.DETAIL else (0,):
        for gutter in (13, 9, 5, 1):
            yield Spacing(gutter=gutter, step_cells=step_cells)
    yield Spacing(gutter=1, mark_cells=1)


def _spacings_of_run(level: Level) -> Iterator[Spacing]:
    if level > Level.CHIP:
        yield from spacings(level)
        yield Spacing(padding=2, gutter=1, zone_margin=0, mark_cells=0)
        yield Spacing(padding=2, track_pitch=1, gutter=1, zone_margin=0, mark_cells=0, head_cells=1)
        return
    for spacing in spacings(level):
        yield replace(spacing, progress_cells=CHIP_PROGRESS_CELLS)
    yield from spacings(level)


def _rows(part: Part, level: Level, most_step_cells: int) -> tuple[CardRow, ...]:
    title = CardRow("title", plain(part.title, MOST_TITLE_CELLS if level >= Level.TITLE else MOST_CHIP_CELLS))
    if level <= Level.TITLE:
        return (title,)
    rows = [title]
    if part.detail or part.steps or part.has_state:
        rows.append(CardRow("detail", plain(part.detail, MOST_DETAIL_CELLS)))
    if level >= Level.STEPS:
        rows.extend(_step_rows(part.steps, most_step_cells))
    if part.has_energy:
        rows.append(CardRow("energy"))
    return tuple(rows)


def _step_rows(steps: tuple[str, ...], most_cells: int) -> Iterator[CardRow]:
    shown = steps if len(steps) <= MOST_STEPS else steps[: MOST_STEPS - 1]
    for step in shown:
        yield CardRow("step", plain(step, most_cells, "middle"), step)
    if len(shown) < len(steps):
        yield CardRow("more", f"{len(steps) - len(shown)} more")


def _cells(row: CardRow) -> int:
    if row.kind == "energy":
        return ENERGY_CELLS
    return text_width(row.text) + (2 if row.kind in {"step", "more"} else 0)
