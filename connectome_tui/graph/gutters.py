"""Gutters: each net is one vertical trunk between two columns, on a track of its own.

A net comes from the left in some rows and leaves to the right in others. Where net `b` comes from the
left in a row in which net `a` leaves to the right, `a` must be right of `b`, or both would use the
same cells. Where such demands form a circle, a net gets a dogleg: its trunk is cut in two that are
joined in a row that nobody else uses. So two nets never share a cell except where they cross.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectome_tui.graph.nets import RIGHT, Structure
from connectome_tui.graph.rows import Rows

NetEnds = dict[int, tuple[set[int], set[int]]]
"""For each net in a gutter, its rows at the left edge and at the right edge."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """The tracks of a net in one gutter; with a dogleg, `second` and the row in which the two are joined."""

    first: int
    second: int = -1
    dogleg_row: int = -1


@dataclass(slots=True)
class Gutter:
    """Trunks by net (a net that goes straight has none), and the number of tracks."""

    trunks: dict[int, Trunk] = field(default_factory=dict)
    tracks: int = 0
    sequence: list[int] = field(default_factory=list)

    @property
    def doglegs(self) -> int:
        """How many of its trunks are cut."""
        return sum(trunk.dogleg_row >= 0 for trunk in self.trunks.values())


@dataclass(slots=True, eq=False)
class _Piece:
    """A trunk, or a half of one, while its place is being found."""

    net: int
    left: frozenset[int]
    right: frozenset[int]
    half: int = 0
    low: int = 0
    high: int = 0
    score: float = 0
    after: set["_Piece"] = field(default_factory=set, repr=False)
    track: int = 0

    def __post_init__(self) -> None:
        rows = self.left | self.right
        self.low, self.high = min(rows), max(rows)

    def meets(self, other: "_Piece") -> bool:
        """Whether both have rows in common, so that they cannot share a track."""
        return self.low <= other.high and other.low <= self.high

    def crossings_left_of(self, other: "_Piece") -> int:
        """What crosses when this one stands left of the other."""
        crossings = 0
        for row in self.right:
            if other.low <= row <= other.high:
                crossings += 1
        for row in other.left:
            if self.low <= row <= self.high:
                crossings += 1
        return crossings

    def gain_left_of(self, other: "_Piece") -> int:
        """How many crossings it saves to stand left of the other, not right of it."""
        return other.crossings_left_of(self) - self.crossings_left_of(other) if self.meets(other) else 0


def find_gutters(structure: Structure, rows: Rows, reference: Sequence[Gutter] | None = None) -> list[Gutter]:
    """The tracks of every gutter. With `reference` (another level of detail) trunks keep their order where they can."""
    ends = ends_in_gutters(structure, rows, range(len(structure.order)))
    return [
        pack_gutter(ends[gutter], reference[gutter].sequence if reference else [])
        for gutter in range(len(structure.order))
    ]


def ends_in_gutters(structure: Structure, rows: Rows, gutters: Iterable[int]) -> dict[int, NetEnds]:
    """For some gutters, the rows in which each net comes from the left and leaves to the right."""
    ends: dict[int, NetEnds] = {gutter: {} for gutter in gutters}
    for joint in structure.joints:
        nets = ends.get(joint.gutter)
        if nets is not None:
            left, right = nets.setdefault(joint.net, (set(), set()))
            for item, side in ((joint.near, joint.near_side), (joint.far, joint.far_side)):
                (left if side == RIGHT else right).add(rows.port[item][side][joint.net])
    return ends


def pack_gutter(nets: NetEnds, familiar: Sequence[int] = ()) -> Gutter:
    """Order the trunks of one gutter, as they stand in `familiar` where they can, and pack them into tracks."""
    pieces = [
        _Piece(net, frozenset(left), frozenset(right)) for net, (left, right) in nets.items() if len(left | right) > 1
    ]
    if not pieces:
        return Gutter()
    place = {net: at for at, net in enumerate(familiar)}
    pieces.sort(key=lambda piece: (place.get(piece.net, -1), sum(piece.right) / max(1, len(piece.right)), piece.net))
    used_rows = {row for left, right in nets.values() for row in (*left, *right)}
    ordered = _order(pieces, used_rows, keep_order=bool(familiar))
    for at, piece in enumerate(ordered):
        piece.track = max((other.track + 1 for other in ordered[:at] if other.meets(piece)), default=0)
    gutter = Gutter(tracks=1 + max(piece.track for piece in ordered))
    for piece in ordered:
        if piece.half == 0:
            gutter.trunks[piece.net] = Trunk(piece.track)
        elif piece.half == 1:
            (row,) = piece.right
            second = next(other for other in ordered if other.net == piece.net and other.half == 2)
            gutter.trunks[piece.net] = Trunk(piece.track, second.track, row)
        gutter.sequence.append(piece.net)
    return gutter


def _order(pieces: list[_Piece], used_rows: set[int], *, keep_order: bool) -> list[_Piece]:
    """From left to right: next is what gains most (`keep_order`: what is first) and need not wait for another."""
    for at, one in enumerate(pieces):
        for other in pieces[at + 1 :]:
            _compare(one, other)
    ordered: list[_Piece] = []
    waiting = list(pieces)
    while waiting:
        free = [piece for piece in waiting if not piece.after]
        if not free:
            victim = min(waiting, key=lambda piece: len(piece.after))
            waiting.remove(victim)
            halves = _cut(victim, waiting, used_rows)
            waiting.extend(halves)
            free = [halves[0]]
        chosen = free[0] if keep_order else max(free, key=lambda piece: piece.score)
        waiting.remove(chosen)
        ordered.append(chosen)
        for piece in waiting:
            piece.after.discard(chosen)
            piece.score -= piece.gain_left_of(chosen)
    return ordered


def _compare(one: _Piece, other: _Piece) -> None:
    """Note which must stand left of which, and what each gains by standing left of the other."""
    if not one.meets(other):
        return
    if one.right & other.left:
        one.after.add(other)
    if other.right & one.left:
        other.after.add(one)
    gain = one.gain_left_of(other)
    one.score += gain
    other.score -= gain


def _cut(victim: _Piece, waiting: Sequence[_Piece], used_rows: set[int]) -> tuple[_Piece, _Piece]:
    """Cut a trunk: what comes from the left, and what leaves to the right, joined in a row of their own."""
    row = _nearest_free((victim.low + victim.high) // 2, used_rows)
    used_rows.add(row)
    joint = frozenset((row,))
    first, second = _Piece(victim.net, victim.left, joint, half=1), _Piece(victim.net, joint, victim.right, half=2)
    for piece in waiting:
        if victim in piece.after:
            piece.after.discard(victim)
            piece.after.add(first)
        piece.score -= piece.gain_left_of(victim)
        for half in (first, second):
            gain = half.gain_left_of(piece)
            half.score += gain
            piece.score -= gain
    second.after = {*victim.after, first}
    return first, second


def _nearest_free(row: int, used: set[int]) -> int:
    """The free row nearest to `row`, never above the first."""
    for distance in range(len(used) + row + 1):
        for candidate in (row - distance, row + distance):
            if candidate >= 0 and candidate not in used:
                return candidate
    raise AssertionError("there is always a free row below")
