"""The receiving process as a whole: what runs in it, how it starts, and how it ends.

The event loop takes bodies in, one thread makes events of them, one records, one writes to the pipe and
one listens for the end of the other pipe: when the application is gone, by whatever death, so is this.
"""

import asyncio
import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from connectome_tui.clock import SystemClock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.live import LiveCounters
from connectome_tui.receiver.addresses import Address, bind, bound_address, check_reach, parse_address
from connectome_tui.receiver.counting import Counting
from connectome_tui.receiver.frames import READ_SIZE, FrameReader, Listening, Refused, encode_frame
from connectome_tui.receiver.gate import Gate
from connectome_tui.receiver.http_server import HttpServer
from connectome_tui.receiver.intake import Intake
from connectome_tui.receiver.options import ReceiverOptions
from connectome_tui.receiver.outbox import Outbox
from connectome_tui.receiver.pipeline import Pipeline
from connectome_tui.receiver.recorder import open_recorder
from connectome_tui.recordings.cap import FolderCap, files_of
from connectome_tui.recordings.tail import RecordingTail
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.traces.settle import Settler

if TYPE_CHECKING:  # an extra that may not be installed
    from connectome_tui.receiver.grpc_server import GrpcServer

LAST_SECONDS: Final = 10.0
"""How long the end may take; what is not recorded as events by then is in the recording as it was received."""
FAILED: Final = 70
"""The status of a process in which a thread failed."""
COLLECT_EVERY: Final = (50_000, 50, 100)
"""Spans that wait are many small objects without cycles: looking through them often costs much and finds nothing."""


class Receiver:
    """Everything between the sockets and the pipe. `write` takes frames and raises `OSError` when nobody reads."""

    def __init__(self, options: ReceiverOptions, write: Callable[[bytes], None]) -> None:
        self._options = options
        self._write = write
        self._clock = SystemClock()
        self._counting = Counting()
        addresses = [parse_address(text) for text in (*options.http, *options.grpc)]
        check_reach(addresses, has_token=options.token is not None)
        self._is_local = all(address.is_loopback for address in addresses)
        self._grpc: GrpcServer | None = None
        self._recorder: RecordingWriter | None = None
        self._tail: RecordingTail | None = None
        if options.recording is not None:
            path = Path(options.recording)
            self._recorder = open_recorder(
                path,
                options.title,
                self._clock,
                attributes=options.keep_attributes,
                goes_on=options.goes_on,
            )
            self._tail = RecordingTail(path)
        self._outbox = Outbox(
            options.source,
            write,
            self._counters,
            bound=options.limits.outgoing,
            read_back=None if self._tail is None else self._tail.read,
        )
        if self._recorder is not None and options.recordings_bytes is not None:
            folder = self._recorder.path.parent
            self._recorder.limit(FolderCap(folder, options.recordings_bytes, tell=self._say_what_went))
        self._counting.changed = self._outbox.touch
        settler = Settler(
            options.settle_ms,
            overrides=options.node_overrides,
            details=options.keep_attributes or self._recorder is None,
        )
        self._pipeline = Pipeline(
            options, settler, self._outbox, self._counting, clock=self._clock, recorder=self._recorder
        )

    def _say_what_went(self, notice: str) -> None:
        self._outbox.tell(notice=notice)

    async def serve(self, stop: asyncio.Event) -> None:
        """Receive until `stop`; then settle, record and hand over what waits. `SourceError` when it cannot listen."""
        options = self._options
        listeners = [listener for text in options.http for listener in bind(parse_address(text))]
        intake = Intake(self._pipeline.submit, options.limits)
        gate = Gate(options.token, checks_host=self._is_local)
        server = HttpServer(intake, gate, self._counting, options.limits)
        self._take_up()
        work = threading.Thread(target=self._pipeline.run, name="events", daemon=True)
        send = threading.Thread(target=self._outbox.run, name="pipe", daemon=True)
        await server.start(listeners)
        grpc = await self._serve_grpc(intake, gate)
        self._outbox.send(Listening(http=_texts(bound_address(listener) for listener in listeners), grpc=grpc))
        work.start()
        send.start()
        await stop.wait()
        intake.is_closing = True
        server.stop_listening()
        self._pipeline.stop()
        await asyncio.to_thread(work.join)
        await server.close()
        if self._grpc is not None:
            await self._grpc.close()
        await asyncio.to_thread(self._finish, send)

    def discard(self) -> None:
        """It never listened: a recording that was made for that is taken away again."""
        if self._recorder is None or self._options.goes_on:
            return
        self._recorder.close()
        for path in files_of(self._recorder.path):
            path.unlink(missing_ok=True)

    async def _serve_grpc(self, intake: Intake, gate: Gate) -> tuple[str, ...]:
        """Serve gRPC where that is asked for; the addresses."""
        options = self._options
        if not options.grpc:
            return ()
        from connectome_tui.receiver.grpc_server import GrpcServer, require_grpc

        require_grpc()
        self._grpc = GrpcServer(intake, gate, self._counting, options.limits)
        return await self._grpc.start([parse_address(text) for text in options.grpc])

    def _take_up(self) -> None:
        """Go on where an earlier process of the same session died: nothing that it acknowledged is lost."""
        if self._recorder is None:
            return
        first = self._options.next_row
        if first is not None and first < self._recorder.next_row:
            self._outbox.put_rows(first, self._recorder.next_row - first)
        if self._options.takes_up:
            self._pipeline.replay()

    def _finish(self, send: threading.Thread) -> None:
        if self._recorder is not None:
            self._recorder.close()
        self._outbox.close()
        send.join()
        if self._tail is not None:
            self._tail.close()

    def _counters(self) -> LiveCounters:
        waiting = self._pipeline.waiting + self._outbox.waiting
        return self._counting.snapshot(waiting=waiting, shown_ready=self._outbox.sent)


