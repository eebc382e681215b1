"""One session of a session file: what its header says, what its events add up to."""

from collections.abc import Sequence

from connectome_tui.events.families import FamilyTree, ParentFinder
from connectome_tui.events.flow import FlowSummary
from connectome_tui.events.model import FlowEvent, has_note
from connectome_tui.events.topology import Topology
from connectome_tui.events.topology_builder import TopologyBuilder
from connectome_tui.sources.session_lines import Header


class SessionFlow:
    """The rows from `first_row` to `end_row` (None while more may come), and their counts so far."""

    def __init__(
        self, header: Header | None, flow_id: str, first_row: int, tree: FamilyTree, expected_rows: int
    ) -> None:
        self.header = header
        self.flow_id = flow_id
        self.first_row = first_row
        self.end_row: int | None = None
        self.default_at_ms = header.started_at_ms if header else None
        self.finder: ParentFinder | None = ParentFinder(tree, first_row, expected_rows)
        self.events = 0
        self.errors = 0
        self.links = 0
        self.noted = {"orphan": 0, "skew": 0, "duplicate": 0}
        self._first_label = ""
        self._first_ms: float | None = None
        self._last_ms: float = 0.0
        self._first_failed = False
        declared = Topology(nodes=header.nodes, edges=header.edges) if header else Topology()
        self._builder = TopologyBuilder(declared)
        self._topology: Topology | None = None

    def add(self, events: Sequence[FlowEvent]) -> None:
        """Take in the next rows."""
        assert self.finder is not None, "rows came after the end of their flow"
        if not events:
            return
        self.finder.add(events)
        self._builder.add(events)
        self._topology = None
        if not self.events:
            self._first_label = events[0].label
            self._first_failed = events[0].status == "error"
        self.events += len(events)
        self.errors += [event.status for event in events].count("error")
        first = min([event.at_ms for event in events])
        last = max([event.ends_ms for event in events])
        self._first_ms, self._last_ms = (
            (first, last) if self._first_ms is None else (min(self._first_ms, first), max(self._last_ms, last))
        )
        self.links += sum([len(event.link_event_ids) for event in events if event.link_event_ids])
        for event in [event for event in events if event.notes]:
            for kind in self.noted:
                self.noted[kind] += has_note(event, kind)

    @property
    def topology(self) -> Topology:
        """Its parts, as far as they are known."""
        if self._topology is None:
            self._topology = self._builder.build()
        return self._topology

    @property
    def started_at_ms(self) -> float:
        """When it started: as the header says, else when its first event did."""
        if self.header and self.header.started_at_ms is not None:
            return self.header.started_at_ms
        return self._first_ms or 0.0

    @property
    def duration_ms(self) -> float:
        """How long it took: as the header says, else up to the end of its last event."""
        if self.header and self.header.duration_ms is not None:
            return self.header.duration_ms
        return max(0.0, self._last_ms - self.started_at_ms) if self.events else 0.0

    def summary(self) -> FlowSummary:
        """Its row in the picker; while it is being read, the header's word for the numbers of events and errors."""
        header = self.header or Header(
            title=self._first_label,
            result="error" if self._first_failed else "",
            through=tuple(node.title for node in self.topology.nodes),
        )
        reading = self.end_row is None
        return FlowSummary(
            id=self.flow_id,
            title=header.title or self.flow_id,
            started_at_ms=self.started_at_ms,
            duration_ms=self.duration_ms,
            events=header.events if reading and header.events is not None else self.events,
            errors=header.errors if reading and header.errors is not None else self.errors,
            result=header.result,
            through=header.through,
        )
