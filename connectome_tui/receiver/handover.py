"""Settled events on their way out: into the recording first, then to the application; what fails is tried again."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.events.live import ConnectionPhase, ConnectionStatus
from connectome_tui.receiver.outbox import Outbox
from connectome_tui.receiver.recorder import Recorder
from connectome_tui.recordings.failures import RecordingBusyError, RecordingError
from connectome_tui.recordings.writer import Recorded
from connectome_tui.traces.settle import Settled

RETRY_MS: Final = 500.0
"""How long to stand back before what could not be recorded is tried again."""
PATIENCE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Events that were handed over already, but could not be recorded. Their bodies are still kept."""

    settled: Settled
    bodies: list[int]


class Handover:
    """For the thread of the pipeline. `failed` is called from the thread that records; it leads to `note_failed`."""

    def __init__(
        self, outbox: Outbox, recorder: Recorder | None, clock: Clock, failed: Callable[[Unrecorded], None]
    ) -> None:
        self._outbox = outbox
        self._recorder = recorder
        self._clock = clock
        self._failed = failed
        self._unrecorded: deque[Unrecorded] = deque()
        self._trouble = ""
        self.retry_at_ms: float | None = None
        """When `retry` is due; None when there is nothing to try again."""

    def hand_over(self, settled: Settled, bodies: Sequence[int] = ()) -> None:
        """Record events and, when they are safe, hand them over; `bodies` need no more after them."""
        if self._recorder is None:
            if settled.events:
                self._outbox.put(settled.events, details=settled.details, nodes=settled.nodes)
        elif settled.events:
            self._record(Unrecorded(settled, list(bodies)), is_shown=False)
        elif bodies:
            with suppress(RecordingError):  # they are found settled when the recording is taken up again
                self._recorder.settle(bodies)

    def note_failed(self, unrecorded: Unrecorded) -> None:
        """Try this again after a while."""
        self._unrecorded.append(unrecorded)
        self.retry_at_ms = self._clock.now_ms() + RETRY_MS

    def retry(self) -> None:
        """Try once more to record what was handed over without."""
        self.retry_at_ms = None
        unrecorded, self._unrecorded = self._unrecorded, deque()
        for each in unrecorded:
            self._record(each, is_shown=True)

    def say(self, trouble: str) -> None:
        """Tell about trouble with the recording when it begins, and, with empty text, when it is over."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        phase: ConnectionPhase = "error" if trouble else "listening"
        self._outbox.tell(ConnectionStatus(phase, f"not recording: {trouble}" if trouble else ""))

    def _record(self, what: Unrecorded, *, is_shown: bool) -> None:
        assert self._recorder is not None, "there is a recording"
        settled = what.settled
        while True:
            try:
                recorded = self._recorder.append(
                    settled.events, settled.details, nodes=settled.nodes, settles=what.bodies
                )
            except RecordingBusyError:
                self._recorder.flush(PATIENCE_SECONDS)
            except RecordingError as problem:
                self._fail(what, problem, is_shown=is_shown)
                return
            else:
                break
        recorded.add_done_callback(lambda future: self._note(what, future, is_shown=is_shown))

    def _note(self, what: Unrecorded, recorded: "Future[Recorded]", *, is_shown: bool) -> None:
        """Called by the thread that records, right after the commit."""
        problem = recorded.exception()
        if problem is not None:
            self._fail(what, problem, is_shown=is_shown)
        elif not is_shown:
            self._outbox.put(what.settled.events, first_row=recorded.result().first, nodes=what.settled.nodes)

    def _fail(self, what: Unrecorded, problem: BaseException, *, is_shown: bool) -> None:
        """Show the events all the same, once."""
        self.say(str(problem))
        if not is_shown:
            self._outbox.put(what.settled.events, details=what.settled.details, nodes=what.settled.nodes)
        self._failed(what)
