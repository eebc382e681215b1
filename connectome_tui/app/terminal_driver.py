"""The terminal's driver on Linux and macOS, for terminals that go away while the program writes to them."""

import io
import select
import threading
from collections.abc import Callable
from typing import Any, Final, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

TERMINAL_GONE: Final = 129
"""The exit status of a program whose terminal went away, as of one that was hung up (128 + SIGHUP)."""


class LeavingTerminal(io.TextIOBase):
    """A terminal to write to. The first write that fails is told once; from then on nothing is written.

    The thread that writes would end otherwise, and the program wait for it for ever.
    """

    def __init__(self, terminal: TextIO, gone: Callable[[], None]) -> None:
        self._terminal = terminal
        self._gone = gone
        self._is_gone = False

    def fileno(self) -> int:
        return self._terminal.fileno()

    def write(self, text: str) -> int:
        if not self._is_gone:
            try:
                self._terminal.write(text)
            except OSError:
                self._leave()
        return len(text)

    def flush(self) -> None:
        if not self._is_gone:
            try:
                self._terminal.flush()
            except OSError:
                self._leave()

    def _leave(self) -> None:
        self._is_gone = True
        self._gone()


class TerminalDriver(LinuxDriver):
    """Ends the program when the terminal went away, also without a signal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        terminal = self._file
        assert terminal is not None, "a program on a terminal has a standard error"
        self._is_watched = False
        self._file = cast("Any", LeavingTerminal(terminal, self._terminal_is_gone))

    def start_application_mode(self) -> None:
        """Take the terminal, and watch it from the first time on."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.input_tty and not self._is_watched:
            self._is_watched = True
            threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def write(self, data: str) -> None:
        """Have it written; dropped when nothing writes any more, as behind a hang-up that woke the program."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive():
            writer.write(data)

    def _watch(self) -> None:
        """Wait for the end of the terminal: reading from it then would find nothing, again and again."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(happened & select.POLLHUP for _, happened in poll.poll()):
            self._terminal_is_gone()

    def _terminal_is_gone(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=TERMINAL_GONE))
