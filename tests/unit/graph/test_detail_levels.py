"""What a card shows at each level of detail, and how large that makes it."""

import pytest

from connectome_tui.graph.detail_levels import MOST_STEPS, Level, Spacing, face_of, spacings
from connectome_tui.graph.parts import Part

API = Part("service:api", "api", "BACKEND", "python", ("check", "reserve"), has_energy=True)


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        (Level.CHIP, ["title"]),
        (Level.TITLE, ["title"]),
        (Level.DETAIL, ["title", "detail", "energy"]),
        (Level.STEPS, ["title", "detail", "step", "step", "energy"]),
    ],
)
def test_rows_of_a_card(level: Level, kinds: list[str]) -> None:
    """SCREENS "Levels of detail": title; + detail; + steps; energy last, when the flow has it."""
    assert [row.kind for row in face_of(API, level, Spacing()).rows] == kinds


def test_a_card_is_two_cells_wider_than_its_title() -> None:
    """SCREENS "Cards": room for a mark, beside the padding."""
    assert face_of(Part("a", "a long title", "BACKEND"), Level.TITLE, Spacing()).width == 12 + 2 + 4


def test_a_card_with_steps_has_room_for_the_lit_one() -> None:
    """SCREENS level 2: at least 12 cells inside when it has steps of its own."""
    assert face_of(API, Level.DETAIL, Spacing(step_cells=12)).width == 12 + 4
    assert face_of(Part("a", "db", "GRAPH"), Level.DETAIL, Spacing(step_cells=12)).width == 2 + 2 + 4


def test_many_steps_are_cut() -> None:
    """SCREENS level 3: a card lists a few steps and says how many more there are."""
    part = Part("a", "api", "BACKEND", steps=tuple(f"step {at}" for at in range(20)))
    rows = face_of(part, Level.STEPS, Spacing()).rows
    assert len(rows) == 2 + MOST_STEPS
    assert rows[-1].text == f"{20 - MOST_STEPS + 1} more"


@pytest.mark.parametrize("level", [level for level in Level if level >= Level.TITLE])
def test_gutters_get_narrower(level: Level) -> None:
    """SCREENS "Levels of detail": the widest gutters come first: 13, 9, 5, 1."""
    assert list(dict.fromkeys(spacing.gutter for spacing in spacings(level))) == [13, 9, 5, 1]


def test_chips_give_up_padding_and_zone_gutters() -> None:
    """SCREENS level 0: padding 2, then 1 (with a blank before the mark as long as it fits), zone gutters 2, 1, 0."""
    tried = list(spacings(Level.CHIP))
    assert list(dict.fromkeys(spacing.padding for spacing in tried)) == [4, 3, 2]
    assert list(dict.fromkeys(spacing.zone_margin for spacing in tried)) == [2, 1, 0]
