"""The reader for each file of spans, by what was found in it."""

from collections.abc import Sequence

from connectome_tui.sources.detect import Found
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.spool import PlainFile
from connectome_tui.traces.span import SpanFile
from connectome_tui.traces.zipkin_ids import SharedIds


def open_span_files(
    contents: Sequence[PlainFile], found: Sequence[Found], options: OpenOptions
) -> tuple[SpanFile, ...]:
    """A reader for each file, in order. Readers are imported when they are needed: protobuf is slow to load."""
    shared = SharedIds()
    return tuple(_reader(content, one, options, shared) for content, one in zip(contents, found, strict=True))


def _reader(content: PlainFile, found: Found, options: OpenOptions, shared: SharedIds) -> SpanFile:
    match found.kind:
        case "otlp-json":
            from connectome_tui.traces.otlp import open_otlp_json

            return open_otlp_json(content, is_document=found.is_document, keep_raw=options.keep_raw)
        case "otlp-protobuf" | "otlp-protobuf-framed":
            from connectome_tui.traces.otlp_protobuf import open_otlp_protobuf

            is_framed = found.kind == "otlp-protobuf-framed"
            return open_otlp_protobuf(content, is_framed=is_framed, keep_raw=options.keep_raw)
        case "jaeger":
            from connectome_tui.traces.jaeger import open_jaeger

            return open_jaeger(content, is_document=found.is_document, keep_raw=options.keep_raw)
        case "zipkin":
            from connectome_tui.traces.zipkin import open_zipkin

            return open_zipkin(content, shared, is_document=found.is_document, keep_raw=options.keep_raw)
        case "session" | "script":
            raise AssertionError("no file of spans")
