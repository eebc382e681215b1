"""OTLP spans in JSON (SPAN-1): a request, or the file exporter's one request a line."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from connectome_tui.traces.content import Content
from connectome_tui.traces.json_pieces import document_pieces, line_pieces
from connectome_tui.traces.json_text import STRICT_ERRORS, any_json
from connectome_tui.traces.otlp_mend import mended_part
from connectome_tui.traces.otlp_spans import SpanMaker
from connectome_tui.traces.otlp_wire import WirePart, WireScopeSpans
from connectome_tui.traces.piece_file import Decoded, PieceFile, UnreadableError
from connectome_tui.traces.values import as_list

FORMAT: Final = "otlp-json"

_strict: Final[Callable[[bytes], WirePart | list[WirePart]]] = msgspec.json.Decoder(WirePart | list[WirePart]).decode


def open_otlp_json(content: Content, *, is_document: bool = False, keep_raw: bool = False) -> PieceFile:
    """A file of OTLP/JSON requests: one a line, or all of it one document."""
    pieces = document_pieces(("resourceSpans", "batches")) if is_document else line_pieces

    def decode(data: bytes, batch: int) -> Decoded:
        return decode_otlp_json(data, batch, keep_raw=keep_raw)

    return PieceFile(content, FORMAT, pieces, decode)


def decode_otlp_json(data: bytes, batch: int = 0, *, keep_raw: bool = False) -> Decoded:
    """The spans of a request, or of an array of requests; `UnreadableError` when it is none.

    The strict decoder is tried first; what it refuses is read by the lenient one and mended.
    """
    decoded = None if keep_raw else _read(_strict_parts(data), Decoded(), batch)
    if decoded is not None:
        return decoded
    value = any_json(data)
    lenient = Decoded()
    try:
        parts = [mended_part(part, lenient.problems, keep_raw=keep_raw) for part in as_list(value)]
        decoded = _read(parts, lenient, batch)
    except RecursionError:
        raise UnreadableError("nested too deeply to be read") from None
    if decoded is None and value != {}:
        raise UnreadableError(f"no OTLP request: {_described(value)}")
    return decoded or lenient


def _strict_parts(data: bytes) -> Sequence[WirePart]:
    """The request, or the requests of an array; none when the strict decoder refuses them."""
    try:
        parts = _strict(data)
    except STRICT_ERRORS:
        return ()
    return parts if isinstance(parts, list) else [parts]


def _read(parts: Sequence[WirePart], decoded: Decoded, batch: int) -> Decoded | None:
    """What the parts hold; None when not one of them has anything that a request has."""
    maker = SpanMaker(batch, decoded)
    unknown = [_read_part(part, maker) for part in parts].count(False)
    if unknown == len(parts):
        return None
    if unknown:
        decoded.problems.append(f"{unknown} of {len(parts)} in an array are no OTLP requests")
    return decoded


def _read_part(part: WirePart, maker: SpanMaker) -> bool:
    """Read a request or a part of one; whether it had anything that a request has."""
    known = False
    for inner in (part.resource_spans, part.batches):
        if inner is not None:
            known = True
            for one in inner:
                _read_part(one, maker)
    for wrapped in (part.result, part.trace):
        if wrapped is not None:
            known = _read_part(wrapped, maker) or known
    scopes: list[WireScopeSpans] = [*(part.scope_spans or ()), *(part.instrumentation_library_spans or ())]
    if scopes:
        maker.read_scopes(part.resource, scopes)
    skipped = _count_skipped(part, maker.decoded)
    return known or skipped or bool(scopes) or part.scope_spans is not None or part.resource is not None


_SCOPES: Final = (
    ("log records", "resource_logs", ("scopeLogs", "instrumentationLibraryLogs"), ("logRecords", "logs")),
    ("metrics", "resource_metrics", ("scopeMetrics", "instrumentationLibraryMetrics"), ("metrics",)),
    ("profiles", "resource_profiles", ("scopeProfiles",), ("profiles",)),
)


def _count_skipped(part: WirePart, decoded: Decoded) -> bool:
    """Count logs, metrics and profiles; whether there was a place for any."""
    found = False
    for what, name, scopes, records in _SCOPES:
        raw: msgspec.Raw | None = getattr(part, name)
        if raw is not None:
            found = True
            decoded.skip(what, _count_records(raw, scopes, records))
    return found


def _count_records(raw: msgspec.Raw, scopes: tuple[str, ...], records: tuple[str, ...]) -> int:
    try:
        groups = msgspec.json.decode(raw)
    except STRICT_ERRORS:
        return 1
    found = [
        len(as_list(scope.get(name)))
        for group in _dicts(groups)
        for scope_name in scopes
        for scope in _dicts(group.get(scope_name))
        for name in records
    ]
    return sum(found)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in as_list(value) if isinstance(item, dict)]


def _described(value: Any) -> str:
    """What stands in place of a request, in a few words."""
    if isinstance(value, dict):
        return f"an object with {', '.join(sorted(value)[:5])}"
    return f"a {'list' if isinstance(value, list) else 'plain value'}"
