"""The reader for each file of spans, by what was found in it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from connectome_tui.events.flow import BadLine, Progress, ProgressCallback
from connectome_tui.sources.detect import Found
from connectome_tui.sources.options import OpenOptions
from connectome_tui.traces.content import Content
from connectome_tui.traces.span import Span, SpanFile
from connectome_tui.traces.zipkin_ids import SharedIds


def open_span_files(contents: Sequence[Content], found: Sequence[Found], options: OpenOptions) -> tuple[SpanFile, ...]:
    """A reader for each file, in order. Readers are imported when they are needed: protobuf is slow to load."""
    shared = SharedIds()
    files = [_reader(content, one, options, shared) for content, one in zip(contents, found, strict=True)]
    if len(files) == 1:
        return (files[0],)
    ends = [0, *accumulate(content.size for content in contents)]
    return tuple(
        _OneOfSeveral(
            file,
            contents[number - 1].name,
            f"file {number} of {len(files)}",
            (ends[number - 1], ends[number], ends[-1]),
        )
        for number, file in enumerate(files, 1)
    )


def _reader(content: Content, found: Found, options: OpenOptions, shared: SharedIds) -> SpanFile:
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
        case "session" | "script" | "run" | "recording":
            raise AssertionError("no file of spans")


class _OneOfSeveral:
    """A file of spans among others: its bad lines name it, its progress is a part of the whole.

    `place` is where it starts and ends in the bytes of all files together, and how many those are.
    """

    def __init__(self, file: SpanFile, name: str, title: str, place: tuple[int, int, int]) -> None:
        self._file = file
        self._name = name
        self._title = title
        self._start, self._end, self._total = place

    @property
    def format(self) -> str:
        return self._file.format

    @property
    def bad_lines(self) -> Sequence[BadLine]:
        return [BadLine(bad.line, f"{self._name}: {bad.reason}") for bad in self._file.bad_lines]

    @property
    def skipped(self) -> Mapping[str, int]:
        return self._file.skipped

    def batches(self, progress: ProgressCallback) -> Iterator[Sequence[Span]]:
        def tell(part: Progress) -> None:
            position = self._start + (part.fraction or 0.0) * (self._end - self._start)
            progress(Progress(f"{self._title} · {part.text}", position / max(self._total, 1)))

        return self._file.batches(tell)

    def load(self, batch: int, /) -> Sequence[Span]:
        return self._file.load(batch)

    def close(self) -> None:
        self._file.close()
