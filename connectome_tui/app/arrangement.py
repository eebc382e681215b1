"""Where everything stands on the screen, from its size alone: sizes in, places out, in cells."""

from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.store.state import ViewState

LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 16
NARROW_BELOW: Final = 100
"""Below this width the detail panel covers a pane."""
WIDE_FROM: Final = 160
"""From this width on the detail panel is always there."""

DetailWish = Literal["none", "for_log", "for_graph"]
"""Whether the detail panel is asked for, and in which pane the selection was made that it shows."""


def wish_for_detail(view: ViewState) -> DetailWish:
    """What the detail panel is asked to show."""
    if view.selection is None or not view.detail_open:
        return "none"
    return "for_graph" if view.selection.kind in {"node", "edge"} else "for_log"


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The place of each part; None for a part that is not shown (covered, or not asked for)."""

    header: Place
    banner: Place | None
    graph: Place | None
    now: Place
    log: Place | None
    detail: Place | None
    footer: Place


def too_small(width: int, height: int) -> str | None:
    """What is said instead of the screen when it does not fit, or None when it does."""
    if width >= LEAST_WIDTH and height >= LEAST_HEIGHT:
        return None
    return f"needs {LEAST_WIDTH}x{LEAST_HEIGHT}, has {width}x{height}"


def arrange(width: int, height: int, *, banner: bool = False, detail: DetailWish = "none") -> Arrangement:
    """The places for a screen of at least 60x16 cells."""
    assert too_small(width, height) is None, "a screen this small shows one line instead"
    wide = width >= WIDE_FROM
    detail_width = min(64, width * 3 // 10) if wide else 0
    main_width = width - detail_width
    now_height = 3 if height < 30 else 4
    rest = height - 2 - now_height
    log_height = max(5, round(0.4 * rest))
    top = 2 if banner else 1
    now_y = height - 1 - log_height - now_height
    graph = Place(0, top, main_width, now_y - top)
    log = Place(0, now_y + now_height, main_width, log_height)
    shown_graph, shown_log, shown_detail = _with_detail(graph, log, detail, width)
    if wide:
        shown_detail = Place(main_width, top, detail_width, height - 1 - top)
    return Arrangement(
        header=Place(0, 0, width, 1),
        banner=Place(0, 1, width, 1) if banner else None,
        graph=shown_graph,
        now=Place(0, now_y, main_width, now_height),
        log=shown_log,
        detail=shown_detail,
        footer=Place(0, height - 1, width, 1),
    )


def _with_detail(
    graph: Place, log: Place, detail: DetailWish, width: int
) -> tuple[Place | None, Place | None, Place | None]:
    """Graph, log and detail on a screen that is not wide."""
    if detail == "none" or width >= WIDE_FROM:
        return graph, log, None
    if width < NARROW_BELOW:
        return (None, log, graph) if detail == "for_log" else (graph, None, log)
    detail_width = width * 44 // 100
    left = Place(log.x, log.y, log.width - detail_width, log.height)
    return graph, left, Place(left.width, log.y, detail_width, log.height)
