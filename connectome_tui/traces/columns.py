"""Spans as columns of what order, nodes and counts are made of; of whole files compact, about 60 bytes a span."""

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from connectome_tui.traces.places import Place
from connectome_tui.traces.span import Span

NO_TIME: Final = -1

ERROR: Final = 1
PARENT_IS_LOCAL: Final = 2
"""The exporter says that the parent was in the same process (OTLP flags)."""
IS_CALLED: Final = 4
"""It is the half of a shared span id that answers (Zipkin)."""

HAS_IS_REMOTE: Final = 0x100
IS_REMOTE: Final = 0x200
"""OTLP flags of a span: whether it says where its parent was, and that this was another process."""


_BOTH: Final = HAS_IS_REMOTE | IS_REMOTE


Ids = Sequence[str] | Sequence[int]
"""Ids, or hashes of them; false for none."""


class Columns(Protocol):
    """What of spans decides how they are related, each by its row. Ids need only be told apart within one trace."""

    @property
    def keys(self) -> Ids:
        """What tells spans apart."""
        ...

    @property
    def span_ids(self) -> Ids:
        """What parents are found by."""
        ...

    @property
    def parent_ids(self) -> Ids:
        """The same of the parent."""
        ...

    @property
    def starts(self) -> Sequence[int]:
        """When it began, in ns, or `NO_TIME`."""
        ...

    @property
    def ends(self) -> Sequence[int]:
        """When it was over, in ns, or `NO_TIME`."""
        ...

    @property
    def flags(self) -> Sequence[int]:
        """`PARENT_IS_LOCAL`, `IS_CALLED`."""
        ...

    @property
    def places(self) -> Sequence[int]:
        """Which of the places."""
        ...

    @property
    def place_list(self) -> Sequence[Place]:
        """The places."""
        ...


class TraceColumns(NamedTuple):
    """The spans of one trace, which are in memory anyhow."""

    keys: Sequence[str]
    span_ids: Sequence[str]
    parent_ids: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    flags: Sequence[int]
    places: Sequence[int]
    place_list: Sequence[Place]


def columns_of(spans: Sequence[Span], places: Sequence[Place]) -> TraceColumns:
    """The spans of one trace, each with its place."""
    return TraceColumns(
        [span.key for span in spans],
        [span.span_id for span in spans],
        [span.parent_id for span in spans],
        [NO_TIME if span.start_ns is None else span.start_ns for span in spans],
        [NO_TIME if span.end_ns is None else span.end_ns for span in spans],
        [_flags_of(span, place) for span, place in zip(spans, places, strict=True)],
        range(len(spans)),
        places,
    )


class SpanColumns:
    """The spans of whole files, appended in groups. Ids are kept as hashes."""

    def __init__(self) -> None:
        self.keys = array("q")
        self.span_ids = array("q")
        self.parent_ids = array("q")
        self.starts = array("q")
        self.ends = array("q")
        self.places = array("I")
        self.flags = array("B")
        self.event_counts = array("I")
        self.link_counts = array("I")
        self.place_list: list[Place] = []
        self._codes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def extend(self, spans: Sequence[Span], places: Sequence[Place]) -> None:
        """Add spans with their places as the next rows."""
        self.keys.extend([hash(span.key) for span in spans])
        self.span_ids.extend([hash(span.span_id) for span in spans])
        self.parent_ids.extend([hash(span.parent_id) if span.parent_id else 0 for span in spans])
        self.starts.extend([NO_TIME if span.start_ns is None else span.start_ns for span in spans])
        self.ends.extend([NO_TIME if span.end_ns is None else span.end_ns for span in spans])
        self.places.extend(self._new_codes(places))
        self.flags.extend([_flags_of(span, place) for span, place in zip(spans, places, strict=True)])
        self.event_counts.extend([len(span.events) for span in spans])
        self.link_counts.extend([len(span.links) for span in spans])

    def _new_codes(self, places: Sequence[Place]) -> list[int]:
        codes, known = [], self._codes
        for place in places:
            code = known.setdefault(id(place), len(known))
            if code == len(self.place_list):
                # The list holds every place that has a code, so that no other one gets its identity.
                self.place_list.append(place)
            codes.append(code)
        return codes


def _flags_of(span: Span, place: Place) -> int:
    """What of a span has to be known in one bit each."""
    flags = IS_CALLED if place.entry else 0
    if span.status == "error":
        flags |= ERROR
    if span.flags & _BOTH == HAS_IS_REMOTE and span.parent_id:
        flags |= PARENT_IS_LOCAL
    return flags
