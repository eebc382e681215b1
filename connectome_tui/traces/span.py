"""A span as every reader gives it, whatever the format it came in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from connectome_tui.events.flow import BadLine, ProgressCallback

SpanKind = Literal["unspecified", "internal", "server", "client", "producer", "consumer"]
SpanStatus = Literal["ok", "error", "unset"]


class Resource(msgspec.Struct, frozen=True):
    """What produced spans. One object is shared by all spans of the same resource within a batch."""

    service: str
    attributes: Mapping[str, Any]


class SpanEvent(msgspec.Struct, frozen=True):
    """Something that happened within a span (an exception, a log line). `at_ns` since the epoch, or None."""

    name: str
    at_ns: int | None
    attributes: Mapping[str, Any]


class SpanLink(msgspec.Struct, frozen=True):
    """A reference to a span that is no parent; it often points outside the file."""

    trace_id: str
    span_id: str


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One span.

    Ids are lower-case text, normalised to hex where the format allows it; `parent_id` is empty for a
    root. `key` is the id unique within a recording (EVENT-4). Times are integer nanoseconds since the
    epoch and never went through a float; None when missing or `0`. `notes` are the reader's own
    marks (a bad id, a time that is no number). `flags` are the OTLP span flags, 0 elsewhere.
    """

    key: str
    trace_id: str
    span_id: str
    parent_id: str = ""
    name: str = ""
    kind: SpanKind = "unspecified"
    start_ns: int | None = None
    end_ns: int | None = None
    attributes: Mapping[str, Any] = {}
    resource: Resource
    scope: str = ""
    status: SpanStatus = "unset"
    status_message: str = ""
    events: tuple[SpanEvent, ...] = ()
    links: tuple[SpanLink, ...] = ()
    flags: int = 0
    notes: tuple[str, ...] = ()
    raw: Any = None


class SpanFile(Protocol):
    """One opened file of spans, in any format. Batches are what the file holds together (a line, a document).

    `batches` goes through the file once, in order; `load` gives a batch again by its number, so that
    nobody has to keep what can be read again.
    """

    @property
    def format(self) -> str:
        """The name of the format as `info` prints it: `otlp-json`, `otlp-protobuf`, `jaeger`, `zipkin`."""
        ...

    @property
    def bad_lines(self) -> Sequence[BadLine]:
        """What could not be read so far."""
        ...

    @property
    def skipped(self) -> Mapping[str, int]:
        """Records that are no spans so far: `log records`, `metrics`."""
        ...

    def batches(self, progress: ProgressCallback) -> Iterator[Sequence[Span]]:
        """Every batch of the file, in order."""
        ...

    def load(self, batch: int, /) -> Sequence[Span]:
        """A batch again, by its number in `batches`; `SourceError` when the file changed (STORE-15)."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...
