"""Where everything stands: columns, rows, tracks and cells, as integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.graph.columns import Columns
from connectome_tui.graph.detail_levels import Face, Level, Spacing, frame_of, gap_of
from connectome_tui.graph.gutters import Gutter, find_gutters
from connectome_tui.graph.mending import mend_doglegs
from connectome_tui.graph.nets import Structure
from connectome_tui.graph.rows import Rows, Sizes, find_rows

_PORT_CELLS: Final = 1


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Rows and tracks of a structure at one level of detail."""

    level: Level
    rows: Rows
    gutters: tuple[Gutter, ...]

    @property
    def height(self) -> int:
        """Rows that the drawing takes."""
        doglegs = (trunk.dogleg_row + 1 for gutter in self.gutters for trunk in gutter.trunks.values())
        return max(self.rows.total, max(doglegs, default=0))


@dataclass(frozen=True, slots=True)
class Placement:
    """Cells from the left edge of the drawing, which is the edge of the first zone.

    For each column its first cell and its width, for each gutter its first track, for each zone its
    first and last cell.
    """

    spacing: Spacing
    left: tuple[int, ...]
    width: tuple[int, ...]
    track: tuple[int, ...]
    zones: tuple[tuple[int, int], ...]
    total: int


def arrange(
    structure: Structure,
    faces: Sequence[Face],
    level: Level,
    *,
    most_rows: int | None = None,
    reference: Arrangement | None = None,
    previous: dict[str, int] | None = None,
) -> Arrangement:
    """Find rows and tracks. `reference` is the same structure at another level, whose order of trunks is kept."""
    sizes = Sizes(tuple(face.height for face in faces), frame_of(level), gap_of(level))
    rows = find_rows(structure, sizes, most=most_rows, previous=previous)
    most = max(rows.total + 1, most_rows or 0)
    gutters = find_gutters(structure, rows, reference.gutters if reference else None)
    if any(gutter.doglegs for gutter in gutters) and not previous:
        gutters = mend_doglegs(structure, rows, gutters, sizes.gap, most)
    return Arrangement(level, rows, tuple(gutters))


def place(columns: Columns, faces: Sequence[Face], gutters: Sequence[Gutter], spacing: Spacing) -> Placement:
    """Give every column and gutter its cells; all cards of a column are as wide as the widest."""
    widths = [4] * columns.count
    for part, column in enumerate(columns.of_part):
        widths[column] = max(widths[column], faces[part].width)
    ends = {band.last for band in columns.bands}
    starts = {band.first for band in columns.bands}
    margin = spacing.zone_margin
    inset = min(2, 1 + margin)
    left, track, x = [], [], inset
    for column, width in enumerate(widths):
        left.append(x)
        outer = margin if column in ends else 0
        track.append(x + width + _PORT_CELLS + outer)
        tracks = (gutters[column].tracks - 1) * spacing.track_pitch + 1
        least = spacing.gutter if column + 1 < columns.count else 1
        inner = margin if column + 1 in starts else 0
        x += width + _PORT_CELLS + outer + max(least, tracks) + spacing.head_cells + inner
    zones = tuple((left[band.first] - inset, left[band.last] + widths[band.last] + 1) for band in columns.bands)
    ends_at = [zones[-1][1]] if zones else [-1]
    if gutters and gutters[-1].tracks:
        ends_at.append(track[-1] + (gutters[-1].tracks - 1) * spacing.track_pitch)
    return Placement(spacing, tuple(left), tuple(widths), tuple(track), zones, max(ends_at) + 1)
