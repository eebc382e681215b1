"""The part of the layout that does not depend on the size of the screen: columns and the order inside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from connectome_tui.graph.columns import Columns, ranks_in_zones, spread_columns
from connectome_tui.graph.detail_levels import Face, Level, Spacing, face_of, frame_of
from connectome_tui.graph.gutters import Gutter
from connectome_tui.graph.layout import place
from connectome_tui.graph.nets import Structure, build_structure, nets_of
from connectome_tui.graph.ordering import order_items
from connectome_tui.graph.parts import Parts

MOST_COLUMNS_IN_ZONE: Final = 6
MOST_GROWN_COLUMNS: Final = 4
"""As a graph grows, a zone gets more columns up to this number; what was there stays in its own."""
BEST_SHAPE: Final = 4.0
"""Cells of width for one of height that a drawing comes nearest to."""
_SHAPE_SPACING: Final = Spacing(gutter=5)
_BEND_BACK: Final = 4.0
"""What it would cost if all edges stayed inside a column, where they bend back and hide where they lead."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn, and its order: the same at every level of detail and every size."""

    parts: Parts
    structure: Structure


def make_plan(parts: Parts, previous: "Plan | None" = None, rows: Mapping[str, int] | None = None) -> Plan:
    """Choose columns, and order what stands in them.

    With `previous` and the `rows` that its items had, everything that was there keeps its place among the others.
    """
    structure = _best_structure(parts) if previous is None else _with_columns_of(parts, previous)
    order_items(structure, rows)
    return Plan(parts, structure)


def _best_structure(parts: Parts) -> Structure:
    """The structure whose shape comes nearest to four cells of width for one of height."""
    if not parts.parts:
        return build_structure(parts, Columns((), ()))
    ranks = ranks_in_zones(parts)
    if any(part.column is not None for part in parts.parts):
        return build_structure(parts, spread_columns(parts, ranks, max(ranks) + 1))
    widest = min(MOST_COLUMNS_IN_ZONE, max(ranks, default=0) + 1)
    candidates = [spread_columns(parts, ranks, most) for most in range(1, widest + 1)]
    faces = [face_of(part, Level.DETAIL, _SHAPE_SPACING) for part in parts.parts]
    return build_structure(parts, min(candidates, key=lambda columns: _distance_from_best_shape(parts, columns, faces)))


def _with_columns_of(parts: Parts, previous: Plan) -> Structure:
    """A structure that gives each part the column it had, relative to its zone; parts that had no edge yet are free."""
    old = previous.structure.columns
    joined = {end for way in previous.parts.ways for end in (way.source, way.target)}
    offset = {
        part.id: column - next(band.first for band in old.bands if band.zone == part.zone)
        for index, (part, column) in enumerate(zip(previous.parts.parts, old.of_part, strict=True))
        if index in joined
    }
    given = [part.column + 1 for part in parts.parts if part.column is not None]
    widest = max([*(band.last - band.first + 1 for band in old.bands), *given], default=1)
    most = max(widest, MOST_GROWN_COLUMNS)
    ranks = [
        min(rank, widest - 1) if part.column is not None else offset.get(part.id, min(rank, most - 1))
        for part, rank in zip(parts.parts, ranks_in_zones(parts), strict=True)
    ]
    return build_structure(parts, spread_columns(parts, ranks, most))


def _distance_from_best_shape(parts: Parts, columns: Columns, faces: Sequence[Face]) -> float:
    """How far the shape is from the best one, from the sizes of cards and the number of nets, without a layout."""
    nets_in_gutter = [0] * columns.count
    ports = [[0, 0] for _ in faces]
    rows = [0] * columns.count
    bent = 0
    for (source, *_, forward), members in nets_of(parts.ways, columns).items():
        start = columns.of_part[source]
        ends = [columns.of_part[parts.ways[way].target] for way in members]
        ports[source][forward] += 1
        for way, end in zip(members, ends, strict=True):
            ports[parts.ways[way].target][not forward or end == start] += 1
        bent += ends.count(start)
        low, high = min(start, *ends), max(start, *ends)
        for column in range(low, max(high, low + 1)):
            nets_in_gutter[column] += 1
        for column in range(low + 1, high):
            rows[column] += 1
    for part, face in enumerate(faces):
        rows[columns.of_part[part]] += max(face.height, 2 * frame_of(Level.DETAIL) + max(ports[part]))
    # Half of the nets in a gutter need a track; the others go straight or share one.
    gutters = [Gutter(tracks=(nets + 1) // 2) for nets in nets_in_gutter]
    width = place(columns, faces, gutters, _SHAPE_SPACING).total
    return abs(log(width / max(rows) / BEST_SHAPE)) + _BEND_BACK * bent / max(1, len(parts.ways))
