"""A file of spans read piece by piece; the part that every format shares."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectome_tui.events.flow import BadLine, Progress, ProgressCallback, SourceError
from connectome_tui.events.numbers import grouped
from connectome_tui.traces.content import Content
from connectome_tui.traces.span import Span
from connectome_tui.traces.throttle import Throttle


class UnreadableError(Exception):
    """Nothing of a piece can be read; the message says why, for the list of bad lines."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that is decoded at once. `line` is where it starts, counted from 1.

    `is_elements`: neighbouring elements of a JSON array, without its brackets. `problem` says why
    there is nothing to decode.
    """

    offset: int
    length: int
    line: int
    data: bytes
    is_elements: bool = False
    problem: str = ""

    @property
    def document(self) -> bytes:
        """What is to be decoded."""
        return b"[%b]" % self.data if self.is_elements else self.data


@dataclass(slots=True)
class Decoded:
    """What a piece holds. `problems` are records in it that are no spans and could not be read."""

    spans: list[Span] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def skip(self, what: str, count: int) -> None:
        """Count records that are no spans."""
        if count:
            self.skipped[what] = self.skipped.get(what, 0) + count


PieceSource = Callable[[Content], Iterator[Piece]]
"""Finds the pieces of a file, in order."""

Decode = Callable[[bytes, int], Decoded]
"""Decodes a piece, given its number among those that hold spans; raises `UnreadableError`."""


class PieceFile:
    """A `SpanFile` made of pieces: `pieces` finds them, `decode` reads one, the index remembers where they are."""

    def __init__(self, content: Content, file_format: str, pieces: PieceSource, decode: Decode) -> None:
        self._content = content
        self._format = file_format
        self._pieces = pieces
        self._decode = decode
        self._offsets = array("Q")
        self._lengths = array("Q")
        self._is_elements = False
        self._bad: list[BadLine] = []
        self._skipped: dict[str, int] = {}

    @property
    def format(self) -> str:
        """The name of the format as `info` prints it."""
        return self._format

    @property
    def bad_lines(self) -> Sequence[BadLine]:
        """What could not be read so far."""
        return self._bad

    @property
    def skipped(self) -> Mapping[str, int]:
        """Records that are no spans so far."""
        return self._skipped

    def batches(self, progress: ProgressCallback) -> Iterator[Sequence[Span]]:
        """Every batch, in order. `SourceError` when nothing at all could be read."""
        meter = _Meter(self._content.size, progress)
        line, read = 1, False
        for piece in self._pieces(self._content):
            line = piece.line
            decoded = self._decode_piece(piece)
            if decoded is None:
                continue
            read = read or bool(decoded.spans or decoded.skipped or not decoded.problems)
            meter.count(decoded.spans, piece.offset + piece.length)
            if decoded.spans:
                self._offsets.append(piece.offset)
                self._lengths.append(piece.length)
                self._is_elements = piece.is_elements
                yield decoded.spans
        if self._content.damage:
            self._report_damage(line)
        if not read and self._bad:
            raise SourceError(self._content.name, self._bad[0].reason, f"line {self._bad[0].line}")
        meter.finish()

    def load(self, batch: int, /) -> Sequence[Span]:
        """A batch again, by its number; `SourceError` when the file changed (STORE-15)."""
        offset, length = self._offsets[batch], self._lengths[batch]
        piece = Piece(offset, length, 0, self._content.read(offset, length), self._is_elements)
        try:
            return self._decode(piece.document, batch).spans
        except UnreadableError as problem:
            raise SourceError(self._content.name, "the file changed since it was opened: open it again") from problem

    def close(self) -> None:
        """Release the file."""
        self._content.close()

    def _report_damage(self, line: int) -> None:
        """Say that the packed file ended early; a last line that is cut for that reason is no other problem."""
        if self._bad and self._bad[-1].line == line:
            self._bad.pop()
        self._bad.append(BadLine(line, self._content.damage))

    def _decode_piece(self, piece: Piece) -> Decoded | None:
        problem = piece.problem
        if not problem:
            try:
                decoded = self._decode(piece.document, len(self._offsets))
            except UnreadableError as unreadable:
                problem = str(unreadable)
        if problem:
            self._bad.append(BadLine(piece.line, problem))
            return None
        self._bad.extend(BadLine(piece.line, found) for found in decoded.problems)
        for what, count in decoded.skipped.items():
            self._skipped[what] = self._skipped.get(what, 0) + count
        return decoded


class _Meter:
    """Tells how far the reading has come."""

    def __init__(self, size: int, progress: ProgressCallback) -> None:
        self._size = max(size, 1)
        self._throttle = Throttle(progress)
        self._spans = 0
        self._traces: set[str] = set()

    def count(self, spans: Sequence[Span], position: int) -> None:
        """Add a batch that ends at byte `position`."""
        self._spans += len(spans)
        self._traces.update([span.trace_id for span in spans])
        fraction = min(position / self._size, 1.0)
        self._throttle.report(lambda: self._progress(fraction))

    def finish(self) -> None:
        """Report the end."""
        self._throttle.report_now(self._progress(1.0))

    def _progress(self, fraction: float) -> Progress:
        estimate = f" of about {grouped(_rounded(self._spans / fraction))}" if 0 < fraction < 1 else ""
        return Progress(f"{grouped(self._spans)} spans{estimate} · {grouped(len(self._traces))} flows", fraction)


def _rounded(number: float) -> int:
    """Two significant digits: an estimate should look like one."""
    return int(float(f"{number:.2g}"))
