"""Attributes by what they mean: old and new names of the semantic conventions behind one function each (SPAN-5)."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from connectome_tui.events.visible import one_line

Attributes = Mapping[str, Any]

MAX_TEXT: Final = 4096
"""No more of a value than this is looked at; the detail view shows all of it."""

MAX_JSON: Final = 1 << 16
"""JSON inside a value is parsed up to this length only."""

_MAX_DIGITS: Final = 16

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost", "[::1]", "0.0.0.0"})  # noqa: S104 - compared, not bound
EMBEDDED_STORES: Final = frozenset({"sqlite", "duckdb", "h2", "hsqldb", "derby", "leveldb", "rocksdb", "lmdb"})
"""Stores without a server: each is a part of the process that asks it."""


def first(attributes: Attributes, *names: str) -> Any:
    """The first of the attributes that is there and not empty, else None."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value
    return None


def first_text(attributes: Attributes, *names: str) -> str:
    """The first of the attributes that is there, as one line of text; empty when none is."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return one_line(value) if type(value) is str and len(value) <= MAX_TEXT else as_text(value)
    return ""


def as_text(value: object) -> str:
    """A value as one line of at most `MAX_TEXT` characters: text as it is, lists and mappings as JSON."""
    if value is None:
        return ""
    return one_line((value if isinstance(value, str) else _written_out(value))[:MAX_TEXT])


def _written_out(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, nesting of thousands of levels
        return "…"


def as_number(value: object) -> int | None:
    """A whole number from a number or its digits; None for what is none, or too large to be a count or a code."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if len(value) < _MAX_DIGITS and value.isascii() and value.isdigit() else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and abs(value) < 10**_MAX_DIGITS else None


def as_json(value: object) -> Any:
    """What JSON text holds, a value that is no text as it is; None for text that is no JSON or too long."""
    if not isinstance(value, str):
        return value
    if len(value) > MAX_JSON or value[:1] not in {"{", "["}:
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def http_method(attributes: Attributes) -> str:
    """`GET`, `POST`, …; empty when this is no HTTP."""
    method = attributes.get("http.request.method") or attributes.get("http.method")
    if method == "_OTHER":
        method = attributes.get("http.request.method_original")
    return as_text(method) if method else ""


def http_status(attributes: Attributes) -> int | None:
    """The status of the response."""
    return as_number(first(attributes, "http.response.status_code", "http.status_code"))


def http_url(attributes: Attributes) -> str:
    """The whole address of a request, where it is given."""
    return first_text(attributes, "url.full", "http.url")


def http_path(attributes: Attributes) -> str:
    """The path that was asked for, without query: `/stock/9`."""
    path = first_text(attributes, "url.path", "http.target")
    if not path:
        path = _split(http_url(attributes))[1] or first_text(attributes, "http.path")
    return path.partition("?")[0]


def _split(url: str) -> tuple[str, str]:
    """Host with port, and path, of an address; empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.netloc.rpartition("@")[2], parts.path


def peer_host(attributes: Attributes) -> str:
    """The host, or its address, of the other side of a client's call; empty when it is not named."""
    return first_text(
        attributes,
        "server.address",
        "net.peer.name",
        "network.peer.address",
        "net.sock.peer.name",
        "net.sock.peer.addr",
        "net.peer.ip",
        "peer.hostname",
        "peer.address",
        "peer.ipv4",
        "peer.ipv6",
    )


def peer_address(attributes: Attributes) -> str:
    """`host:port` of the other side of a client's call; empty when it is not named."""
    host = peer_host(attributes)
    if not host:
        return _split(http_url(attributes))[0] or first_text(attributes, "http.host")
    port = first(attributes, "server.port", "net.peer.port", "network.peer.port", "net.sock.peer.port", "peer.port")
    number = as_number(port)
    return host if not number or host.endswith(f":{number}") else f"{host}:{number}"


def without_loopback(address: str) -> str:
    """`address` with every name of this machine as `localhost`, so that equal places get one text."""
    host, colon, port = address.rpartition(":")
    if address in LOOPBACK or not port.isdigit():
        host, colon, port = address, "", ""
    return f"localhost{colon}{port}" if host in LOOPBACK else address


