"""What a span is about: the kind of act, and by it the call type and trigger of its event (SPAN-5)."""

from typing import Final, Literal

from connectome_tui.events.model import CallType, Trigger
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.span import Span

Act = Literal[
    "http_call", "http_serve", "rpc_call", "rpc_serve", "query", "publish", "process", "chat", "embed", "rerank",
    "agent", "tool", "chain", "retrieve", "asgi", "timer", "call", "serve", "step", "unknown",
]  # fmt: skip
"""What a span does. Calls are seen from the caller, serves from the one who answers."""

_GEN_AI_ACTS: Final[dict[str, Act]] = {
    "chat": "chat",
    "text_completion": "chat",
    "generate_content": "chat",
    "completion": "chat",
    "embeddings": "embed",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "invoke_workflow": "chain",
    "execute_tool": "tool",
    "retrieval": "retrieve",
}
_OPEN_INFERENCE_ACTS: Final[dict[str, Act]] = {
    "LLM": "chat",
    "EMBEDDING": "embed",
    "RERANKER": "rerank",
    "AGENT": "agent",
    "TOOL": "tool",
    "CHAIN": "chain",
    "RETRIEVER": "retrieve",
}
_TRACELOOP_ACTS: Final[dict[str, Act]] = {"workflow": "chain", "task": "chain", "agent": "agent", "tool": "tool"}

_CALL_TYPES: Final[dict[Act, CallType]] = {
    "chat": "llm",
    "embed": "llm",
    "rerank": "llm",
    "query": "graphQuery",
    "retrieve": "graphQuery",
    "publish": "graphLink",
    "process": "graphLink",
}
_SCHEDULERS: Final = ("apscheduler", "cron", "quartz", "schedule", "celery.beat", "hangfire", "agenda")


def act_of(span: Span) -> Act:
    """The act of a span, from its attributes first and its kind last."""
    attributes, kind = span.attributes, span.kind
    act = _agent_act(span)
    if act is not None:
        return act
    if kind in {"client", "internal", "unspecified"} and attrs.db_system(attributes):
        return "query"
    if kind == "producer":
        return "publish"
    if kind == "consumer":
        return "process"
    if _is_scheduled(span):
        return "timer"
    return _remote_act(span)


def _agent_act(span: Span) -> Act | None:
    """What the conventions for agents and models make of a span; None when they say nothing."""
    attributes = span.attributes
    operation = attributes.get("gen_ai.operation.name")
    if isinstance(operation, str) and operation in _GEN_AI_ACTS:
        return _GEN_AI_ACTS[operation]
    kind = attributes.get("openinference.span.kind")
    if isinstance(kind, str) and kind.upper() in _OPEN_INFERENCE_ACTS:
        return _OPEN_INFERENCE_ACTS[kind.upper()]
    kind = attributes.get("traceloop.span.kind")
    if isinstance(kind, str) and kind in _TRACELOOP_ACTS:
        return _TRACELOOP_ACTS[kind]
    if span.kind not in {"server", "consumer"} and (
        attributes.get("gen_ai.request.model") or attributes.get("llm.request.type")
    ):
        return "chat"
    return None


def _remote_act(span: Span) -> Act:
    attributes, kind = span.attributes, span.kind
    serves = kind == "server"
    if attrs.rpc_system(attributes):
        return "rpc_serve" if serves else "rpc_call" if kind == "client" else "step"
    if kind in {"client", "server"}:
        if attrs.http_method(attributes):
            return "http_serve" if serves else "http_call"
        return "serve" if serves else "call"
    if "asgi.event.type" in attributes:
        return "asgi"
    if kind == "unspecified" and attrs.http_method(attributes) and attrs.http_url(attributes):
        return "http_call"
    return "step" if span.name else "unknown"


def _is_scheduled(span: Span) -> bool:
    """Whether a scheduler set this off: functions say so by their trigger, schedulers by their scope."""
    attributes = span.attributes
    if attributes.get("faas.trigger") == "timer" or "faas.cron" in attributes:
        return True
    scope = span.scope.lower()
    return not span.parent_id and bool(scope) and any(name in scope for name in _SCHEDULERS)


def call_type_of(span: Span, act: Act) -> CallType:
    """The call type of a span's event (SPAN-5)."""
    known = _CALL_TYPES.get(act)
    if known is not None:
        return known
    return "graphLink" if span.links or is_messaging(span) else "code"


def trigger_of(span: Span, act: Act) -> Trigger:
    """The trigger of a span's event (SPAN-5)."""
    if act == "timer":
        return "timer"
    if span.kind in {"producer", "consumer"} or span.links:
        return "async"
    return "stream" if is_streamed(span, act) else "direct"


def is_messaging(span: Span) -> bool:
    """Whether a span hands a message over, or takes one, whatever its kind."""
    return "messaging.system" in span.attributes or bool(attrs.destination(span.attributes))


def is_streamed(span: Span, act: Act) -> bool:
    """Whether the answer of a call came in pieces."""
    attributes = span.attributes
    if act == "chat":
        if attributes.get("gen_ai.request.stream") or attributes.get("llm.is_streaming"):
            return True
        if attrs.first(
            attributes, "gen_ai.client.operation.time_to_first_chunk", "gen_ai.response.time_to_first_chunk"
        ):
            return True
        parameters = attributes.get("llm.invocation_parameters")
        return isinstance(parameters, str) and '"stream": true' in parameters.replace('":true', '": true')
    if act in {"http_call", "http_serve"}:
        header = attrs.first_text(attributes, "http.response.header.content-type")
        return "text/event-stream" in header
    return False
