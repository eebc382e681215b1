"""The spans of one trace in relation: parents, order, duplicates, and the nodes each comes from and goes to.

Works on columns alone, so that counts and the list of flows need no span to be read again, and the
events of a flow are made from the very same decisions.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectome_tui.traces.columns import IS_CALLED, NO_TIME, PARENT_IS_LOCAL, Columns
from connectome_tui.traces.order import ROOT, cut_cycles, depth_first
from connectome_tui.traces.places import UNKNOWN_NODE, NodeKey, Place

SKEW_TOLERANCE_NS: Final = 1_000_000
"""A child may start this much before its parent without a note: clocks tick coarsely (SPAN-4)."""

_LAST: Final = 1 << 63


@dataclass(slots=True)
class Structure:
    """What was found out about a trace; all lists but `rows` speak of spans by their place in `rows`.

    `rows` are rows of the columns without repeated spans, in the order they came. `parents` is `ROOT`
    for roots and orphans. `order` is causal. `sources` and `targets` are the nodes of each span's
    event. `copies` counts how often a repeated span came, `cut` lists spans freed from a cycle.
    """

    rows: list[int]
    parents: list[int]
    by_start: list[int]
    order: list[int]
    sources: list[NodeKey] = field(default_factory=list)
    targets: list[NodeKey] = field(default_factory=list)
    orphans: set[int] = field(default_factory=set)
    cut: list[int] = field(default_factory=list)
    copies: dict[int, int] = field(default_factory=dict)
    skews: dict[int, int] = field(default_factory=dict)
    """How much earlier than its parent a span started, in ns."""
    answered_by: list[int] = field(default_factory=list)
    """The first span below each span that entered a service, which so is its callee; `ROOT` for none."""


def structure_of(columns: Columns, rows: Sequence[int]) -> Structure:
    """Relate the spans of one trace, given by their rows."""
    distinct, copies = _without_copies(columns, rows)
    parents, orphans = _parents(columns, distinct)
    by_start = _by_start(columns, distinct)
    cut: list[int] = []
    order = depth_first(parents, by_start)
    if len(order) < len(parents):
        parents, cut = cut_cycles(parents, by_start)
        order = depth_first(parents, by_start)
    structure = Structure(distinct, parents, by_start, order, copies=copies)
    structure.orphans, structure.cut = orphans, cut
    _find_skew(columns, structure)
    _find_nodes(columns, structure)
    return structure


def _without_copies(columns: Columns, rows: Sequence[int]) -> tuple[list[int], dict[int, int]]:
    """The rows of distinct spans, and how often those came that came more than once."""
    if len(rows) == 1:
        return list(rows), {}
    keys = columns.keys
    place_of: dict[Hashable, int] = {}
    distinct: list[int] = []
    copies: dict[int, int] = {}
    for row in rows:
        place = place_of.setdefault(keys[row], len(distinct))
        if place == len(distinct):
            distinct.append(row)
        else:
            copies[place] = copies.get(place, 1) + 1
    return distinct, copies


def _parents(columns: Columns, rows: list[int]) -> tuple[list[int], set[int]]:
    """The place of each span's parent, and the spans whose parent is not there."""
    span_ids, parent_ids, flags = columns.span_ids, columns.parent_ids, columns.flags
    first: dict[Hashable, int] = {}
    shared: dict[Hashable, list[int]] = {}
    for place, row in enumerate(rows):
        earlier = first.setdefault(span_ids[row], place)
        if earlier != place:
            shared.setdefault(span_ids[row], [earlier]).append(place)
    parents: list[int] = []
    orphans: set[int] = set()
    for place, row in enumerate(rows):
        if shared and flags[row] & IS_CALLED and span_ids[row] in shared:
            caller = next((half for half in shared[span_ids[row]] if not flags[rows[half]] & IS_CALLED), None)
            if caller is not None:
                parents.append(caller)
                continue
        wanted = parent_ids[row]
        if not wanted:
            parents.append(ROOT)
            continue
        parent = first.get(wanted, ROOT)
        if parent != ROOT and wanted in shared:
            parent = _nearest_half(columns, rows, shared[wanted], row)
        if parent == ROOT:
            orphans.add(place)
        parents.append(parent)
    return parents, orphans


