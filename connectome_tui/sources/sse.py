"""Server-sent events as the HTML standard parses them, without I/O: bytes in, events out, however they are cut."""

from typing import Final

import msgspec

DEFAULT_NAME: Final = "message"
"""The name of an event whose stream gives it none."""

LARGEST_EVENT: Final = 4 << 20
"""Bytes of the lines of one event; a larger one is dropped and counted."""

_BOM: Final = b"\xef\xbb\xbf"
_LONGEST_RETRY: Final = 12
"""Digits of a `retry:`; more would be longer than any program runs."""


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One dispatched event. `id` is the last id that the stream had given until then, empty if none."""

    data: str
    name: str = DEFAULT_NAME
    id: str = ""


class EventStreamParser:
    """Parses one response. What an event in the middle has said is forgotten when the stream ends there.

    `last_event_id` is what a reconnect sends; `retry_ms` the time to reconnect that the server asked
    for; `dropped` counts events over `largest` bytes.
    """

    def __init__(self, *, last_event_id: str = "", largest: int = LARGEST_EVENT) -> None:
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self.dropped = 0
        self._largest = largest
        self._begun = False
        self._line: list[bytes] = []
        self._line_size = 0
        self._skip_line_feed = False
        self._size = 0
        self._name = ""
        self._data: list[str] = []
        self._id = last_event_id

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Take the next bytes; the events that they complete, in order."""
        if self._skip_line_feed and chunk:
            self._skip_line_feed = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if not chunk:
            return []
        # Of bytes, only CR, LF and CRLF split lines, as the standard has it.
        lines = chunk.splitlines()
        rest = b"" if chunk.endswith((b"\r", b"\n")) else lines.pop()
        self._skip_line_feed = chunk.endswith(b"\r")
        events: list[ServerEvent] = []
        for line in lines:
            event = self._take(line)
            if event is not None:
                events.append(event)
        if rest:
            self._hold(rest)
        return events

    def _hold(self, piece: bytes) -> None:
        """Keep the beginning of a line; of one that is too large, only what tells a comment from a field."""
        self._line_size += len(piece)
        if self._line_size > self._largest:
            self._line = [self._line[0][:1] if self._line else piece[:1]]
        else:
            self._line.append(piece)

    def _take(self, line: bytes) -> ServerEvent | None:
        """One whole line."""
        size = self._line_size + len(line)
        if self._line:
            line = b"".join((*self._line, line))
            self._line, self._line_size = [], 0
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        if line.startswith(b":"):
            return None  # a comment is no part of an event: servers send them all day to keep a line open
        self._size += size
        if self._size > self._largest:
            self._data.clear()
        else:
            self._field(line.decode("utf-8", "replace"))
        return None

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id":
            if "\0" not in value:
                self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value[:_LONGEST_RETRY])

    def _dispatch(self) -> ServerEvent | None:
        """A blank line: the event is whole."""
        name, data, too_large = self._name, self._data, self._size > self._largest
        self._name, self._data, self._size = "", [], 0
        self.last_event_id = self._id
        if too_large:
            self.dropped += 1
            return None
        if not data:
            return None
        return ServerEvent(data="\n".join(data), name=name or DEFAULT_NAME, id=self._id)