def db_system(attributes: Attributes) -> str:
    """The kind of store a call goes to, in lower case (`redis`, `sqlite`, …); empty when to none."""
    system = attributes.get("db.system.name") or attributes.get("db.system") or attributes.get("db.type")
    return as_text(system).lower() if system else ""


def db_server(attributes: Attributes) -> str:
    """What tells a store from others of its kind: `host`, `database` or `host/database`; empty for one on this machine.

    A database that its host already names is not repeated (`orders-db` holds `orders`); the numbered
    ones of a cache are no names.
    """
    host = peer_host(attributes)
    if host.count(":") == 1:
        host = host.partition(":")[0]
    if host in LOOPBACK or host.startswith("/"):
        host = ""
    database = first_text(attributes, "db.namespace", "db.name", "db.instance")
    if database.isdigit() or database.lower() in host.lower():
        database = ""
    return "/".join(part for part in (host, database) if part)


def db_statement(attributes: Attributes) -> str:
    """The query as it was recorded, on one line; commands of a pipeline separated by ` ; `."""
    text = first(attributes, "db.query.text", "db.statement", "sql.query")
    if not isinstance(text, str):
        return as_text(text)
    return " ; ".join(part for line in text[:MAX_TEXT].splitlines() if (part := one_line(line)))


def db_operation(attributes: Attributes) -> str:
    """The operation by name, where the instrumentation gives it."""
    return first_text(attributes, "db.operation.name", "db.operation")


def destination(attributes: Attributes) -> str:
    """The queue or topic of a message."""
    return first_text(
        attributes,
        "messaging.destination.name",
        "messaging.destination",
        "messaging.destination_publish.name",
        "messaging.source.name",
        "message_bus.destination",
    )


def messaging_system(attributes: Attributes) -> str:
    """`kafka`, `rabbitmq`, …; empty where it is not said (Celery)."""
    return first_text(attributes, "messaging.system")


def rpc_system(attributes: Attributes) -> str:
    """`grpc`, …; empty when this is no remote procedure call."""
    system = attributes.get("rpc.system") or attributes.get("rpc.system.name")
    return as_text(system) if system else ""


GRPC_CODES: Final = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip


def rpc_status(attributes: Attributes) -> str:
    """The name of a gRPC status (`NOT_FOUND`); empty when there is none."""
    value = first(attributes, "rpc.grpc.status_code", "rpc.response.status_code")
    number = as_number(value)
    if number is None:
        return as_text(value)
    return GRPC_CODES[number] if 0 <= number < len(GRPC_CODES) else str(number)


def sdk_language(resource: Attributes) -> str:
    """The language of the SDK that recorded, from the attributes of a resource."""
    return first_text(resource, "telemetry.sdk.language")


def model_name(attributes: Attributes) -> str:
    """The model of a model call; where only the parameters of the call name it, from there."""
    name = first_text(
        attributes,
        "gen_ai.request.model",
        "gen_ai.response.model",
        "llm.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "llm.request.model",
    )
    if not name and isinstance(parameters := as_json(attributes.get("llm.invocation_parameters")), dict):
        name = as_text(parameters.get("model") or parameters.get("model_name"))
    return name


def model_provider(attributes: Attributes) -> str:
    """Who serves the model."""
    return first_text(attributes, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")


def token_counts(attributes: Attributes) -> tuple[int, int] | None:
    """Tokens in and out of a model call; None when neither is known."""
    into = as_number(
        first(
            attributes,
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.token_count.prompt",
            "gen_ai.aggregated_usage.input_tokens",
        )
    )
    out = as_number(
        first(
            attributes,
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.token_count.completion",
            "gen_ai.aggregated_usage.output_tokens",
        )
    )
    return None if into is None and out is None else (into or 0, out or 0)


_GRAPH_NODE: Final = re.compile(r'"langgraph_node":\s*"((?:[^"\\]|\\.){1,200})"')


def graph_node(attributes: Attributes) -> str:
    """The node of an agent's graph that a span belongs to; empty when none is named."""
    named = first_text(attributes, "graph.node.name", "graph.node.id")
    if named:
        return named
    metadata = attributes.get("metadata")
    if isinstance(metadata, dict):
        return as_text(metadata.get("langgraph_node"))
    found = _GRAPH_NODE.search(metadata[:MAX_TEXT]) if isinstance(metadata, str) else None
    return as_text(found.group(1)) if found else ""
