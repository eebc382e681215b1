"""Opening a source in a thread: progress that moves, an end that is asked for, and rows as soon as there are some."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectome_tui.events.flow import ALL_FLOWS, Cancelled, Progress, ProgressCallback, Recording
from connectome_tui.events.numbers import grouped

Opener = Callable[[ProgressCallback], Recording]
"""Opens what was asked for, and may give a recording that is not complete yet."""

REPORT_SECONDS: Final = 0.05
"""Progress is handed over at most so often, so that telling of the work does not slow the work."""

INLINE_EVENTS: Final = 20_000
"""All flows of a recording with more events are put together in a thread."""

INLINE_EVENTS_OF_ONE: Final = 2_000
"""So is a single flow with more: a trace is put in order as a whole."""


def long_work(recording: Recording, flow_id: str) -> str:
    """What is done for long when this flow is opened; empty when it is there at once.

    A recording that is still being indexed gives its flow as far as it is read.
    """
    if not recording.complete:
        return ""
    if flow_id == ALL_FLOWS:
        return "Putting all flows one after the other" if recording.report.events > INLINE_EVENTS else ""
    events = next((flow.events for flow in recording.flows if flow.id == flow_id), 0)
    return f"Putting {grouped(events)} events in order" if events > INLINE_EVENTS_OF_ONE else ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording is there; while it is not complete it may have no flow yet, or the first rows of one."""

    recording: Recording


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole recording is indexed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The work ended with an error: bad input, or a mistake in the program."""

    error: BaseException


News = Progress | Opened | Finished | Failed


class OpeningThread:
    """Opens and indexes a recording beside the screen.

    News are put into `news`, in order, and `wake` is called (in the thread) when there are some; who
    is woken takes all of it at once. After `cancel` no more news come.
    """

    def __init__(self, opener: Opener, wake: Callable[[], object]) -> None:
        self.news: deque[News] = deque()
        self._opener = opener
        self._wake = wake
        self._cancelled = threading.Event()
        self._settled = threading.Event()
        self._reported = 0.0
        self._thread = threading.Thread(target=self._run, name="opening", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end; it does so at its next report of progress."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Give the work a moment, so that a small file is there before anything is drawn."""
        self._settled.wait(seconds)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            recording = self._opener(self._report)
            if self._cancelled.is_set():
                recording.close()
                return
            self._tell(Opened(recording))
            if not recording.complete:
                recording.finish(self._report)
            self._tell(Finished())
        except Cancelled:
            return
        except BaseException as error:  # noqa: BLE001 -- it ends the application, which shows it
            self._tell(Failed(error))

    def _report(self, progress: Progress) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        now = time.perf_counter()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._tell(progress)

    def _tell(self, news: News) -> None:
        if not self._cancelled.is_set():
            self.news.append(news)
            if not isinstance(news, Progress) and not (isinstance(news, Opened) and not news.recording.flows):
                self._settled.set()
            self._wake()
