"""Where a span happens, as far as the span alone can tell (SPAN-3, SPAN-6); `structure` decides with its relatives."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from connectome_tui.events.ids import stable_hash
from connectome_tui.events.model import UNKNOWN
from connectome_tui.events.topology import Zone
from connectome_tui.events.visible import elide, one_line
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.overrides import NodeOverride, override_for
from connectome_tui.traces.span import Resource, Span

MAX_NAME: Final = 120
"""Longer names of nodes are cut, with a hash at their end that keeps them apart."""

MAX_PLACES: Final = 20_000
"""So many places and nodes are remembered, then all are forgotten."""

_ZONES: Final[Mapping[str, Zone]] = {
    "browser": "FRONTEND",
    "mobile": "FRONTEND",
    "service": "BACKEND",
    "database": "GRAPH",
    "cache": "GRAPH",
    "search": "GRAPH",
    "queue": "GRAPH",
    "retriever": "GRAPH",
    "model": "AGENTS",
    "agent": "AGENTS",
    "chain": "AGENTS",
}
_CACHES: Final = frozenset({"redis", "memcached", "valkey", "keydb", "dragonfly", "coherence", "hazelcast"})
_LETTERS_OF_SYSTEM: Final = 5
"""Enough to know a system by in the names that are given to servers: `postgres-1`, `mongo-orders`."""
_SEARCH: Final = frozenset({"elasticsearch", "opensearch", "solr", "meilisearch", "typesense"})
_BROWSER_SDKS: Final = frozenset({"webjs"})
_MOBILE_SDKS: Final = frozenset({"swift", "android"})
_GENERIC_CHAINS: Final = ("Runnable", "ChannelWrite", "ChannelRead", "_write", "__start__", "should_continue")


UNKNOWN_CALLER: Final = "an unknown caller"
"""Who called, in a sentence about a span whose parent is not in the file."""
_SPOKEN_CELLS: Final = 32


class NodeKey(NamedTuple):
    """What tells nodes apart, with what the configuration makes of them (`node_key`).

    `id` is `kind:name`, as events and edges carry it; `?` for the node that is not known. `spoken` is the
    title within a sentence.
    """

    kind: str
    name: str
    title: str
    zone: Zone
    id: str
    spoken: str


UNKNOWN_NODE: Final = NodeKey("unknown", UNKNOWN, UNKNOWN, "EXTERNAL", UNKNOWN, UNKNOWN_CALLER)

Rule = Literal["own", "acting", "peer", "peer_unless_reached", "from_peer"]
"""How a span's node is found.

