"""Which Zipkin spans share an id: a client and a server may, often without saying so (EVENT-4)."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from connectome_tui.traces import ids
from connectome_tui.traces.json_text import STRICT_ERRORS, any_json
from connectome_tui.traces.piece_file import Piece, UnreadableError
from connectome_tui.traces.span import Span
from connectome_tui.traces.values import as_list, text

MAX_LIVE_IDS: Final = 100_000
"""So many ids are remembered while spans come; a pair whose halves lie further apart is told apart no more."""


class _Endpoint(msgspec.Struct, gc=False, rename="camel"):
    service_name: str | None = None


class _Identity(msgspec.Struct, gc=False, rename="camel"):
    """As much of a span as tells it from others."""

    trace_id: str | None = None
    id: str | None = None
    kind: str | None = None
    local_endpoint: _Endpoint | None = None


_strict: Final = msgspec.json.Decoder(list[_Identity]).decode


class SharedIds:
    """The pairs of trace and span id under which there is more than one kind or service.

    Every file has to be expected before the first key is made, so that keys do not depend on order.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], tuple[str, str]] = {}
        self._shared: set[tuple[str, str]] = set()

    def expect(self, pieces: Iterable[Piece]) -> None:
        """Look through a file."""
        for piece in pieces:
            for span, role in _identities(piece.document):
                if self._first.setdefault(span, role) != role:
                    self._shared.add(span)

    def key(self, trace: str, span: str, kind: str, service: str, place: str) -> str:
        """The id of a span's event: with kind and service where the id alone does not tell."""
        key = ids.span_key(trace, span, place)
        return f"{key}:{kind}:{service}" if (trace, span) in self._shared else key


class LiveIds(SharedIds):
    """The same while spans come: who used an id first has the plain key, others that share it the longer one.

    `with_shared_keys` gives the first its longer key too, when both are known before they are shown.
    """

    def key(self, trace: str, span: str, kind: str, service: str, place: str) -> str:
        """The id of a span's event, in the light of what came before."""
        if self._first.setdefault((trace, span), (kind, service)) == (kind, service):
            if len(self._first) > MAX_LIVE_IDS:
                self._first = dict(list(self._first.items())[MAX_LIVE_IDS // 2 :])
            return ids.span_key(trace, span, place)
        return f"{ids.span_key(trace, span, place)}:{kind}:{service}"


def with_shared_keys(spans: list[Span]) -> list[Span]:
    """The spans of one trace, all of those that share an id under the keys that a file would give them (EVENT-4)."""
    longer = [span for span in spans if span.key.count(":") > 1]
    shared = {span.span_id for span in longer if span.key.endswith(f":{span.kind}:{span.resource.service}")}
    if not shared:
        return spans
    return [
        msgspec.structs.replace(span, key=f"{span.key}:{span.kind}:{span.resource.service}")
        if span.span_id in shared and span.key == f"{span.trace_id}:{span.span_id}"
        else span
        for span in spans
    ]


def _identities(data: bytes) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    try:
        spans = _strict(data)
    except STRICT_ERRORS:
        spans = list(_lenient(data))
    unused: list[str] = []
    for span in spans:
        service = span.local_endpoint.service_name if span.local_endpoint is not None else ""
        identity = ids.trace_id(span.trace_id or "", unused), ids.span_id(span.id or "", unused)
        yield identity, ((span.kind or "").lower(), service or "")
        unused.clear()


def _lenient(data: bytes) -> Iterator[_Identity]:
    """The same from what is not strict, or is no array; what cannot be read is reported when spans are made."""
    try:
        value = any_json(data)
    except UnreadableError:
        return
    for record in flat(value):
        if isinstance(record, dict):
            yield _Identity(
                trace_id=text(record.get("traceId")),
                id=text(record.get("id")),
                kind=text(record.get("kind")),
                local_endpoint=_Endpoint(service_name=service_name(record)),
            )


def flat(value: object) -> Iterator[Any]:
    """Spans of an array of spans or of traces, or a single one."""
    for item in as_list(value):
        yield from item if isinstance(item, list) else [item]


def service_name(record: dict[str, Any]) -> str:
    """The service that a span says it was made by; empty when it does not say."""
    endpoint = record.get("localEndpoint")
    return text(endpoint.get("serviceName")) if isinstance(endpoint, dict) else ""
