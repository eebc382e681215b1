"""Reading a session file once, from its beginning to its end, a slice at a time."""

from array import array
from itertools import accumulate, chain, count
from operator import add
from typing import Final

import msgspec

from connectome_tui.events.families import FamilyTree
from connectome_tui.events.flow import BadLine
from connectome_tui.events.model import FlowEvent
from connectome_tui.sources.session_flow import SessionFlow
from connectome_tui.sources.session_lines import (
    EventLine,
    Header,
    as_event,
    is_header,
    read_header,
    read_object,
)
from connectome_tui.traces.content import Content

SLICE: Final = 128 << 10
"""So many bytes at a time: about 0.6 ms of work, so that a key press need not wait for it."""
LONGEST_LINE: Final = 64 << 20
MOST_BAD_LINES: Final = 100_000
_SMALLEST_LINE: Final = 100
_SETTLE_AT_ONCE: Final = 2000
_BOM: Final = b"\xef\xbb\xbf"

_decoder: Final = msgspec.json.Decoder(EventLine)


class SessionIndex:
    """Where every row lies in the file, which family it has, and the sessions that the rows belong to.

    `advance` reads one slice; what it found can be used at once, in any thread, by `rows` and `flows`.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self._position = 0
        self._lines = 0
        self._unsettled: list[SessionFlow] = []
        self._flow_ids: set[str] = set()
        self.offsets = array("Q")
        self.odd_rows = array("I")
        """Rows that are not exactly an event: something is missing, of a wrong type, or beside it."""
        self.tree = FamilyTree()
        self.flows: list[SessionFlow] = []
        self.bad_lines: list[BadLine] = []
        self.unlisted_bad_lines = 0
        """How many more there are than a list should hold."""
        self.rows = 0
        self.end_offset = 0
        """Where the last of `rows` ends at the latest."""
        self.complete = False

    @property
    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._position / self._content.size if self._content.size else 1.0

    def advance(self) -> None:
        """Read the next slice, or do a part of what is left to be done behind the last one."""
        if self._unsettled:
            self._settle()
        elif self._position < self._content.size:
            self._read_slice()
        elif self.flows and self.flows[-1].end_row is None:
            self._end_flow()
        else:
            if self._content.damage:
                self._report_bad(self._lines + 1, self._content.damage)
            self.complete = True

    def _settle(self) -> None:
        flow = self._unsettled[0]
        assert flow.finder is not None, "settled twice"
        if not flow.finder.settle(_SETTLE_AT_ONCE):
            flow.finder = None
            del self._unsettled[0]

    def _read_slice(self) -> None:
        data = self._whole_lines()
        if data:
            offset, self._position = self._position, self._position + len(data)
            if not (self.flows and self._add_plain(data, offset)):
                self._add_mixed(data, offset)
            self.end_offset = self._position
        self.rows = len(self.offsets)

    def _whole_lines(self) -> bytes:
        """The next lines that are whole; nothing when the next one is too long to be held, and then it is behind us."""
        size, left = SLICE, self._content.size - self._position
        while True:
            data = self._content.read(self._position, size)
            end = data.rfind(b"\n") + 1
            if end:
                return data if end == len(data) else data[:end]
            if size >= left:
                return data
            if size >= LONGEST_LINE:
                self._skip_line()
                return b""
            size *= 4

    def _skip_line(self) -> None:
        self._lines += 1
        self._report_bad(self._lines, f"longer than {LONGEST_LINE >> 20} MiB")
        while data := self._content.read(self._position, 4 << 20):
            end = data.find(b"\n") + 1
            self._position += end or len(data)
            if end:
                return

    def _add_plain(self, data: bytes, offset: int) -> bool:
        """Take in lines that are all exactly events, as nearly all slices are; False, and nothing done, if not."""
        try:
            events = _decoder.decode_lines(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        lines = data.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        if len(lines) != len(events):
            return False
        flow = self.flows[-1]
        if flow.default_at_ms is None:
            flow.default_at_ms = events[0].at_ms
        self.offsets.extend(_line_starts(lines, offset))
        flow.add(events)
        self._lines += len(lines)
        return True

    def _add_mixed(self, data: bytes, offset: int) -> None:
        """Take in lines one by one."""
        lines = data.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        for line, start in zip(lines, _line_starts(lines, offset), strict=True):
            self._lines += 1
            try:
                self._add_line(line.removeprefix(_BOM) if start == 0 else line, start)
            except ValueError as error:
                self._report_bad(self._lines, str(error))

    def _add_line(self, line: bytes, offset: int) -> None:
        if not line or line.isspace():
            return
        if is_header(line):
            header, problems = read_header(line)
            self._begin_flow(header)
            for problem in problems:
                self._report_bad(self._lines, problem)
            return
        flow = self.flows[-1] if self.flows else None
        event: FlowEvent
        plain = True
        try:
            event = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            plain = False
            fields = read_object(line)
            number = len(self.offsets) - flow.first_row + 1 if flow else 1
            event = as_event(fields, number, (flow and flow.default_at_ms) or 0.0)
        if flow is None:
            flow = self._begin_flow(None)
        if flow.default_at_ms is None:
            flow.default_at_ms = event.at_ms
        if not plain:
            self.odd_rows.append(len(self.offsets))
        self.offsets.append(offset)
        flow.add([event])

    def _begin_flow(self, header: Header | None) -> SessionFlow:
        expected = 0
        if self.flows:
            self._end_flow()
        else:
            left = (self._content.size - self._position) // _SMALLEST_LINE
            expected = min(left, header.events) if header and header.events else left // 4
        flow = SessionFlow(header, self._free_id(header), len(self.offsets), self.tree, expected)
        self.flows.append(flow)
        return flow

    def _free_id(self, header: Header | None) -> str:
        """The flow's id, the session's when another flow has it already, and in the end a numbered one."""
        wanted = [name for name in (header.flow_id, header.session_id) if name] if header else []
        wanted = wanted or ["session"]
        numbered = (f"{wanted[0]}#{number}" for number in count(len(self.flows) + 1))
        free = next(name for name in chain(wanted, numbered) if name not in self._flow_ids)
        self._flow_ids.add(free)
        return free

    def _end_flow(self) -> None:
        flow = self.flows[-1]
        flow.end_row = len(self.offsets)
        self._unsettled.append(flow)

    def _report_bad(self, line: int, reason: str) -> None:
        if len(self.bad_lines) < MOST_BAD_LINES:
            self.bad_lines.append(BadLine(line, reason))
        else:
            self.unlisted_bad_lines += 1


def _line_starts(lines: list[bytes], offset: int) -> list[int]:
    lengths = accumulate(map(len, lines[:-1]), initial=0)
    return list(map(add, lengths, count(offset)))
