"""From bodies to events, in one thread: decode, keep, acknowledge, wait for the trace to settle, record, hand over.

A body is acknowledged when it is kept: committed to the recording or, without one, taken in where
there is room. Its spans are settled after that, so that a body that could not be kept, and will come
again, leaves nothing behind.
"""

import queue
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.receiver.counting import Counting
from connectome_tui.receiver.decoding import ENCODINGS, SPANS, BodyDecoder, Encoding, Signal, TooManyError
from connectome_tui.receiver.handover import PATIENCE_SECONDS, Handover, Unrecorded
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.receiver.outbox import Outbox
from connectome_tui.receiver.recorder import Recorder
from connectome_tui.receiver.tracker import BodyTracker
from connectome_tui.recordings.failures import RecordingBusyError, RecordingError
from connectome_tui.traces.piece_file import Decoded, UnreadableError
from connectome_tui.traces.settle import Settler
from connectome_tui.traces.span import Span

SLICE: Final = 1000
"""About so many spans that have settled are made events before the next body is looked at."""
CATCHING_UP: Final = 3
"""How many times as many spans go, when they are due, as came with the last body."""
NAMED: Final = 3
"""Problems of a body that are told to its sender."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a body. `kept`, with records that could not be read; or `unable` (come again); or refused.

    `too_many`: it holds more records than the bound. `message` says why, for the sender.
    """

    kept: bool = False
    rejected: int = 0
    message: str = ""
    too_many: bool = False
    unable: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A complete body. `answer` is called once, from any thread; `done` when nothing of it waits here any more."""

    encoding: Encoding
    signal: Signal
    data: bytes
    answer: Callable[[Outcome], None]
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Kept:
    body: Body
    spans: list[Span]
    number: int | None


class _Stop:
    pass


class Pipeline:
    """`submit` from any thread; `run` works until `stop`."""

    def __init__(
        self,
        options: ReceiverOptions,
        settler: Settler,
        outbox: Outbox,
        counting: Counting,
        *,
        clock: Clock,
        recorder: Recorder | None = None,
    ) -> None:
        self._decoder = BodyDecoder(options.limits, keep_raw=options.keep_raw)
        self._settler = settler
        self._outbox = outbox
        self._counting = counting
        self._clock = clock
        self._recorder = recorder
        self._queue: queue.SimpleQueue[Body | _Kept | Unrecorded | _Stop] = queue.SimpleQueue()
        self._handover = Handover(outbox, recorder, clock, self._queue.put)
        self._tracker = BodyTracker()
        self._in_flight = 0
        self._slice = SLICE

    @property
    def waiting(self) -> int:
        """Spans that wait for their trace."""
        return self._settler.waiting_spans

    def submit(self, body: Body) -> None:
        """Take a body; its answer comes later."""
        self._queue.put(body)

    def stop(self) -> None:
        """Let `run` end after what was submitted, with everything that waits let go."""
        self._queue.put(_Stop())

    def replay(self) -> None:
        """Take in again what an earlier process had kept and not settled; before `run`."""
        if self._recorder is None:
            return
        shown: dict[str, set[str]] = {}
        for batch in list(self._recorder.pending()):
            encoding = next((known for known in ENCODINGS if known == batch.content_type), None)
            if encoding is None:
                continue  # it was kept by a newer program, and stays where it is
            spans = self._decoder.decode(encoding, SPANS, batch.body).spans
            for trace in {span.trace_id for span in spans} - shown.keys():
                shown[trace] = self._recorder.recorded_ids(trace)
            missing = [span for span in spans if span.key not in shown[span.trace_id]]
            self._take_in(missing, batch.number)

    def run(self) -> None:
        """Work until it is stopped."""
        stopping = False
        while not stopping or self._in_flight:
            try:
                item = self._queue.get(timeout=self._patience())
            except queue.Empty:
                item = None
            match item:
                case Body():
                    self._decode(item)
                case _Kept():
                    self._in_flight -= 1
                    self._take_in(item.spans, item.number)
                    item.body.done()
                case Unrecorded():
                    self._handover.note_failed(item)
                case _Stop():
                    stopping = True
            self._release_due()
        settled = self._settler.flush()
        self._handover.hand_over(settled, self._tracker.released(settled.traces))
        self._retry_last()

    def _retry_last(self) -> None:
        """Try once more to record what failed by now; what fails again is in the recording as it was received."""
        if self._recorder is not None:
            self._recorder.flush(PATIENCE_SECONDS)
        while not self._queue.empty():
            item = self._queue.get()
            if isinstance(item, Unrecorded):
                self._handover.note_failed(item)
        self._handover.retry()

    def _patience(self) -> float | None:
        """Seconds until something is due; None when nothing is."""
        deadlines = [due for due in (self._settler.next_deadline_ms(), self._handover.retry_at_ms) if due is not None]
        if not deadlines:
            return None
        return max(0.0, min(deadlines) - self._clock.now_ms()) / 1000

    def _decode(self, body: Body) -> None:
        try:
            decoded = self._decoder.decode(body.encoding, body.signal, body.data)
        except UnreadableError as problem:
            self._counting.malformed()
            self._finish(body, Outcome(message=str(problem)))
            return
        except TooManyError as problem:
            self._finish(body, Outcome(message=str(problem), too_many=True))
            return
        if decoded.spans:
            self._keep(body, decoded)
            return
        self._count(decoded)
        self._finish(body, _accepted(decoded))

    def _keep(self, body: Body, decoded: Decoded) -> None:
        if self._recorder is None:
            if not self._outbox.has_room:
                self._finish(body, Outcome(unable=True, message="the screen has not taken what came before"))
                return
            self._count(decoded)
            self._take_in(decoded.spans, None)
            self._finish(body, _accepted(decoded))
            return
        try:
            kept = self._recorder.keep(body.data, body.encoding)
        except RecordingError as problem:
            self._unable(body, problem)
            return
        self._in_flight += 1
        kept.add_done_callback(lambda future: self._answer_kept(body, decoded, future))

    def _answer_kept(self, body: Body, decoded: Decoded, kept: "Future[int]") -> None:
        """Called by the thread that records, right after the commit."""
        problem = kept.exception()
        if problem is not None:
            self._queue.put(_Kept(body, [], None))
            self._unable(body, problem, done=False)
            return
        self._count(decoded)
        body.answer(_accepted(decoded))
        self._queue.put(_Kept(body, decoded.spans, kept.result()))

    def _unable(self, body: Body, problem: BaseException, *, done: bool = True) -> None:
        if not isinstance(problem, RecordingBusyError):
            self._handover.say(str(problem))
        body.answer(Outcome(unable=True, message=str(problem)))
        if done:
            body.done()

    def _finish(self, body: Body, outcome: Outcome) -> None:
        body.answer(outcome)
        body.done()

    def _count(self, decoded: Decoded) -> None:
        self._counting.decoded(len(decoded.spans), len(decoded.problems))
        for what, count in decoded.skipped.items():
            self._counting.skipped(what, count)

    def _take_in(self, spans: list[Span], number: int | None) -> None:
        """Let spans wait for their traces, and hand over what that makes ready."""
        if number is not None:
            self._handover.say("")
        # More goes than came: what is behind is made up for, and senders rather wait than the screen.
        self._slice = max(SLICE, len(spans) * CATCHING_UP)
        traces = dict.fromkeys([span.trace_id for span in spans])
        duplicates = self._settler.duplicates
        settled = self._settler.add(spans, self._clock.now_ms())
        if self._settler.duplicates > duplicates:
            self._counting.skipped("duplicates", self._settler.duplicates - duplicates)
        bodies = [] if number is None else self._tracker.add(number, traces)
        gone = [trace for trace in traces if not self._settler.waits(trace)]
        self._handover.hand_over(settled, [*bodies, *self._tracker.released({*gone, *settled.traces})])

    def _release_due(self) -> None:
        now_ms = self._clock.now_ms()
        due = self._settler.next_deadline_ms()
        if due is not None and due <= now_ms:
            settled = self._settler.release(now_ms, self._slice)
            self._handover.hand_over(settled, self._tracker.released(settled.traces))
        if self._handover.retry_at_ms is not None and self._handover.retry_at_ms <= now_ms:
            self._handover.retry()


def _accepted(decoded: Decoded) -> Outcome:
    """What a sender is told of a body that was kept."""
    problems = decoded.problems
    return Outcome(kept=True, rejected=len(problems), message="; ".join(problems[:NAMED]))
