"""The whole static drawing of a flow: cards, routes and zones in cells; stepping changes only how they look."""

from dataclasses import dataclass
from typing import Final

from connectome_tui.events.topology import Topology, Zone
from connectome_tui.graph.detail_levels import CardRow, Face, Level, Spacing, face_of, frame_of, gap_of, spacings
from connectome_tui.graph.folding import fold, fold_zones
from connectome_tui.graph.gutters import Gutter
from connectome_tui.graph.labels import LabelRuns
from connectome_tui.graph.layout import Arrangement, Placement, arrange, place
from connectome_tui.graph.line_map import LineMap
from connectome_tui.graph.parts import Part, Parts
from connectome_tui.graph.plan import Plan, make_plan
from connectome_tui.graph.routes import Rect, Route, trace_routes
from connectome_tui.graph.rows import Sizes, least_rows

RULE_ROWS: Final = 1
"""Rows of the pane above the drawing: the rule with the names of the zones."""


@dataclass(frozen=True, slots=True)
class Card:
    """A part's card in cells of the drawing; its frame is included. `inset`: cells before its text, and behind."""

    part: Part
    x: int
    y: int
    width: int
    height: int
    rows: tuple[CardRow, ...]
    inset: int = 2

    @property
    def rect(self) -> Rect:
        """Its cells."""
        return self.x, self.y, self.width, self.height

    def has(self, x: int, y: int) -> bool:
        """Whether a cell lies on the card."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """A zone's band: its first and last cell."""

    zone: Zone
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that stays where it is while a flow is stepped. `fits`: all of it was inside the pane."""

    plan: Plan
    arrangement: Arrangement
    level: Level
    cards: tuple[Card, ...]
    routes: tuple[Route, ...]
    zones: tuple[ZoneSpan, ...]
    width: int
    height: int
    line_map: LineMap
    labels: LabelRuns
    fits: bool

    @property
    def parts(self) -> Parts:
        """What is drawn."""
        return self.plan.parts

    def card_at(self, x: int, y: int) -> int | None:
        """The card in a cell, by its index."""
        return next((index for index, card in enumerate(self.cards) if card.has(x, y)), None)

    def routes_at(self, x: int, y: int) -> tuple[int, ...]:
        """The routes that use a cell, by their indexes."""
        nets = self.line_map.row(y).get(x, {})
        return tuple(route for routes in nets.values() for route in routes)


def lay_out(
    topology: Topology,
    size: tuple[int, int],
    *,
    level: Level | None = None,
    open_zone: Zone | None = None,
    previous: Picture | None = None,
) -> Picture:
    """Lay a flow out for a pane of `size` (cells, rows): the highest level that fits, or the `level` asked for.

    Pure and deterministic; large topologies are folded, so its cost is linear in them. `previous` is
    the picture of an earlier topology of the same flow, whose order, columns and rows are kept.
    """
    if previous is not None and level is None and previous.level == Level.ZONES:
        level, previous = Level.ZONES, None
    parts = fold_zones(topology) if level == Level.ZONES else fold(topology, open_zone=open_zone)
    if previous is None:
        return fit(make_plan(parts), size, level=level)
    rows = dict(zip(previous.plan.structure.key_of, previous.arrangement.rows.top, strict=True))
    plan = make_plan(parts, previous.plan, rows)
    grown = fit(plan, size, level=previous.level if level is None else level, rows=rows)
    if grown.fits or level is not None or not previous.fits:
        return grown
    # Rows of another level would not be where these are: the order stays, the rows are found anew.
    return fit(plan, size)


def fit(
    plan: Plan,
    size: tuple[int, int],
    *,
    level: Level | None = None,
    reference: Arrangement | None = None,
    rows: dict[str, int] | None = None,
) -> Picture:
    """Draw a plan at the highest level at which all of it is inside the pane, or at `level`, as roomy as it can be."""
    fitter = _Fitter(plan, size, reference, rows)
    if level is not None:
        return fitter.at_level(level)
    for candidate in (Level.STEPS, Level.DETAIL, Level.TITLE, Level.CHIP):
        picture = fitter.if_it_fits(candidate)
        if picture:
            return picture
    return fitter.at_level(Level.CHIP)


def refit(picture: Picture, size: tuple[int, int]) -> Picture:
    """The same drawing for another size: at the same level as long as that fits (SCREENS, "Levels of detail")."""
    kept = fit(picture.plan, size, level=picture.level, reference=picture.arrangement)
    if kept.fits or picture.level == Level.ZONES:
        return kept
    return fit(picture.plan, size, reference=picture.arrangement)


class _Fitter:
    """Tries levels and spacings for one plan and size."""

    def __init__(
        self, plan: Plan, size: tuple[int, int], reference: Arrangement | None, rows: dict[str, int] | None
    ) -> None:
        self.plan, self.reference, self.rows = plan, reference, rows
        self.width, self.height = size[0], size[1] - RULE_ROWS
        self.with_states = any(part.has_state for part in plan.parts.parts)

    def if_it_fits(self, level: Level) -> Picture | None:
        """The drawing at a level in the roomiest spacing at which all of it is inside, or None."""
        structure = self.plan.structure
        faces = self._faces(level, Spacing())
        sizes = Sizes(tuple(face.height for face in faces), frame_of(level), gap_of(level))
        if least_rows(structure, sizes) > self.height or not self._could_be_wide_enough(level):
            return None
        arrangement = arrange(
            structure, faces, level, most_rows=self.height, reference=self.reference, previous=self.rows
        )
        if arrangement.height > self.height:
            return None
        for spacing in spacings(level, with_states=self.with_states):
            placement, faces = self._place(arrangement, spacing)
            if self._is_wide_enough(placement):
                return _draw(self.plan, arrangement, placement, faces, fits=True)
        return None

    def at_level(self, level: Level) -> Picture:
        """The drawing at a level, whether it fits or not: in the roomiest spacing for the width of the pane."""
        fitting = self.if_it_fits(level)
        if fitting:
            return fitting
        faces = self._faces(level, Spacing())
        arrangement = arrange(self.plan.structure, faces, level, reference=self.reference, previous=self.rows)
        candidates = list(spacings(level, with_states=self.with_states))
        last = candidates[-1] if level <= Level.CHIP else Spacing(gutter=5)
        for spacing in (*candidates, last):
            placement, faces = self._place(arrangement, spacing)
            if self._is_wide_enough(placement):
                break
        return _draw(self.plan, arrangement, placement, faces, fits=False)

    def _could_be_wide_enough(self, level: Level) -> bool:
        """Whether the tightest spacing would do if no gutter needed a track."""
        *_, tightest = spacings(level, with_states=self.with_states)
        without_tracks = [Gutter()] * len(self.plan.structure.order)
        return self._is_wide_enough(
            place(self.plan.structure.columns, self._faces(level, tightest), without_tracks, tightest)
        )

    def _is_wide_enough(self, placement: Placement) -> bool:
        # Without a margin the last cell of a zone is only its tint; the pane's edge may cut it.
        return placement.total <= self.width + (1 if placement.spacing.zone_margin == 0 else 0)

    def _faces(self, level: Level, spacing: Spacing) -> list[Face]:
        return [face_of(part, level, spacing) for part in self.plan.parts.parts]

    def _place(self, arrangement: Arrangement, spacing: Spacing) -> tuple[Placement, list[Face]]:
        faces = self._faces(arrangement.level, spacing)
        return place(self.plan.structure.columns, faces, arrangement.gutters, spacing), faces


def _draw(plan: Plan, arrangement: Arrangement, placement: Placement, faces: list[Face], *, fits: bool) -> Picture:
    structure, rows = plan.structure, arrangement.rows
    cards = tuple(
        Card(
            part,
            placement.left[structure.column_of[index]],
            rows.top[index],
            placement.width[structure.column_of[index]],
            rows.height[index],
            faces[index].rows,
            placement.spacing.padding // 2,
        )
        for index, part in enumerate(plan.parts.parts)
    )
    routes = tuple(trace_routes(structure, arrangement, placement))
    line_map = LineMap(routes)
    zones = tuple(
        ZoneSpan(band.zone, first, last)
        for band, (first, last) in zip(structure.columns.bands, placement.zones, strict=True)
    )
    return Picture(
        plan=plan,
        arrangement=arrangement,
        level=arrangement.level,
        cards=cards,
        routes=routes,
        zones=zones,
        width=placement.total,
        height=arrangement.height,
        line_map=line_map,
        labels=LabelRuns(routes, line_map),
        fits=fits,
    )
