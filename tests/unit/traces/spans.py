"""Spans for tests: everything has a default, a test names only what it is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from connectome_tui.events.flow import BadLine, ProgressCallback
from connectome_tui.traces.normalise import NormalFlow, normalise
from connectome_tui.traces.span import Resource, Span, SpanEvent, SpanLink

TRACE: Final = "0123456789abcdef0123456789abcdef"
MS: Final = 1_000_000
START: Final = 1_700_000_000_000 * MS


def make_span(span_id: str, parent: str = "", at_ms: float = 0.0, took_ms: float = 1.0, **fields: Any) -> Span:
    """A span of service `api` (`service=` for another) that starts `at_ms` after the trace; `fields` override."""
    service = fields.pop("service", "api")
    trace = fields.pop("trace_id", TRACE)
    defaults: dict[str, Any] = {
        "key": f"{trace}:{span_id}",
        "trace_id": trace,
        "span_id": span_id,
        "parent_id": parent,
        "name": f"work {span_id}",
        "kind": "internal",
        "start_ns": START + int(at_ms * MS),
        "end_ns": START + int((at_ms + took_ms) * MS),
        "resource": Resource(service, {"telemetry.sdk.language": "python"}),
    }
    return Span(**defaults | fields)


def sentences(spans: Sequence[Span]) -> list[str]:
    """What is said about each event, in order."""
    return [event.sentence or "" for event in normalise(spans).events]


def edges(flow: NormalFlow) -> list[tuple[str, str]]:
    """Where each event goes from and to, in order."""
    return [(event.from_node_id, event.to_node_id) for event in flow.events]


class ListedSpans:
    """A `SpanFile` of spans in memory, in given batches; it counts how often each batch was read again."""

    def __init__(self, batches: Sequence[Sequence[Span]], bad: Sequence[BadLine] = ()) -> None:
        self._batches = batches
        self.bad_lines = bad
        self.skipped: Mapping[str, int] = {"metrics": 2}
        self.loaded: list[int] = []
        self.closed = False

    @property
    def format(self) -> str:
        return "otlp-json"

    def batches(self, progress: ProgressCallback) -> Iterator[Sequence[Span]]:
        del progress
        yield from self._batches

    def load(self, batch: int, /) -> Sequence[Span]:
        self.loaded.append(batch)
        return self._batches[batch]

    def close(self) -> None:
        self.closed = True


IDS: Final = st.sampled_from(["a", "b", "c", "d", "e", "f", ""])
SPECIAL: Final = [
    "http.method", "http.request.method", "http.url", "url.full", "http.status_code", "http.route", "url.path",
    "db.system", "db.statement", "db.query.text", "server.address", "server.port", "net.peer.port", "peer.service",
    "messaging.destination", "messaging.system", "rpc.system", "rpc.method", "rpc.service", "rpc.grpc.status_code",
    "gen_ai.operation.name", "gen_ai.request.model", "gen_ai.agent.name", "gen_ai.output.messages",
    "gen_ai.usage.input_tokens", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "openinference.span.kind",
    "llm.invocation_parameters", "metadata", "output.value", "input.value", "celery.state", "celery.task_name",
    "celery.retries", "exception.type", "exception.message", "error.type", "asgi.event.type", "faas.trigger",
]  # fmt: skip
_TEXTS: Final = st.text(max_size=8) | st.sampled_from(
    ["chat", "execute_tool", "invoke_agent", "LLM", "CHAIN", "TOOL", "RETRIEVER", "GET", "redis", "http://h:1/p/q",
     "select * from t", '{"a": [1, {"b": null}]}', '[{"parts": [{"type": "tool_call"}]}]', "RETRY", "\x1b[31m", "timer",
     "{0} {x", "%s", "two\nlines", "Error: (", "[" * 50, "\ud800", "http://[bad"]
)  # fmt: skip
_ODD: Final = st.sampled_from(
    [None, True, 0, -1, 16, 10**5000, 0.5, float("nan"), float("inf"), [], ["a", 1, None], [[[]]], {}, {"content": []},
     {"messages": [{"data": {"content": "hi"}}]}, {"messages": [None]}, {"data": None},
     {"\ud800": {"a": [float("nan")]}}]
)  # fmt: skip
ATTRIBUTES: Final = st.dictionaries(st.sampled_from(SPECIAL), _TEXTS | _ODD, max_size=3)
TIMES: Final = st.none() | st.integers(0, 5).map(lambda ms: START + ms * MS) | st.integers(1, 2**63 - 1)
RESOURCES: Final = st.builds(Resource, st.sampled_from(["api", "worker", "?", ""]) | _TEXTS, ATTRIBUTES)


@st.composite
def arbitrary_spans(draw: st.DrawFn) -> list[Span]:
    """Spans of one trace with any relation to each other: repeated, orphaned, in rings, without times or names."""
    spans = []
    for _ in range(draw(st.integers(0, 5))):
        span_id = draw(IDS)
        spans.append(
            Span(
                key=f"{TRACE}:{span_id}",
                trace_id=TRACE,
                span_id=span_id,
                parent_id=draw(IDS),
                name=draw(_TEXTS),
                kind=draw(st.sampled_from(["unspecified", "internal", "server", "client", "producer", "consumer"])),
                start_ns=draw(TIMES),
                end_ns=draw(TIMES),
                attributes=draw(ATTRIBUTES),
                resource=draw(RESOURCES),
                scope=draw(_TEXTS),
                status=draw(st.sampled_from(["ok", "error", "unset"])),
                status_message=draw(_TEXTS),
                events=tuple(
                    draw(st.lists(st.builds(SpanEvent, st.just("exception") | _TEXTS, TIMES, ATTRIBUTES), max_size=2))
                ),
                links=tuple(draw(st.lists(st.builds(SpanLink, IDS, IDS), max_size=2))),
                flags=draw(st.sampled_from([0, 256, 768])),
            )
        )
    return spans
