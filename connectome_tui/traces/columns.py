"""Spans as compact columns: about 60 bytes a span of what order, nodes and counts are made of."""

from array import array
from collections.abc import Sequence
from typing import Final

from connectome_tui.traces.meaning import Act
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.places import Place, Places
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
    """Rows of spans, appended one by one. Ids are kept as hashes: they are compared within one trace only."""

    def __init__(self, overrides: Sequence[NodeOverride] = ()) -> None:
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
        self._codes: dict[Place, int] = {}
        self.finder = Places(overrides)

    def __len__(self) -> int:
        return len(self.keys)

    def append(self, span: Span, act: Act | None = None) -> None:
        """Add a span as the next row."""
        place = self.finder.place_of(span, act)
        code = self._codes.get(place)
        if code is None:
            code = self._codes[place] = len(self.place_list)
            self.place_list.append(place)
        parent = span.parent_id
        flags = ERROR if span.status == "error" else 0
        if parent and span.flags & (HAS_IS_REMOTE | IS_REMOTE) == HAS_IS_REMOTE:
            flags |= PARENT_IS_LOCAL
        if place.entry:
            flags |= IS_CALLED
        self.keys.append(hash(span.key))
        self.span_ids.append(hash(span.span_id))
        self.parent_ids.append(hash(parent) if parent else 0)
        self.starts.append(NO_TIME if span.start_ns is None else span.start_ns)
        self.ends.append(NO_TIME if span.end_ns is None else span.end_ns)
        self.places.append(code)
        self.flags.append(flags)
        self.event_counts.append(len(span.events))
        self.link_counts.append(len(span.links))
