"""Copying the event or the log (LOG-3): the same lines as the export, into a file and to the clipboard.

What writes and hands over is imported when something is copied: the first frame must not wait for it.
"""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from connectome_tui.app.actions.look import event_in_hand
from connectome_tui.app.host import AppHost, RemoteLedger
from connectome_tui.app.slices import SlicedWork
from connectome_tui.events.flow import SourceError
from connectome_tui.events.numbers import grouped
from connectome_tui.widgets.log_rule import event_count

if TYPE_CHECKING:
    from connectome_tui.app.clipboard import How
    from connectome_tui.client.requests import Failure
    from connectome_tui.store.deltas import Page
    from connectome_tui.store.export import ExportFormat

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
        self._end_fetching: Callable[[], None] | None = None
        self._awaited: int | None = None

    def copy_event(self) -> None:
        """The event in hand, as one line of JSON."""
        index = event_in_hand(self._host)
        if index is None:
            self._host.say("Nothing released yet: there is no event to copy", "warn")
            return
        if not self._copy_whole_event(index) and self._host.remote is not None:
            self._await_detail(index, self._host.remote)

    def _copy_whole_event(self, index: int) -> bool:
        """Copy an event with its attributes; false when those are still to come from the server."""
        from connectome_tui.events.listed import NO_DETAIL
        from connectome_tui.store.json_lines import event_line

        ledger = self._host.state.ledger
        detail = ledger.detail(index)
        if detail is NO_DETAIL and self._host.remote is not None:
            return False
        self._copy("event.json", iter((event_line(ledger[index].event, detail),)), "the event", 1)
        return True

    def _await_detail(self, index: int, remote: RemoteLedger) -> None:
        """The attributes of an event are the server's: they come by themselves, as they were asked for just now."""
        refused = remote.why_not(writes=False)
        if refused is not None:
            self._host.say(f"Its attributes are not here: w copies it as text. {refused.message}", "warn")
            return
        self._awaited = index
        self._host.say("Fetching the event")

    def catch_up(self) -> None:
        """Something came: copy what was waited for, if it is still meant."""
        index = self._awaited
        if index is None:
            return
        is_meant = self._host.state.ledger.holds(index) and event_in_hand(self._host) == index
        if not is_meant or self._copy_whole_event(index):
            self._awaited = None

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

        if self._host.remote is not None:
            self._fetch_log("log.jsonl", "jsonl", self._host.remote)
        else:
            self._copy_log("log.jsonl", export_jsonl(self._host.state.ledger))

    def copy_log_text(self) -> None:
        """The whole log, as text."""
        from connectome_tui.store.export import export_text

        if self._host.remote is not None:
            self._fetch_log("log.txt", "text", self._host.remote)
        else:
            self._copy_log("log.txt", export_text(self._host.state.ledger))

    def _fetch_log(self, name: str, log_format: "ExportFormat", remote: RemoteLedger) -> None:
        """Fetch the whole log of a shared session, then copy it; Escape gives up."""
        from connectome_tui.client.paged_log import PagedLog

        ledger = self._host.state.ledger
        if not event_count(ledger):
            self._host.say("Nothing released yet: the log is empty", "warn")
            return
        self.stop_copying()
        log = PagedLog(ledger.sessions, log_format)

        def progressed(page: "Page", through: int, total: int) -> None:
            log.take(page)
            if through < total:
                self._host.say(f"Fetching {grouped(through)} of {grouped(total)} · esc gives up")

        def done(failure: "Failure | None") -> None:
            self._end_fetching = None
            if failure is None:
                what = f"{grouped(log.events)} event{'' if log.events == 1 else 's'}"
                self._copy(name, log.lines(), what, log.events)
                return
            log.close()
            self._copy_what_is_here(name, log_format, failure.message)

        self._end_fetching = lambda: None
        end = remote.fetch_all(progressed, done, detail=log_format == "jsonl")
        if self._end_fetching is not None:
            self._end_fetching = end

    def _copy_what_is_here(self, name: str, log_format: "ExportFormat", why_not: str) -> None:
        """Without a connection a log that is here whole can be copied still."""
        from connectome_tui.session import export_lines
        from connectome_tui.store.window_ledger import WindowLedger

        ledger = self._host.state.ledger
        if isinstance(ledger, WindowLedger) and ledger.is_whole(detail=log_format == "jsonl"):
            self._copy_log(name, export_lines(ledger, log_format))
        else:
            self._host.say(why_not, "warn")

    def stop_copying(self) -> bool:
        """Give up a copy in hand; false when there is none."""
        if self._end_fetching is not None:
            self._end_fetching()
            self._end_fetching = None
            self._host.say("The copy was given up")
            return True
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