def _texts(addresses: Iterable[Address]) -> tuple[str, ...]:
    return tuple(str(address) for address in addresses)


def main() -> int:
    """Serve one application: options come from standard input, frames go to standard output."""
    threading.excepthook = _die
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    commands, frames = _pipes()

    def write(data: bytes) -> None:
        frames.write(data)
        frames.flush()

    reader = FrameReader()
    options = _first(commands, reader)
    if options is None:
        return 0
    try:
        asyncio.run(_serve(options, commands, write))
    except SourceError as problem:
        place = f"{problem.path}, {problem.place}" if problem.place else problem.path
        write(encode_frame(Refused(subject=place, reason=problem.expected)))
        return 1
    return 0


def _die(problem: threading.ExceptHookArgs) -> None:
    """A thread that fails takes the process with it: better started again than deaf."""
    traceback.print_exception(problem.exc_type, problem.exc_value, problem.exc_traceback)
    sys.stderr.flush()
    os._exit(FAILED)


async def _serve(options: ReceiverOptions, commands: BufferedReader, write: Callable[[bytes], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        """Wait for the other end to close the pipe."""
        while commands.read1(READ_SIZE):
            pass
        threading.Timer(LAST_SECONDS, os._exit, [1]).start()
        loop.call_soon_threadsafe(stop.set)

    receiver = Receiver(options, write)
    threading.Thread(target=watch, name="end", daemon=True).start()
    try:
        await receiver.serve(stop)
    except SourceError:
        receiver.discard()
        raise


def _pipes() -> tuple[BufferedReader, BinaryIO]:
    """Standard input and a copy of standard output; what is printed by mistake goes to standard error."""
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb"), frames


def _first(commands: BufferedReader, reader: FrameReader) -> ReceiverOptions | None:
    """What the application asks for; None when it is gone before it asked."""
    while data := commands.read1(READ_SIZE):
        for message in reader.feed(data):
            if isinstance(message, ReceiverOptions):
                return message
    return None