def _nearest_half(columns: Columns, rows: list[int], halves: list[int], row: int) -> int:
    """Which of the spans that share an id is the parent: the one that answers in the child's own service."""
    service = columns.place_list[columns.places[row]].service

    def rank(half: int) -> tuple[bool, bool]:
        place = columns.place_list[columns.places[rows[half]]]
        return place.service != service, not place.entry

    return min(halves, key=rank)


def _by_start(columns: Columns, rows: list[int]) -> list[int]:
    """Places by start, then end, then as they came (exporters send what ends first, first); without a time last."""
    if len(rows) == 1:
        return [0]
    starts, ends = [columns.starts[row] for row in rows], [columns.ends[row] for row in rows]
    if NO_TIME in starts:
        pairs = zip(starts, ends, strict=True)
        starts = [start if start != NO_TIME else end if end != NO_TIME else _LAST for start, end in pairs]
    return [place for _, _, place in sorted(zip(starts, ends, range(len(rows)), strict=True))]


def _find_skew(columns: Columns, structure: Structure) -> None:
    starts, rows = columns.starts, structure.rows
    for place, parent in enumerate(structure.parents):
        if parent == ROOT:
            continue
        start, before = starts[rows[place]], starts[rows[parent]]
        if start < before - SKEW_TOLERANCE_NS and start != NO_TIME:
            structure.skews[place] = before - start


def _find_nodes(columns: Columns, structure: Structure) -> None:
    """Fill `sources`, `targets` and `answered_by`: callers before what they call."""
    places = [columns.place_list[columns.places[row]] for row in structure.rows]
    services = {place.service.name: place.service for place in places}
    structure.answered_by = answered_by = _answered_by(structure, places)
    homes: list[NodeKey] = [UNKNOWN_NODE] * len(places)
    structure.sources, structure.targets = homes[:], homes[:]
    for item in structure.order:
        place, parent = places[item], structure.parents[item]
        beside = parent != ROOT and places[parent].service == place.service
        base = homes[parent] if beside and not place.entry else place.service
        target = _target(place, base, services, reached=answered_by[item] != ROOT)
        homes[item] = target if place.rule == "acting" else base
        structure.targets[item] = target
        outward = target not in {base, place.service} and place.rule != "acting"
        if parent != ROOT and (beside or not outward):
            structure.sources[item] = homes[parent]
        else:
            structure.sources[item] = _source_of_root(columns, structure, item, place, target)


def _answered_by(structure: Structure, places: list[Place]) -> list[int]:
    """For each span the first below it that entered a service, within the span's own process up to there."""
    answered_by = [ROOT] * len(places)
    for item in reversed(structure.order):
        parent = structure.parents[item]
        if parent == ROOT:
            continue
        if places[item].entry or places[item].service != places[parent].service:
            answered_by[parent] = item
        elif answered_by[item] != ROOT:
            answered_by[parent] = answered_by[item]
    return answered_by


def _target(place: Place, base: NodeKey, services: dict[str, NodeKey], *, reached: bool) -> NodeKey:
    if place.rule in {"peer", "acting"}:
        return place.peer
    if place.rule == "peer_unless_reached" and not reached:
        return services.get(place.peer_host) or services.get(place.peer.name) or place.peer
    return base


def _source_of_root(columns: Columns, structure: Structure, item: int, place: Place, target: NodeKey) -> NodeKey:
    """Where a span without a known parent comes from, as far as the span itself says so."""
    is_call = place.rule in {"peer", "peer_unless_reached"}
    if is_call or (place.rule == "acting" and target.kind in {"tool", "retriever"}):
        return place.service
    if item in structure.orphans:
        is_local = columns.flags[structure.rows[item]] & PARENT_IS_LOCAL
        return place.service if is_local else UNKNOWN_NODE
    return place.peer if place.rule == "from_peer" else target
