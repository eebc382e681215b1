"""Words for what spans carry: labels, summaries, short names of causes, what a model or tool answered."""

import re
from typing import Any, Final

from connectome_tui.events.model import UNKNOWN
from connectome_tui.events.visible import elide, one_line
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.failures import exception_of
from connectome_tui.traces.meaning import Act, is_streamed
from connectome_tui.traces.places import bounded
from connectome_tui.traces.span import Span, SpanEvent

MAX_SUMMARY: Final = 160
_FEW: Final = 6
_MODEL_ACTS: Final[frozenset[Act]] = frozenset({"chat", "embed", "rerank"})
_HTTP_NAME: Final = re.compile(
    r"^(?:HTTP )?(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|QUERY|HTTP)$", re.IGNORECASE
)
_TABLE: Final = re.compile(r"\b(?:from|into|update|join|table)\s+([\w.\"`\[\]]+)", re.IGNORECASE)
_PREPOSITION: Final = {"select": "from ", "delete": "from ", "insert": "into ", "update": ""}


def label_of(span: Span, act: Act) -> str:
    """The label of a span's event: its name, completed where instrumentations leave it bare (`POST` → `POST /x`).

    Of `execute_tool search` and `chat small` only what badge and node do not say is left: `search`, `chat`.
    """
    name = bounded(span.name)
    operation, _, object_name = name.partition(" ")
    if object_name and span.attributes.get("gen_ai.operation.name") == operation:
        is_model = act in _MODEL_ACTS and object_name == bounded(attrs.model_name(span.attributes))
        return operation if is_model else object_name
    if act in {"http_call", "http_serve"}:
        return _http_label(span, name) or UNKNOWN
    if act in {"rpc_call", "rpc_serve"}:
        service = attrs.first_text(span.attributes, "rpc.service")
        method = attrs.first_text(span.attributes, "rpc.method")
        if not method or "/" in method:
            service, _, method = (method or name).rpartition("/")
        service = service.strip("/").rpartition(".")[2]
        return bounded(f"{service}/{method}" if service else method) or name or UNKNOWN
    if act == "query" and not name:
        return attrs.db_operation(span.attributes) or UNKNOWN
    return name or UNKNOWN


def _http_label(span: Span, name: str) -> str:
    method = _HTTP_NAME.match(name)
    if name and not method:
        return name
    verb = attrs.http_method(span.attributes) or (method.group(1).upper() if method else "")
    route = attrs.first_text(span.attributes, "http.route") if span.kind == "server" else ""
    path = route or attrs.http_path(span.attributes)
    return bounded(f"{verb} {path}".strip()) or name


def request_of(span: Span, label: str) -> str:
    """What was asked for over HTTP, with the path as it was and not as its route: `GET /stock/9`."""
    method, path = attrs.http_method(span.attributes), attrs.http_path(span.attributes)
    return f"{method} {path}" if method and path else label


def summary_of(span: Span, act: Act) -> str | None:
    """The short account of a span that stands beside its label; None when there is nothing to say."""
    text = elide(_summary(span, act), MAX_SUMMARY)
    return text or None


def _summary(span: Span, act: Act) -> str:  # noqa: PLR0911 - one line for each kind
    attributes = span.attributes
    match act:
        case "query":
            return attrs.db_statement(attributes)
        case "http_call" | "http_serve":
            status = attrs.http_status(attributes)
            return f"HTTP {status}" if status else ""
        case "asgi":
            status = attrs.http_status(attributes)
            return f"HTTP {status}" if status else ""
        case "rpc_call" | "rpc_serve":
            status_name = attrs.rpc_status(attributes)
            return f"{attrs.rpc_system(attributes).replace('grpc', 'gRPC')} {status_name}" if status_name else ""
        case "publish" | "process":
            queue = attrs.destination(attributes)
            parts = [attrs.first_text(attributes, "celery.state"), f"queue {queue}" if queue else ""]
            return " · ".join(part for part in parts if part)
        case "chat" | "embed" | "rerank" | "agent":
            return tokens_of(span) or ", ".join(tool_calls_of(span)) or reply_of(span)
        case "chain":
            return answer_of(span)
        case "tool":
            return arguments_of(span)
        case "retrieve":
            return attrs.first_text(attributes, "input.value", "gen_ai.retrieval.query.text")
    return ""


def moment_label(event: SpanEvent) -> str:
    """The label of a span's own event."""
    return bounded(event.name) or UNKNOWN


def event_summary(event: SpanEvent) -> str | None:
    """The short account of a span event: the exception, or the message of a log."""
    text = next(exception_of(event).texts(), "") if event.name == "exception" else message_of(event)
    return elide(text, MAX_SUMMARY) or None


def message_of(event: SpanEvent) -> str:
    """The message of a log-like span event, else its attributes as `name=value`."""
    message = attrs.first_text(event.attributes, "message", "event", "log.message", "body", "exception.message")
    if message:
        return message
    few = list(event.attributes.items())[:4]
    return ", ".join(f"{str(name).rpartition('.')[2]}={attrs.as_text(value)}" for name, value in few)