`own`: its service, or the agent or tool that it works within. `acting`: the peer, which is a part of
the process that acts itself (an agent, a tool). `peer`: the store or model that it asks.
`peer_unless_reached`: the host that it asks, unless a span of another service answers below it.
`from_peer`: its service, reached from the queue that it names when nothing else is known.
"""


class Place(NamedTuple):
    """What a span says of where it happens. `entry`: it is where its service is entered from outside.

    `peer_host` is the peer's bare host name; when a service of the trace has this name, it is the peer.
    """

    service: NodeKey
    rule: Rule
    peer: NodeKey = UNKNOWN_NODE
    entry: bool = False
    peer_host: str = ""


def zone_of(kind: str) -> Zone:
    """The zone of a kind of node (SPAN-6)."""
    return _ZONES.get(kind, "EXTERNAL")


def bounded(name: str) -> str:
    """`name` on one line, cut with a hash when it is longer than any real name."""
    name = one_line(name[: attrs.MAX_TEXT])
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 8]}…{stable_hash(name)[:7]}"


def node_key(kind: str, name: str, overrides: Sequence[NodeOverride] = ()) -> NodeKey:
    """The key of a node, with the kind, title and zone that the configuration gives it (SPAN-6)."""
    said = override_for(kind, name, overrides) if overrides else None
    title, zone = name, zone_of(kind)
    if said is not None:
        kind = said.kind or kind
        title, zone = said.title or name, said.zone or zone_of(kind)
    if name == UNKNOWN:
        return NodeKey(kind, name, title, zone, UNKNOWN, UNKNOWN_CALLER)
    return NodeKey(kind, name, title, zone, f"{kind}:{name}", elide(one_line(title), _SPOKEN_CELLS))


class Places:
    """Finds the places of spans, with the configured kinds. Equal ones are one object, as far as is remembered."""

    def __init__(self, overrides: Sequence[NodeOverride] = ()) -> None:
        self._overrides = overrides
        self._keys: dict[tuple[str, str], NodeKey] = {}
        self._places: dict[Place, Place] = {}

    def place_of(self, span: Span, act: Act) -> Place:
        """The place of a span that does this."""
        place = self._place_of(span, act)
        if len(self._places) >= MAX_PLACES:
            self._places.clear()
        return self._places.setdefault(place, place)

    def service_of(self, resource: Resource) -> NodeKey:
        """The node of a service, or of what runs at the user's side."""
        kind = _client_kind(resource.attributes) if resource.attributes else "service"
        return self._key(kind, resource.service)

    def _place_of(self, span: Span, act: Act) -> Place:
        service = self.service_of(span.resource)
        entry = span.kind in {"server", "consumer"}
        if act in {"step", "asgi", "timer", "unknown"} or (entry and act != "process"):
            return Place(service, "own", entry=entry)
        return self._peer_place(span, act, service, entry=entry)

    def _peer_place(self, span: Span, act: Act, service: NodeKey, *, entry: bool) -> Place:
        attributes = span.attributes
        match act:
            case "query":
                return Place(service, "peer", self._store(attributes))
            case "chat" | "embed" | "rerank":
                return Place(service, "peer", self._key("model", attrs.model_name(attributes) or span.name))
            case "agent" | "tool" | "chain" | "retrieve":
                key = self._part(span, act)
                return Place(service, "acting", key) if key else Place(service, "own", entry=entry)
            case "publish" | "process":
                name = attrs.destination(attributes) or attrs.messaging_system(attributes)
                if not name:
                    return Place(service, "own", entry=entry)
                rule: Rule = "from_peer" if act == "process" else "peer_unless_reached"
                return Place(service, rule, self._key("queue", name), entry)
        return self._host_place(attributes, service)

    def _host_place(self, attributes: attrs.Attributes, service: NodeKey) -> Place:
        named = attrs.first_text(attributes, "peer.service", "service.peer.name")
        address = named or attrs.peer_address(attributes) or attrs.first_text(attributes, "rpc.service")
        if not address:
            return Place(service, "own")
        return Place(service, "peer_unless_reached", self._key("host", address), peer_host=address.partition(":")[0])

    def _store(self, attributes: attrs.Attributes) -> NodeKey:
        system = attrs.db_system(attributes)
        kind = "cache" if system in _CACHES else "search" if system in _SEARCH else "database"
        named = attrs.first_text(attributes, "peer.service", "service.peer.name")
        server = "" if named or system in attrs.EMBEDDED_STORES else attrs.db_server(attributes)
        return self._key(kind, named or _store_name(system, server))

    def _part(self, span: Span, act: Act) -> NodeKey | None:
        """The agent, tool or graph node that acts; None for a chain that is a step of what runs it."""
        attributes, name = span.attributes, span.name
        if act == "agent":
            named = attrs.first_text(attributes, "gen_ai.agent.name", "agent.name", "traceloop.entity.name")
            return self._key("agent", named or name.removeprefix("invoke_agent "))
        if act == "tool":
            named = attrs.first_text(attributes, "gen_ai.tool.name", "tool.name", "traceloop.entity.name")
            return self._key("tool", named or name.removeprefix("execute_tool "))
        if act == "retrieve":
            return self._key("retriever", name)
        node = attrs.graph_node(attributes)
        if not node and name.startswith(_GENERIC_CHAINS):
            return None
        return self._key("chain", node or attrs.first_text(attributes, "traceloop.entity.name") or name)

    def _key(self, kind: str, name: str) -> NodeKey:
        key = self._keys.get((kind, name))
        if key is None:
            if len(self._keys) >= MAX_PLACES:
                self._keys.clear()
            short = bounded(name)
            key = node_key(kind, short, self._overrides) if short and short != UNKNOWN else UNKNOWN_NODE
            self._keys[kind, name] = key
        return key


def _store_name(system: str, server: str) -> str:
    """`postgresql orders-db`; `redis` and `redis-carts` where the server's name says what it is, in full or short."""
    if not server or system.startswith(server.lower()):
        return system
    return server if system[:_LETTERS_OF_SYSTEM] in server.lower() else f"{system} {server}"


def _client_kind(resource: Mapping[str, Any]) -> str:
    """`browser` or `mobile` for what runs at the user's side, else `service`."""
    sdk = resource.get("telemetry.sdk.language")
    if sdk in _BROWSER_SDKS or "browser.platform" in resource or "browser.brands" in resource:
        return "browser"
    if sdk in _MOBILE_SDKS or resource.get("os.name") in {"iOS", "Android"} or "device.model.identifier" in resource:
        return "mobile"
    return "service"
