"""Lines of a source as batches: cut, read, counted and handed over, whatever brings their bytes."""

from typing import Protocol

from connectome_tui.clock import Clock
from connectome_tui.events.live import LiveBatch
from connectome_tui.events.numbers import counted
from connectome_tui.sources.event_lines import EventLines, LinesRead
from connectome_tui.sources.lines import LineBlocks
from connectome_tui.sources.source_thread import Delivery
from connectome_tui.sources.span_lines import Settling, SpanLines, SpansRead


class BlockReader(Protocol):
    """Makes events of lines: what a kind of lines differs in."""

    def read(self, block: bytes, at_ms: float) -> LinesRead:
        """The events in whole lines, which came at this time."""
        ...


class LinesDelivery:
    """Turns the bytes of one source into batches. Without a `reader`, lines may be requests of OTLP too."""

    def __init__(
        self,
        source: str,
        clock: Clock,
        delivery: Delivery,
        longest: int,
        *,
        reader: BlockReader | None = None,
        settling: Settling | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._delivery = delivery
        self._blocks = LineBlocks(longest=longest)
        self._lines = reader or EventLines(source)
        self._spans = SpanLines(settling) if reader is None else None
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

    def settle(self, read_at_ms: float) -> None:
        """Hand over spans whose trace had settled when the source was looked at last.

        By the time of the look: while much is there to be read, reading takes time in which nothing could come.
        """
        if self._spans is not None:
            self._deliver_spans(self._spans, self._spans.settled(read_at_ms))

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
            block, spans = self._spans.take_from(block, self._clock)
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