def task_of(span: Span, label: str) -> str:
    """The bare name of a queued task: `run/tasks.charge_payment` is `charge_payment`."""
    named = attrs.first_text(span.attributes, "celery.task_name", "messaging.message.type")
    name = named or re.sub(r"^(?:apply_async|run)/", "", label)
    return name.rpartition(".")[2] if named or "/" in label else name


def query_words(span: Span, label: str) -> list[str]:
    """What a store is asked to do, from long to short: `select from stock`, `select`."""
    statement = attrs.db_statement(span.attributes)
    operation = (attrs.db_operation(span.attributes) or label or statement).strip()
    words = operation.split()
    if len(words) > 1 and len(set(words)) == 1:
        return [f"{words[0]} ×{len(words)}"]
    if len(words) > 1 and all(word.isupper() for word in words):
        return [", ".join(words)]
    verb = words[0] if words else "answer"
    long = ""
    if verb.lower() in _PREPOSITION and (table := _TABLE.search(statement)):
        long = f"{verb.lower()} {_PREPOSITION[verb.lower()]}{table.group(1)}"
    elif statement and len(statement) <= 32 and "?" not in statement and statement.lower().startswith(verb.lower()):
        long = statement
    return [*([long] if long else []), verb if len(words) == 1 or long else elide(operation, 32)]


def tokens_of(span: Span) -> str:
    """`812 tokens`; empty when nothing was counted."""
    counts = attrs.token_counts(span.attributes)
    return f"{counts[0] + counts[1]} tokens" if counts and any(counts) else ""


def tokens_per_second(span: Span, act: Act, duration_ms: float | None) -> str | None:
    """How fast a streamed answer came: `≈ 20/s`; None for everything else."""
    counts = attrs.token_counts(span.attributes) if act == "chat" else None
    if not counts or not counts[1] or not duration_ms or duration_ms <= 0 or not is_streamed(span, act):
        return None
    return f"≈ {counts[1] / duration_ms * 1000:.0f}/s"


def arguments_of(span: Span) -> str:
    """The arguments of a tool: `city=Oslo, days=0`."""
    value = attrs.first(
        span.attributes, "gen_ai.tool.call.arguments", "tool.parameters", "input.value", "traceloop.entity.input"
    )
    parsed = attrs.as_json(value)
    if isinstance(parsed, dict):
        return ", ".join(f"{one_line(str(name))}={attrs.as_text(inner)}" for name, inner in list(parsed.items())[:8])
    return attrs.as_text(value)


def answer_of(span: Span) -> str:
    """What a tool, agent or chain gave back, when it is short enough to be read; else empty."""
    value = attrs.first(
        span.attributes, "gen_ai.tool.call.result", "final_result", "output.value", "traceloop.entity.output"
    )
    parsed = attrs.as_json(value)
    if parsed is None:
        return "" if isinstance(value, str) and value[:1] in {"{", "["} else attrs.as_text(value)
    if isinstance(parsed, list):
        return ", ".join(attrs.as_text(item) for item in parsed) if _are_plain(parsed) else ""
    if not isinstance(parsed, dict):
        return attrs.as_text(parsed)
    messages = parsed.get("messages")
    content = _content(messages[-1]) if isinstance(messages, list) and messages else _content(parsed)
    if content or len(parsed) > _FEW or not _are_plain(list(parsed.values())):
        return content
    return ", ".join(f"{one_line(str(name))}={attrs.as_text(inner)}" for name, inner in parsed.items())


def _content(message: object) -> str:
    """The text of a message, bare or wrapped in `data` or `kwargs`."""
    if not isinstance(message, dict):
        return ""
    for holder in (message, message.get("data"), message.get("kwargs")):
        content = holder.get("content") if isinstance(holder, dict) else None
        if isinstance(content, str):
            return attrs.as_text(content)
    return ""


def _are_plain(values: list[Any]) -> bool:
    return len(values) <= _FEW and all(isinstance(value, (str, int, float)) for value in values)


def tool_calls_of(span: Span) -> list[str]:
    """The tools that a model asked to be called, in order."""
    calls = []
    for number in range(16):
        name = span.attributes.get(f"llm.output_messages.0.message.tool_calls.{number}.tool_call.function.name")
        if name is None:
            break
        calls.append(attrs.as_text(name))
    return calls or [attrs.as_text(part.get("name")) for part in _output_parts(span) if part.get("type") == "tool_call"]


def reply_of(span: Span) -> str:
    """The text that a model answered, or nothing."""
    said = attrs.first_text(span.attributes, "llm.output_messages.0.message.content", "gen_ai.completion.0.content")
    if said:
        return said
    texts = (attrs.as_text(part.get("content")) for part in _output_parts(span) if part.get("type") == "text")
    return next((text for text in texts if text), "")


def _output_parts(span: Span) -> list[dict[str, Any]]:
    """The parts of a model's messages, as the conventions for generative AI write them."""
    messages = attrs.as_json(span.attributes.get("gen_ai.output.messages"))
    parts: list[dict[str, Any]] = []
    for message in messages if isinstance(messages, list) else ():
        inner = message.get("parts") if isinstance(message, dict) else None
        if isinstance(inner, list):
            parts.extend(part for part in inner if isinstance(part, dict))
    return parts
