"""Copying the event or the log (LOG-3): the same lines as the export, into a file and to the clipboard.

What writes and hands over is imported when something is copied: the first frame must not wait for it.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from connectome_tui.app.actions.look import event_in_hand
from connectome_tui.app.host import AppHost
from connectome_tui.app.slices import SlicedWork
from connectome_tui.events.flow import SourceError
from connectome_tui.events.numbers import grouped
from connectome_tui.widgets.log_rule import event_count

if TYPE_CHECKING:
    from connectome_tui.app.clipboard import How

WORTH_TELLING: Final = 5000
"""The footer tells how far a copy is, each time so many lines were written."""


class Terminal(Protocol):
    """The way to the terminal's own clipboard."""

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence."""
        ...


class TakeActions:
    """Commands of the group Take. Keeps the copy in hand."""

    def __init__(self, host: AppHost, terminal: Terminal) -> None:
        self._host = host
        self._terminal = terminal
        self._work: SlicedWork | None = None

    def copy_event(self) -> None:
        """The event in hand, as one line of JSON."""
        index = event_in_hand(self._host)
        if index is None:
            self._host.say("Nothing released yet: there is no event to copy", "warn")
            return
        from connectome_tui.store.json_lines import event_line

        ledger = self._host.state.ledger
        line = event_line(ledger[index].event, ledger.detail(index))
        self._copy("event.json", iter((line,)), "the event", 1)

    def copy_event_text(self) -> None:
        """The event in hand, as a line of text (LOG-4)."""
        index = event_in_hand(self._host)
        if index is None:
            self._host.say("Nothing released yet: there is no event to copy", "warn")
            return
        from connectome_tui.store.text_lines import event_text

        text = event_text(self._host.state.ledger[index].event)
        self._copy("event.txt", iter((f"{text}\n".encode("utf-8", "replace"),)), "the event", 1)

    def copy_log(self) -> None:
        """The whole log, as the export writes it."""
        from connectome_tui.store.export import export_jsonl

        self._copy_log("log.jsonl", export_jsonl(self._host.state.ledger))

    def copy_log_text(self) -> None:
        """The whole log, as text."""
        from connectome_tui.store.export import export_text

        self._copy_log("log.txt", export_text(self._host.state.ledger))

    def stop_copying(self) -> bool:
        """Give up a copy in hand; false when there is none."""
        if self._work is None or not self._work.running:
            return False
        self._work.stop()
        self._host.say("The copy was given up")
        return True

    def _copy_log(self, name: str, lines: Iterator[bytes]) -> None:
        ledger = self._host.state.ledger
        count = event_count(ledger)
        if not count:
            self._host.say("Nothing released yet: the log is empty", "warn")
            return
        self._copy(name, lines, f"{grouped(count)} event{'' if count == 1 else 's'}", len(ledger))

    def _copy(self, name: str, lines: Iterator[bytes], what: str, count: int) -> None:
        from connectome_tui.app.clipboard import copy_file_path

        self.stop_copying()
        path = copy_file_path(name)
        self._work = SlicedWork(self._host, self._write(path, lines, what, count))
        self._work.start()

    def _write(self, path: Path, lines: Iterator[bytes], what: str, count: int) -> Generator[None]:
        """Write the file, then hand it over; a place that cannot be written is told and ends no program."""
        from connectome_tui.app.clipboard import hand_to_tool, native_tool, write_copy

        try:
            for written, _ in enumerate(write_copy(path, lines), 1):
                if written % WORTH_TELLING == 0:
                    self._host.say(f"Copying {written} of {count} · esc gives up")
                yield
        except SourceError as error:
            self._host.say(str(error), "warn")
            return
        tool = native_tool(os.environ)
        if tool is None:
            self._tell(path, what, copied=False)
            return
        self._host.beside(lambda: hand_to_tool(path, tool), lambda copied: self._tell(path, what, copied=copied))

    def _tell(self, path: Path, what: str, *, copied: bool) -> None:
        from connectome_tui.app.clipboard import hand_to_terminal

        sent = hand_to_terminal(path, self._terminal.write_to_terminal)
        self._host.say(told("copied" if copied else "sent" if sent else "kept", what, path), "ok")


def told(how: "How", what: str, path: Path) -> str:
    """What the footer says of a copy: `sent` where nothing confirms that it arrived."""
    place = short_path(path)
    if how == "kept":
        return f"wrote {what} · in {place}, too long for the clipboard"
    return f"{how} {what} to the clipboard · in {place}"


def short_path(path: Path) -> str:
    """The path with the home folder as `~`."""
    home = str(Path.home())
    text = str(path)
    return f"~{text[len(home) :]}" if home != "/" and text.startswith(home + "/") else text
