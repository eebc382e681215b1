"""Contents in memory and small OTLP requests, for tests of the readers."""

import json
from pathlib import Path
from typing import Any, Final

from connectome_tui.events.flow import no_progress
from connectome_tui.sources.detect import detect
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.span_files import open_span_files
from connectome_tui.sources.spool import open_content
from connectome_tui.traces.span import Span, SpanFile

TRACE: Final = "5b8efff798038103d269b633813fc60c"
SPAN: Final = "eee19b7ec3c1b174"
NOW_NS: Final = 1_763_644_413_007_123_457


class MemoryContent:
    """Bytes as a `Content`."""

    def __init__(self, data: bytes, damage: str = "") -> None:
        self.data = data
        self.name = "memory"
        self.size = len(data)
        self.damage = damage

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def close(self) -> None:
        """Nothing to release."""


def wire_span(**fields: Any) -> dict[str, Any]:
    """An OTLP span; `fields` override."""
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "GET /stock",
        "kind": 2,
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 12_000_000),
    } | fields


def resource_spans(*spans: Any, service: str = "api") -> dict[str, Any]:
    """What one resource sent."""
    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    scope = {"scope": {"name": "flask"}, "spans": list(spans)}
    return {"resource": {"attributes": attributes}, "scopeSpans": [scope]}


def request(*spans: Any) -> bytes:
    """A request of one resource, as one line."""
    return json.dumps({"resourceSpans": [resource_spans(*spans)]}).encode()


def all_spans(file: SpanFile) -> list[Span]:
    """Every span of a file, checked to be what `load` gives again."""
    batches = [list(batch) for batch in file.batches(no_progress)]
    assert [list(file.load(number)) for number in range(len(batches))] == batches
    return [span for batch in batches for span in batch]


def opened(*paths: Path, options: OpenOptions | None = None) -> tuple[SpanFile, ...]:
    """Files of spans, recognised by content."""
    chosen = options or OpenOptions()
    contents = [open_content(str(path), chosen) for path in paths]
    try:
        found = [detect(content) for content in contents]
        return open_span_files(contents, found, chosen)
    except BaseException:
        for content in contents:
            content.close()
        raise


def spans_of(*paths: Path) -> list[Span]:
    """All spans of files that are read together."""
    files = opened(*paths)
    try:
        return [span for file in files for span in all_spans(file)]
    finally:
        for file in files:
            file.close()
