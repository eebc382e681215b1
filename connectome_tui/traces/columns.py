"""Spans as compact columns: about 60 bytes a span of what order, nodes and counts are made of."""

from array import array
from collections.abc import Sequence
from typing import Final

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


class SpanColumns:
    """Rows of spans, appended in groups. Ids are kept as hashes: they are compared within one trace only."""

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
        self.places.extend([self._code(place) for place in places])
        self.flags.extend([flags_of(span, place) for span, place in zip(spans, places, strict=True)])
        self.event_counts.extend([len(span.events) for span in spans])
        self.link_counts.extend([len(span.links) for span in spans])

    def _code(self, place: Place) -> int:
        # The list holds every place that has a code, so that no other one gets its identity.
        code = self._codes.get(id(place))
        if code is None:
            code = self._codes[id(place)] = len(self.place_list)
            self.place_list.append(place)
        return code


def flags_of(span: Span, place: Place) -> int:
    """What of a span has to be known in one bit each."""
    flags = ERROR if span.status == "error" else 0
    if span.flags and span.parent_id and span.flags & (HAS_IS_REMOTE | IS_REMOTE) == HAS_IS_REMOTE:
        flags |= PARENT_IS_LOCAL
    return flags | IS_CALLED if place.entry else flags
