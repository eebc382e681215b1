"""What live sources that follow something have in common: a thread, a bell that ends it, and what it hands over."""

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Final

import msgspec

from connectome_tui.clock import Clock
from connectome_tui.events.live import ConnectionPhase, ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.sources.bell import Bell
from connectome_tui.sources.live import HandOver

END_SECONDS: Final = 5.0
"""For a thread to end; it waits on the bell, so that only a name server that does not answer holds it up."""

Work = Callable[["Delivery"], None]


class Delivery:
    """Counts and hands over what one run of a source brings. For its thread alone."""

    def __init__(self, source: str, clock: Clock, hand_over: HandOver) -> None:
        self.counters = LiveCounters()
        self._source = source
        self._clock = clock
        self._hand_over = hand_over
        self._status: ConnectionStatus | None = None

    def count(self, **more: int) -> None:
        """Add to the counters that are numbers."""
        values = {name: getattr(self.counters, name) + number for name, number in more.items()}
        self.counters = msgspec.structs.replace(self.counters, **values)

    def skip(self, what: str, number: int) -> None:
        """Count records that are accepted and not shown."""
        self._add("skipped", what, number)

    def lose(self, reason: str, number: int) -> None:
        """Count records that are lost."""
        self._add("dropped", reason, number)

    def refuse(self, reason: str) -> None:
        """Count somebody who was turned away."""
        self._add("refused", reason, 1)

    def _add(self, name: str, reason: str, number: int) -> None:
        if number:
            counts = getattr(self.counters, name)
            self.counters = msgspec.structs.replace(
                self.counters, **{name: {**counts, reason: counts.get(reason, 0) + number}}
            )

    def status(self, phase: ConnectionPhase, message: str = "", *, retry_in_ms: float | None = None) -> None:
        """Say how the connection stands, when that is new."""
        next_retry_ms = None if retry_in_ms is None else self._clock.now_ms() + retry_in_ms
        status = ConnectionStatus(phase, message, next_retry_ms)
        if status != self._status:
            self._status = status
            self.hand_over(LiveBatch(source=self._source, status=status, counters=self.counters))

    @property
    def is_connected(self) -> bool:
        """Whether that is what was said last."""
        return self._status is not None and self._status.phase == "connected"

    def hand_over(self, batch: LiveBatch) -> None:
        """Hand a batch over as it is; waits while the session has too much of it."""
        self._hand_over(batch)


class SourceThread:
    """Runs the work of a source from `start` to `stop`, once."""

    def __init__(self, source: str, clock: Clock, work: Work) -> None:
        self._source = source
        self._clock = clock
        self._work = work
        self._thread: threading.Thread | None = None
        self._has_ended = False

    @cached_property
    def bell(self) -> Bell:
        """What ends its waits; it holds sockets from its first use on."""
        return Bell()

    def start(self, hand_over: HandOver) -> None:
        """Begin."""
        assert self._thread is None, "a source starts once"
        delivery = Delivery(self._source, self._clock, self._unless_ended(hand_over))
        self._thread = threading.Thread(
            target=self._run, args=(delivery,), name=f"connectome {self._source}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the work and wait until it has ended, with what it has left; nothing is handed over after it."""
        self.bell.stop()
        if self._thread is not None:
            self._thread.join(END_SECONDS)
        self._has_ended = True
        if self._thread is None or not self._thread.is_alive():
            self.bell.close()

    def _run(self, delivery: Delivery) -> None:
        try:
            self._work(delivery)
        except Exception as error:
            # The thread's own hook reports it; here the screen learns that nothing more comes.
            delivery.status("error", f"stopped by an error of this program: {type(error).__name__}: {error}")
            raise

    def _unless_ended(self, hand_over: HandOver) -> HandOver:
        def guarded(batch: LiveBatch) -> None:
            if not self._has_ended:
                hand_over(batch)

        return guarded
