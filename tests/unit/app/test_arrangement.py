"""Where everything stands: sizes in, places out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.app.arrangement import DetailWish, Place, arrange, too_small

SIZES = st.tuples(st.integers(60, 400), st.integers(16, 150))
WISHES: list[DetailWish] = ["none", "for_log", "for_graph"]


@pytest.mark.parametrize(
    ("size", "graph", "now", "log"), [((80, 24), 11, 3, 8), ((120, 40), 20, 4, 14), ((200, 55), 29, 4, 20)]
)
def test_the_heights_of_the_usual_sizes(size: tuple[int, int], graph: int, now: int, log: int) -> None:
    """The three sizes that the screens were drawn for have the heights that were drawn."""
    places = arrange(*size)
    assert places.graph is not None
    assert places.log is not None
    assert (places.graph.height, places.now.height, places.log.height) == (graph, now, log)


@given(SIZES, st.sampled_from(WISHES), st.booleans())
def test_every_cell_belongs_to_one_part(size: tuple[int, int], detail: DetailWish, banner: bool) -> None:  # noqa: FBT001
    """At any size nothing overlaps, nothing is left over, and log and graph have their least heights."""
    width, height = size
    places = arrange(width, height, banner=banner, detail=detail)
    parts = [place for place in _parts(places) if place is not None]
    assert sum(place.width * place.height for place in parts) == width * height
    for number, one in enumerate(parts):
        for other in parts[number + 1 :]:
            assert not _overlap(one, other)
    assert places.log is None or places.log.height >= 5
    assert places.graph is None or places.graph.height >= 5


def _parts(places: object) -> list[Place | None]:
    return [getattr(places, name) for name in ("header", "banner", "graph", "now", "log", "detail", "footer")]


def _overlap(one: Place, other: Place) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize(
    ("width", "detail", "covered"), [(80, "for_log", "graph"), (80, "for_graph", "log"), (99, "for_log", "graph")]
)
def test_a_narrow_detail_covers_the_other_pane(width: int, detail: DetailWish, covered: str) -> None:
    """Below 100 columns the detail stands where the pane was that the selection was not made in."""
    places, without = arrange(width, 24, detail=detail), arrange(width, 24)
    assert getattr(places, covered) is None
    assert places.detail == getattr(without, covered)


def test_a_medium_detail_takes_44_percent_of_the_log() -> None:
    """From 100 to 159 columns the graph keeps every cell and the detail stands beside the log."""
    places = arrange(120, 40, detail="for_log")
    assert places.graph == arrange(120, 40).graph
    assert places.detail is not None
    assert (places.detail.width, places.detail.height) == (52, 14)


@pytest.mark.parametrize(("width", "columns"), [(160, 48), (200, 60), (240, 64)])
def test_a_wide_detail_is_always_there(width: int, columns: int) -> None:
    """From 160 columns on it has 30 percent of the width, at most 64, at full height."""
    places = arrange(width, 55)
    assert places.detail == Place(width - columns, 1, columns, 53)


@pytest.mark.parametrize(("size", "text"), [((60, 16), None), ((52, 14), "needs 60x16, has 52x14")])
def test_what_is_too_small(size: tuple[int, int], text: str | None) -> None:
    """Below 60x16 one line says what is needed."""
    assert too_small(*size) == text
