"""Following lines of JSON: a growing file (`connectome follow FILE`) and standard input (`connectome follow -`)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from connectome_tui.clock import Clock
from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.sources.file_tail import CHUNK, FileTail
from connectome_tui.sources.lines import LONGEST_LINE
from connectome_tui.sources.lines_delivery import BlockReader, LinesDelivery
from connectome_tui.sources.live import HandOver
from connectome_tui.sources.source_thread import Delivery, SourceThread
from connectome_tui.sources.span_lines import Settling

LONGEST_FOLLOWED: Final = 4 << 20
"""Bytes of a line, where it may be a request of OTLP: these are larger than lines that tell of one event."""
LOOK_SECONDS: Final = 0.05
"""Between two looks at a file that does not grow."""
FAILED_SECONDS: Final = 1.0
"""Before another look at a file that could not be read."""
EXAMPLE: Final = '{"from": "client:me", "to": "service:api", "label": "hello"}'


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
        settling: Settling | None = None,
        wait: Callable[[float | None], bool] | None = None,
    ) -> None:
        self._reader = reader
        self._settling = settling
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
        lines = LinesDelivery(
            self.name, self._clock, delivery, self._longest, reader=self._reader, settling=self._settling
        )
        delivery.status("connecting")
        try:
            while not self._thread.bell.stopped:
                looked_at_ms = self._clock.now_ms()
                pause = self._look(lines, delivery)
                lines.settle(looked_at_ms)
                if pause:
                    self._wait(pause)
            lines.leave()
        finally:
            self._tail.close()

    def _wait_on_bell(self, seconds: float | None) -> bool:
        return self._thread.bell.wait(seconds)

    def _look(self, lines: LinesDelivery, delivery: Delivery) -> float:
        """Take what is there; seconds until another look is worth while."""
        try:
            piece = self._tail.look()
        except SourceError as error:
            delivery.status("error", error.expected)
            return FAILED_SECONDS
        if piece.began_anew:
            lines.begin_anew(piece.began_anew)
            delivery.status("connected", f"the file was {piece.began_anew}: reading it from its beginning")
        elif piece.data:
            if not delivery.is_connected:
                delivery.status("connected")
            lines.take(piece.data)
        else:
            if not piece.is_there:
                delivery.status("connecting", "there is no such file: waiting for it")
            elif not delivery.is_connected:
                delivery.status("connected")
            return LOOK_SECONDS
        return 0.0


class FollowStdin:
    """A live source that reads JSON lines from a pipe until it ends.

    While the session has more than it can take, nothing is read, so that the writer waits: nothing is
    dropped. The descriptor is closed at the end.
    """

    kind = "stdin"
    name = "stdin"

    def __init__(
        self,
        descriptor: int,
        *,
        clock: Clock,
        longest: int | None = None,
        reader: BlockReader | None = None,
        settling: Settling | None = None,
    ) -> None:
        self._reader = reader
        self._settling = settling
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
        lines = LinesDelivery(
            self.name, self._clock, delivery, self._longest, reader=self._reader, settling=self._settling
        )
        delivery.status("connected")
        bell = self._thread.bell
        try:
            while not bell.stopped:
                is_readable = bell.wait_for(self._descriptor, "read", lines.patience())
                looked_at_ms = self._clock.now_ms()
                if is_readable:
                    data = os.read(self._descriptor, CHUNK)
                    if not data:
                        lines.finish()
                        delivery.status("disconnected", "standard input has ended")
                        return
                    lines.take(data)
                lines.settle(looked_at_ms)
            lines.leave()
        except OSError as error:
            delivery.status("error", f"standard input cannot be read: {(error.strerror or '').lower()}")
        finally:
            os.close(self._descriptor)
