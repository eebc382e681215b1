"""Lines of OTLP among those that are followed: what a collector's file exporter writes while things happen (SPAN-9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectome_tui.clock import Clock
from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node

if TYPE_CHECKING:
    from connectome_tui.traces.overrides import NodeOverride
    from connectome_tui.traces.settle import Settled, Settler

_MARKS: Final = (b'"resourceSpans"', b'"resourceMetrics"', b'"resourceLogs"')
_LOOKED_AT: Final = 1024
"""So far into a line a request of OTLP names what it is."""


@dataclass(slots=True)
class SpansRead:
    """What lines of OTLP held, and the events that are ready because of it or of the time."""

    events: list[FlowEvent] = field(default_factory=list)
    details: list[EventDetail] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    spans: int = 0
    bad: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    def add(self, settled: "Settled") -> None:
        """Add what is ready."""
        self.events += settled.events
        self.details += settled.details
        self.nodes += settled.nodes


@dataclass(frozen=True, slots=True)
class Settling:
    """How spans among lines become events.

    Their trace has settled when nothing of it came for `settle_ms` (None: as long as by default; 0: each
    span is shown at once). `overrides` are other titles, zones and kinds for nodes (SPAN-6).
    """

    settle_ms: float | None = None
    overrides: Sequence["NodeOverride"] = ()


class SpanLines:
    """Keeps spans back until their trace has settled; what reads them is loaded with the first one."""

    def __init__(self, settling: Settling | None = None) -> None:
        self._settling = settling or Settling()
        self._settler: Settler | None = None

    @property
    def waiting(self) -> int:
        """Spans that wait for their trace."""
        return self._settler.waiting_spans if self._settler else 0

    @property
    def due_ms(self) -> float | None:
        """When something will be ready if nothing more comes."""
        return self._settler.next_deadline_ms() if self._settler else None

    def take_from(self, block: bytes, clock: Clock) -> tuple[bytes, SpansRead]:
        """Take the requests of OTLP out of whole lines: the other lines, and what those held."""
        read = SpansRead()
        if not any(mark in block for mark in _MARKS):
            return block, read
        others = []
        for line in block.split(b"\n"):
            start = line[:_LOOKED_AT]
            if any(mark in start for mark in _MARKS):
                self._take(line, clock, read)
            else:
                others.append(line)
        return b"\n".join(others), read

    def settled(self, now_ms: float) -> SpansRead:
        """The events of traces that have settled by now."""
        read = SpansRead()
        if self._settler is not None:
            read.add(self._settler.release(now_ms))
        return read

    def flush(self) -> SpansRead:
        """The events of all that waits: nothing more comes."""
        read = SpansRead()
        if self._settler is not None:
            read.add(self._settler.flush())
        return read

    def _take(self, line: bytes, clock: Clock, read: SpansRead) -> None:
        from connectome_tui.traces.otlp import decode_otlp_json
        from connectome_tui.traces.piece_file import UnreadableError
        from connectome_tui.traces.settle import DEFAULT_SETTLE_MS, Settler

        if self._settler is None:
            asked = self._settling.settle_ms
            self._settler = Settler(DEFAULT_SETTLE_MS if asked is None else asked, overrides=self._settling.overrides)
        try:
            decoded = decode_otlp_json(line)
        except UnreadableError:
            read.bad += 1
            return
        read.spans += len(decoded.spans)
        read.bad += len(decoded.problems)
        for what, number in decoded.skipped.items():
            read.skipped[what] = read.skipped.get(what, 0) + number
        duplicates = self._settler.duplicates
        # A trace is quiet from when its spans were read, which can take long behind a large piece of a file.
        read.add(self._settler.add(decoded.spans, clock.now_ms()))
        if again := self._settler.duplicates - duplicates:
            read.skipped["duplicates"] = read.skipped.get("duplicates", 0) + again
