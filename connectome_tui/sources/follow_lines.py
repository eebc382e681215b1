"""Following lines of JSON: a growing file (`connectome follow FILE`) and standard input (`connectome follow -`)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from connectome_tui.clock import Clock
from connectome_tui.engine.looks import counted
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.visible import visible
from connectome_tui.sources.event_lines import EventLines, LinesRead
from connectome_tui.sources.file_tail import CHUNK, FileTail
from connectome_tui.sources.lines import LONGEST_LINE, LineBlocks
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.source_thread import Delivery, SourceThread
from connectome_tui.sources.span_lines import SpanLines, SpansRead

LONGEST_FOLLOWED: Final = 4 << 20
"""Bytes of a line, where it may be a request of OTLP: these are larger than lines that tell of one event."""
LOOK_SECONDS: Final = 0.05
"""Between two looks at a file that does not grow."""
FAILED_SECONDS: Final = 1.0
"""Before another look at a file that could not be read."""
EXAMPLE: Final = '{"from": "client:me", "to": "service:api", "label": "hello"}'


class BlockReader(Protocol):
    """Makes events of lines: what a kind of lines differs in."""

    def read(self, block: bytes, at_ms: float) -> LinesRead:
        """The events in whole lines, which came at this time."""
        ...


class LinesDelivery:
    """Turns the bytes of one source into batches."""

    def __init__(
        self, source: str, clock: Clock, delivery: Delivery, longest: int, reader: BlockReader | None = None
    ) -> None:
        self._source = source
        self._clock = clock
        self._delivery = delivery
        self._blocks = LineBlocks(longest=longest)
        self._lines = reader or EventLines(source)
        self._spans = SpanLines() if reader is None else None
        self._overlong = 0

    def take(self, data: bytes) -> None:
        """The next bytes."""
        self._delivery.count(bytes_received=len(data))
        self._deliver(self._blocks.feed(data))

    def finish(self) -> None:
        """Nothing follows what has come: a line without end has ended, and no trace is waited for."""
        self._deliver(self._blocks.finish())
        self.leave()

    def leave(self) -> None:
        """Nothing more is read, whatever may follow: no trace is waited for; a line that has begun is none."""
        if self._spans is not None:
            self._deliver_spans(self._spans, self._spans.flush())

    def settle(self) -> None:
        """Hand over spans whose trace has settled meanwhile."""
        if self._spans is not None:
            self._deliver_spans(self._spans, self._spans.settled(self._clock.now_ms()))

    def patience(self) -> float | None:
        """Seconds until something may have settled; None when nothing waits."""
        due_ms = None if self._spans is None else self._spans.due_ms
        return None if due_ms is None else max(0.0, due_ms - self._clock.now_ms()) / 1000

    def begin_anew(self, reason: str) -> None:
        """What follows is the beginning of a file; half a line before it is lost when its file was cut."""
        if reason != "truncated":
            self._deliver(self._blocks.finish())
        elif self._blocks.held_bytes:
            self._blocks.forget()
            self._delivery.lose("cut", 1)
            self._hand_over(LinesRead(), "1 line dropped: the file was truncated in the middle of it")

    def _deliver(self, block: bytes) -> None:
        overlong = self._blocks.overlong - self._overlong
        self._overlong += overlong
        if not block and not overlong:
            return
        now_ms = self._clock.now_ms()
        if self._spans is not None:
            block, spans = self._spans.take_from(block, now_ms)
            self._deliver_spans(self._spans, spans)
        read = self._lines.read(block, now_ms)
        count = len(read.events)
        self._delivery.count(
            received=read.lines + overlong,
            decoded=count - read.bad,
            shown_ready=count,
            bad=read.bad + read.skipped,
        )
        self._delivery.lose("too long", overlong)
        limit = self._blocks.longest >> 10
        gap = f"{counted(overlong, 'line')} skipped: longer than {limit} KiB" if overlong else None
        self._hand_over(read, gap)

    def _deliver_spans(self, lines: SpanLines, read: SpansRead) -> None:
        if not (read.spans or read.bad or read.events or read.skipped):
            return
        self._delivery.count(
            received=read.spans + read.bad,
            decoded=read.spans,
            bad=read.bad,
            shown_ready=len(read.events),
            waiting=lines.waiting - self._delivery.counters.waiting,
        )
        for what, number in read.skipped.items():
            self._delivery.skip(what, number)
        self._hand_over(LinesRead(tuple(read.events), tuple(read.details), nodes=tuple(read.nodes)), None)

    def _hand_over(self, read: LinesRead, gap: str | None) -> None:
        self._delivery.hand_over(
            LiveBatch(
                source=self._source,
                events=read.events,
                details=read.details,
                nodes=read.nodes,
                wait_actions=read.waits,
                counters=self._delivery.counters,
                gap=gap,
            )
        )


class FollowFile:
    """A live source that reads a file of JSON lines from its beginning and goes on as it grows.

    It may not be there yet, be cut short, or be replaced by another one. `wait` is what tests replace.
    """

    kind = "tail"

    def __init__(
        self,
        path: str,
        *,
        clock: Clock,
        longest: int | None = None,
        reader: BlockReader | None = None,
        wait: Callable[[float | None], bool] | None = None,
    ) -> None:
        self._reader = reader
        self._path = Path(path)
        self._clock = clock
        self._longest = longest or (LONGEST_LINE if reader else LONGEST_FOLLOWED)
        self._tail = FileTail(self._path)
        self._thread = SourceThread(self.name, clock, self.run)
        self._wait = wait or self._wait_on_bell

    @property
    def name(self) -> str:
        """The name of the file."""
        return visible(self._path.name)

    def describe(self) -> tuple[str, ...]:
        """The file, and a line that adds an event to it."""
        return visible(str(self._path)), f"echo '{EXAMPLE}' >> {visible(str(self._path))}"

    def start(self, hand_over: HandOver) -> None:
        """Begin; `SourceError` when there can never be such a file to follow."""
        if not self._path.parent.is_dir():
            raise SourceError(str(self._path), "expected a file in a folder that is there")
        if self._path.exists() and not self._path.is_file():
            raise SourceError(str(self._path), "expected a file; `connectome follow -` reads a pipe")
        self._thread.start(hand_over)

    def stop(self) -> None:
        """End and release the file."""
        self._thread.stop()

    def run(self, delivery: Delivery) -> None:
        """Look at the file until the source is stopped (in its thread)."""
        lines = LinesDelivery(self.name, self._clock, delivery, self._longest, self._reader)
        delivery.status("connecting")
        try:
            while not self._thread.bell.stopped:
                self._look(lines, delivery)
                lines.settle()
            lines.leave()
        finally:
            self._tail.close()

    def _wait_on_bell(self, seconds: float | None) -> bool:
        return self._thread.bell.wait(seconds)

    def _look(self, lines: LinesDelivery, delivery: Delivery) -> None:
        try:
            piece = self._tail.look()
        except SourceError as error:
            delivery.status("error", error.expected)
            self._wait(FAILED_SECONDS)
            return
        if piece.began_anew:
            lines.begin_anew(piece.began_anew)
            delivery.status("connected", f"the file was {piece.began_anew}: reading it from its beginning")
        elif piece.data:
            if not delivery.is_connected:
                delivery.status("connected")
            lines.take(piece.data)
        else:
            if not piece.is_there:
                delivery.status("disconnected", "there is no such file: waiting for it")
            elif not delivery.is_connected:
                delivery.status("connected")
            self._wait(LOOK_SECONDS)


class FollowStdin:
    """A live source that reads JSON lines from a pipe until it ends.

    While the session has more than it can take, nothing is read, so that the writer waits: nothing is
    dropped. The descriptor is closed at the end.
    """

    kind = "stdin"
    name = "stdin"

    def __init__(
        self, descriptor: int, *, clock: Clock, longest: int | None = None, reader: BlockReader | None = None
    ) -> None:
        self._reader = reader
        self._descriptor = descriptor
        self._clock = clock
        self._longest = longest or (LONGEST_LINE if reader else LONGEST_FOLLOWED)
        self._thread = SourceThread(self.name, clock, self.run)

    def describe(self) -> tuple[str, ...]:
        """Where the events come from, and how to make one."""
        return "standard input", f"echo '{EXAMPLE}' | connectome follow -"

    def start(self, hand_over: HandOver) -> None:
        """Begin to read; `SourceError` when the descriptor is a terminal."""
        if os.isatty(self._descriptor):
            raise SourceError("-", f"expected lines from a pipe: {self.describe()[1]}")
        self._thread.start(hand_over)

    def stop(self) -> None:
        """End and close the descriptor."""
        self._thread.stop()

    def run(self, delivery: Delivery) -> None:
        """Read until the pipe ends or the source is stopped (in its thread)."""
        lines = LinesDelivery(self.name, self._clock, delivery, self._longest, self._reader)
        delivery.status("connected")
        bell = self._thread.bell
        try:
            while not bell.stopped:
                if not bell.wait_for(self._descriptor, "read", lines.patience()):
                    lines.settle()
                    continue
                data = os.read(self._descriptor, CHUNK)
                if not data:
                    lines.finish()
                    delivery.status("disconnected", "standard input has ended")
                    return
                lines.take(data)
                lines.settle()
            lines.leave()
        except OSError as error:
            delivery.status("error", f"standard input cannot be read: {(error.strerror or '').lower()}")
        finally:
            os.close(self._descriptor)
