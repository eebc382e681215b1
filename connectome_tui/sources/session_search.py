"""Searching a session file in its bytes: about a second for a million events."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import msgspec

from connectome_tui.events.topology import Topology
from connectome_tui.find.query import Query
from connectome_tui.find.raw import LineShape, RawQuery, Verdict, raw_query
from connectome_tui.find.search import SearchSlice, matches_event
from connectome_tui.find.texts import SharedFields, own_texts, shared_fields, shared_texts, value_texts
from connectome_tui.sources.session_flow import SessionFlow
from connectome_tui.sources.session_lines import DETAIL_KEYS, EVENT_KEYS, EventLine, detail_of, read_event, read_object
from connectome_tui.sources.session_rows import SessionLines

PIECE: Final = 128 << 10
"""So many bytes at a time: from a tenth of a millisecond to, when each line is decoded, two."""

MOST_SHARED: Final = 4096

SHAPE: Final = LineShape(
    keys=(*sorted(EVENT_KEYS), *DETAIL_KEYS),
    nested=tuple(f'"{key}"'.encode() for key in (*DETAIL_KEYS, "raw_payload")),
    times=(b'"at_ms"', b'"duration_ms"', b'"energy_delta"'),
)
_decoder: Final = msgspec.json.Decoder(EventLine)


class SessionSearch:
    """One search in one session. Rows are those of the file here, those of the flow in what it gives."""

    def __init__(self, lines: SessionLines, flow: SessionFlow, query: Query, topology: Topology) -> None:
        self._lines = lines
        self._flow = flow
        self._query = query
        self._topology = topology
        self._raw = raw_query(query, topology, SHAPE)
        self._shared: dict[SharedFields, bool] = {}

    def slices(self, rows: range) -> Iterator[SearchSlice]:
        """Look at `rows` of the flow, in order, a piece of the file at a time."""
        base = self._flow.first_row
        row, stop = rows.start + base, rows.stop + base
        offsets = self._lines.index.offsets
        while row < stop:
            end = max(row + 1, bisect_left(offsets, offsets[row] + PIECE, row, stop))
            hits = self._hits(row, end, self._lines.lines(row, end))
            yield SearchSlice(tuple(hit - base for hit in hits), end - base)
            row = end

    def _hits(self, row: int, end: int, data: bytes) -> list[int]:
        """The rows from `row` to `end` that hit; `data` are their bytes and whatever lies between them."""
        searchable = self._raw.searchable(data) if self._raw else None
        if self._raw and searchable is not None:
            return sorted(self._hits_in_piece(row, end, data, searchable, self._raw))
        start = self._lines.index.offsets[row]
        hits = []
        for candidate in range(row, end):
            line = self._line(candidate, data, start)
            may_match = not self._raw or self._lines.is_odd(candidate) or self._raw.may_match(line)
            if may_match and self._matches(candidate, line):
                hits.append(candidate)
        return hits

    def _hits_in_piece(self, row: int, end: int, data: bytes, searchable: bytes, raw: RawQuery) -> set[int]:
        offsets, odd_rows = self._lines.index.offsets, self._lines.index.odd_rows
        start = offsets[row]
        settled = set(odd_rows[bisect_left(odd_rows, row) : bisect_left(odd_rows, end)])
        hits = {candidate for candidate in settled if self._matches(candidate, self._line(candidate, data, start))}
        for number, needle in enumerate(raw.needle_bytes):
            place = searchable.find(needle)
            while place >= 0:
                candidate = bisect_right(offsets, start + place, row, end) - 1
                begin = offsets[candidate] - start
                line_end = searchable.find(b"\n", begin)
                line_end = len(data) if line_end < 0 else line_end
                # A header or a bad line behind the row belongs to no row.
                if place < line_end and candidate not in settled:
                    verdict: Verdict = "look"
                    if number == 0:
                        plain = raw.certain and searchable[place - 1] != _BACKSLASH
                        verdict = "yes" if plain else raw.verdict(searchable[begin:line_end], place - begin)
                    if verdict != "no":
                        settled.add(candidate)
                        if verdict == "yes" or self._says(candidate, data[begin:line_end], place - begin, raw):
                            hits.add(candidate)
                place = searchable.find(needle, max(place + 1, line_end))
        return hits

    def _says(self, row: int, line: bytes, place: int, raw: RawQuery) -> bool:
        """Whether the line hits that holds a needle at `place`; it is decoded only if that is not clear."""
        return raw.says(line, place) or self._matches(row, line)

    def _line(self, row: int, data: bytes, start: int) -> bytes:
        begin = self._lines.index.offsets[row] - start
        end = data.find(b"\n", begin)
        return data[begin:] if end < 0 else data[begin:end]

    def _matches(self, row: int, line: bytes) -> bool:
        """Look at what the line says."""
        query = self._query
        if not self._lines.is_odd(row):
            plain = _decoder.decode(line)
            if self._shared_match(shared_fields(plain)):
                return True
            details = [_value(raw) for raw in (plain.attributes, plain.resource, plain.identity) if raw]
            if all(isinstance(value, dict) for value in details):
                return query.matches_any(chain(own_texts(plain), *map(value_texts, details)))
        event = read_event(line, row - self._flow.first_row + 1, self._flow.default_at_ms or 0.0)
        return matches_event(query, event, detail_of(read_object(line)), self._topology)

    def _shared_match(self, fields: SharedFields) -> bool:
        """Whether what many events have alike says it; each of them is looked at once."""
        known = self._shared.get(fields)
        if known is None:
            if len(self._shared) >= MOST_SHARED:
                self._shared.clear()
            known = self._shared[fields] = self._query.matches_any(shared_texts(fields, self._topology))
        return known


def _value(raw: msgspec.Raw) -> Any:
    try:
        return _value_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # the whole line is then read in the lenient way


_value_decoder: Final = msgspec.json.Decoder()
_BACKSLASH: Final = ord("\\")
