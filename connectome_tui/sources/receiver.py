"""The receiver as a live source: it starts the receiving process, hands over what comes, and starts it again."""

import platform
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from connectome_tui.clock import Clock, SystemClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import ConnectionStatus, LiveBatch, LiveCounters
from connectome_tui.receiver.addresses import check_reach, parse_address
from connectome_tui.receiver.frames import FrameError, Listening, Message, Refused, pinned
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.receiver_process import ReceiverProcess

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 12.0
FIRST_DELAY_MS: Final = 250.0
LONGEST_DELAY_MS: Final = 10_000.0
STEADY_MS: Final = 30_000.0
"""A process that lived so long was well: the next restart does not wait longer than the first."""
HOPELESS: Final = 4
"""After so many quick deaths a process does not take up any more what the one before it left."""
_ALL_ADDRESSES: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- to know it, not to bind it
LOST: Final = "the receiving process ended"


@dataclass(slots=True)
class _Handed:
    """What was handed over by all processes together."""

    before: LiveCounters
    latest: LiveCounters
    next_row: int | None = None


class ReceiverSource:
    """Listens for OTLP and Zipkin. See `ReceiverOptions`; a `recording` there is written by the process itself."""

    def __init__(self, options: ReceiverOptions, *, clock: Clock | None = None) -> None:
        self._name = (*options.http, *options.grpc, "receiver")[0]
        self._options = msgspec.structs.replace(options, source=self._name)
        self._clock = clock or SystemClock()
        self._process: ReceiverProcess | None = None
        self._listening = Listening(http=options.http, grpc=options.grpc)
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._handed = _Handed(LiveCounters(), LiveCounters(), options.next_row)
        self._restarts = 0

    @property
    def name(self) -> str:
        """The first address, as the user gave it."""
        return self._name

    @property
    def kind(self) -> str:
        """What sort of source it is."""
        return "receiver"

    @property
    def recording(self) -> str | None:
        """The file that the process writes, for reading details and what waits."""
        return self._options.recording

    @property
    def listening(self) -> Listening:
        """The addresses that were bound, with their ports."""
        return self._listening

    @property
    def pid(self) -> int | None:
        """The number of the receiving process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self, hand_over: HandOver) -> None:
        """Start the process and wait until it listens. `SourceError` when it cannot."""
        assert self._thread is None, "a source starts once"
        options = self._options
        check_reach(
            [parse_address(text) for text in (*options.http, *options.grpc)], has_token=options.token is not None
        )
        messages = self._launch()
        self._thread = threading.Thread(target=self._run, args=(messages, hand_over), name="receiver", daemon=True)
        self._hand_status(hand_over)
        self._thread.start()

    def stop(self) -> None:
        """End the process, which first records what waits; nothing is handed over after it."""
        self._stopping.set()
        if self._process is not None:
            self._process.release()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_SECONDS + 1)

    def describe(self) -> tuple[str, ...]:
        """The addresses in one line, then what to set in the program that sends."""
        http, grpc = self._listening.http, self._listening.grpc
        named = (("OTLP and Zipkin over HTTP", http), ("OTLP over gRPC", grpc))
        lines = ["; ".join(f"{what}: {', '.join(addresses)}" for what, addresses in named if addresses)]
        if http:
            lines += lines_to_paste(http[0], "http/protobuf")
        elif grpc:
            lines += lines_to_paste(grpc[0], "grpc")
        if self._options.token is not None:
            lines.append('export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$TOKEN"')
        return (*lines, *self._listening.notes)

    def _launch(self) -> Iterator[Message]:
        """Start a process; what it says after it said that it listens. `SourceError` when it does not."""
        process = ReceiverProcess(self._options)
        self._process = process
        guard = threading.Timer(START_SECONDS, process.kill)
        guard.start()
        messages = process.messages()
        try:
            first = next(messages, None)
        except FrameError as problem:
            process.kill()
            raise SourceError(self._name, f"the receiving process is not ours: {problem}") from problem
        finally:
            guard.cancel()
        match first:
            case Listening():
                self._listening = first
                asked = self._options
                self._options = msgspec.structs.replace(
                    asked, http=pinned(asked.http, first.http), grpc=pinned(asked.grpc, first.grpc)
                )
                return messages
            case Refused(subject=subject, reason=reason):
                process.wait(STOP_SECONDS)
                raise SourceError(subject, reason)
            case _:
                how = process.wait(STOP_SECONDS)
                raise SourceError(self._name, f"the receiving process did not start ({how})")

    def _run(self, messages: Iterator[Message], hand_over: HandOver) -> None:
        """Hand over what comes; restart the process as often as it dies."""
        failures = 0
        while True:
            began_ms = self._clock.now_ms()
            how = self._follow(messages, hand_over)
            if self._stopping.is_set():
                return
            failures = 0 if self._clock.now_ms() - began_ms >= STEADY_MS else failures
            self._note_death(hand_over)
            while True:
                delay_ms = min(FIRST_DELAY_MS * 2.0 ** min(failures, 20), LONGEST_DELAY_MS)
                failures += 1
                self._say_restart(how, delay_ms, hand_over)
                if self._stopping.wait(delay_ms / 1000):
                    return
                # What kills the process again and again may lie in the recording: then it stays there.
                self._options = msgspec.structs.replace(
                    self._options, goes_on=True, next_row=self._handed.next_row, takes_up=failures < HOPELESS
                )
                try:
                    messages = self._launch()
                except SourceError as problem:
                    how = str(problem)
                    continue
                break
            self._hand_status(hand_over)

    def _follow(self, messages: Iterator[Message], hand_over: HandOver) -> str:
        """Hand over until the process ends; how it ended."""
        assert self._process is not None, "it was launched"
        try:
            for message in messages:
                if isinstance(message, LiveBatch) and not self._stopping.is_set():
                    hand_over(self._whole(message))
        except FrameError as problem:
            self._process.kill()
            return f"{self._process.wait(STOP_SECONDS)}; what it said was no frame: {problem}"
        return self._process.wait(STOP_SECONDS)

    def _whole(self, batch: LiveBatch) -> LiveBatch:
        """The batch with the counters of all processes together; what it brings is remembered."""
        handed = self._handed
        if batch.first_row is not None:
            handed.next_row = batch.first_row + len(batch.events)
        if batch.status is not None and batch.status.phase == "listening":
            batch = msgspec.structs.replace(batch, status=self._listening_status)
        if batch.counters is None:
            return batch
        handed.latest = batch.counters
        return msgspec.structs.replace(batch, counters=added(handed.before, handed.latest))

    def _note_death(self, hand_over: HandOver) -> None:
        """Close the account of a process that died; what nobody kept is lost, counted and said."""
        handed = self._handed
        lost = handed.latest.waiting if self.recording is None else 0
        total = added(handed.before, msgspec.structs.replace(handed.latest, waiting=0))
        if lost:
            dropped = dict(total.dropped)
            dropped[LOST] = dropped.get(LOST, 0) + lost
            total = msgspec.structs.replace(total, dropped=dropped)
        handed.before, handed.latest = total, LiveCounters()
        gap = f"up to {lost} events lost: {LOST}" if lost else None
        hand_over(LiveBatch(source=self._name, counters=total, gap=gap))

    def _say_restart(self, how: str, delay_ms: float, hand_over: HandOver) -> None:
        status = ConnectionStatus(
            "error", f"the receiving process ended ({how}); it is started again", self._clock.now_ms() + delay_ms
        )
        hand_over(LiveBatch(source=self._name, status=status))

    def _hand_status(self, hand_over: HandOver) -> None:
        hand_over(LiveBatch(source=self._name, status=self._listening_status))

    @property
    def _listening_status(self) -> ConnectionStatus:
        return ConnectionStatus("listening", ", ".join((*self._listening.http, *self._listening.grpc)))


def lines_to_paste(bound: str, protocol: str) -> tuple[str, str]:
    """What to paste where the program that sends is started: short enough for a narrow screen.

    Where all addresses of this machine are listened at, it is reached by its name.
    """
    address = parse_address(bound)
    host = platform.node() if address.host in _ALL_ADDRESSES else ""
    return (
        f"export OTEL_EXPORTER_OTLP_ENDPOINT=http://{f'{host}:{address.port}' if host else address}",
        f"export OTEL_EXPORTER_OTLP_PROTOCOL={protocol}",
    )


def added(before: LiveCounters, latest: LiveCounters) -> LiveCounters:
    """The counters of processes that ended and of the one that runs; only that one has something waiting."""
    return LiveCounters(
        received=before.received + latest.received,
        decoded=before.decoded + latest.decoded,
        shown_ready=before.shown_ready + latest.shown_ready,
        waiting=latest.waiting,
        dropped=_together(before.dropped, latest.dropped),
        bad=before.bad + latest.bad,
        rate_limited=before.rate_limited + latest.rate_limited,
        skipped=_together(before.skipped, latest.skipped),
        connections=before.connections + latest.connections,
        refused=_together(before.refused, latest.refused),
        bytes_received=before.bytes_received + latest.bytes_received,
    )


def _together(before: Mapping[str, int], latest: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(before) + Counter(latest))
