"""The frames between a server and its windows (SERVER-4); `docs/protocol.md` describes each for who writes a client.

A frame is one JSON object, one message of the transport. `type` says which. Fields that are not known
are ignored, so that both sides may be of different versions; what is wrong otherwise is an error with
a code. Revisions are canonical decimal strings (SYNC-1). Times are milliseconds since the Unix epoch
by the server's clock. A reply carries the `id` of its request.
"""

from typing import Any, Final, Literal

import msgspec

from connectome_tui.net.error_codes import ErrorCode
from connectome_tui.net.flows import FlowItem, FlowsSource

PROTOCOL: Final = 1
"""The version of the protocol. A server refuses a hello of any other with `protocol.version`."""

Role = Literal["full", "read-only"]
Origin = Literal["user", "script", "agent", "server"]
"""Who acts: a person at a window, a script or `ctl`, an agent, or the server itself (a tick, a live source)."""

Topic = Literal["catalog", "presence", "scenarios", "source"]
TOPICS: Final[tuple[Topic, ...]] = ("catalog", "presence", "scenarios", "source")
"""Topics that are a last value: an invalidation says that it changed, a snapshot says what it is (SERVER-3)."""

Scope = Literal["playback", "focus", "view", "source", "session"]

CommandKind = Literal[
    "next_step",
    "restart",
    "set_mode",
    "set_speed",
    "set_local_pause",
    "set_pinned",
    "inspect",
    "inspect_by",
    "open_flow",
]


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """The base of all frames."""


# From a window to the server


class Resume(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a window had when it lost its connection: the token of its last welcome, and how far it is.

    `revision` is that of the newest commit that it applied to `session`.
    """

    token: str
    epoch: str
    session: str = ""
    revision: str = "0"


class SessionHello(Frame, frozen=True, kw_only=True, tag="session.hello"):
    """The first frame of a connection. `actor` is the name that others see; `auth` is the token.

    `client` names the program and its version, for diagnostics. `role` asks for less than the token allows.
    """

    protocol: int
    actor: str
    auth: str
    client: str = ""
    origin: Origin = "user"
    role: Role = "full"
    resume: Resume | None = None


class SessionGoodbye(Frame, frozen=True, kw_only=True, tag="session.goodbye"):
    """The end, from either side. From the server, `reason` says why; no other frame follows."""

    reason: str = ""


class SessionList(Frame, frozen=True, kw_only=True, tag="session.list"):
    """Asks for the catalog; the reply is a `snapshot` of the topic `catalog`."""

    id: int


class SessionSelect(Frame, frozen=True, kw_only=True, tag="session.select"):
    """Follow this session from now on, and no other; the reply is an `ack`, and then a `commits.baseline`.

    With `revision`, the deltas behind it come instead, when the server still has them. The empty name
    selects none. `commits` false asks for presence and commands alone, without a baseline (`ctl`).
    """

    id: int
    session: str
    revision: str | None = None
    commits: bool = True


class SessionCreate(Frame, frozen=True, kw_only=True, tag="session.create"):
    """Make the session of a scenario, or with `reset` begin it anew; the reply is an `ack` once it is ready."""

    id: int
    scenario: str
    reset: bool = False


class StateUpdate(Frame, frozen=True, kw_only=True, tag="state.update"):
    """Write a record (SERVER-5): refused with `state.conflict` unless `base_version` is its version."""

    intent_id: str
    session: str
    scope: Scope
    target: str
    key: str
    value: Any
    base_version: str


class CommandFrame(Frame, frozen=True, kw_only=True, tag="command"):
    """A command to the engine. `session_id` is the run it was meant for (refused after a Restart); empty: any."""

    intent_id: str
    session: str
    session_id: str
    kind: CommandKind
    payload: dict[str, Any] = {}


class SnapshotGet(Frame, frozen=True, kw_only=True, tag="snapshot.get"):
    """Asks for the last value of a topic; the reply is a `snapshot`."""

    id: int
    topic: Topic


class CommitsReplay(Frame, frozen=True, kw_only=True, tag="commits.replay"):
    """Asks for the deltas behind a revision of the session that is followed; a baseline when they are gone."""

    id: int
    revision: str


class LedgerPage(Frame, frozen=True, kw_only=True, tag="ledger.page"):
    """Asks for the entries `first <= index < behind` (at most 1000); the reply is a `ledger.page`.

    `detail` also asks for attributes, resource and identity of each.
    """

    id: int
    first: int
    behind: int
    detail: bool = False


class LedgerLook(Frame, frozen=True, kw_only=True, tag="ledger.look"):
    """Asks what was to be seen when an entry had just been released (ENGINE-8); the reply is a `ledger.look`.

    `by` moves so many events from `index` first (negative: back).
    """

    id: int
    index: int
    by: int = 0


class FlowsGet(Frame, frozen=True, kw_only=True, tag="flows.get"):
    """Asks for the flows of the recording in the session that is followed, from number `first` on (SPAN-7).

    The reply is a `flows`, with at most 500 of them. They change only when the session is replaced.
    """

    id: int
    first: int = 0


class LedgerFind(Frame, frozen=True, kw_only=True, tag="ledger.find"):
    """Asks which entries from `first` on answer a search or pass a filter; replies are `ledger.found`.

    A new one ends the one before. `kind` `error` asks for the errors before and behind `first`.
    """

    id: int
    kind: Literal["search", "filter", "error"]
    text: str = ""
    first: int = 0


FromWindow = (
    SessionHello
    | SessionGoodbye
    | SessionList
    | SessionSelect
    | SessionCreate
    | StateUpdate
    | CommandFrame
    | SnapshotGet
    | CommitsReplay
    | LedgerPage
    | LedgerLook
    | LedgerFind
    | FlowsGet
)

# From the server to a window


class SessionWelcome(Frame, frozen=True, kw_only=True, tag="session.welcome"):
    """The answer to a hello. `actor_id` is unique among all who were ever here; `resume_token` is for the next hello.

    `epoch` changes when the server lost its commit counters: what a window has is worth nothing then
    (SERVER-7). `resumed` says that the session of the hello is followed again, and how. `sessions` are
    the names there are; a server with one session has selected it already when `session` says so.
    """

    protocol: int
    epoch: str
    actor_id: str
    role: Role
    resume_token: str
    heartbeat_ms: int
    server_now_ms: float
    server: str = ""
    sessions: tuple[str, ...] = ()
    session: str = ""
    resumed: Literal["", "replayed", "baseline", "refused"] = ""


class Ack(Frame, frozen=True, kw_only=True, tag="ack"):
    """The answer to a command, a record write, a select or a create; it comes before the notify that it causes.

    `intent_id` or `id` names what it answers. Accepted: `revision` is the commit (of the record's
    version, for a write that changed nothing). Refused: `code` and `message` say why.
    """

    accepted: bool
    intent_id: str = ""
    id: int = 0
    revision: str = ""
    code: ErrorCode | Literal[""] = ""
    message: str = ""
    repeated: bool = False


class ErrorFrame(Frame, frozen=True, kw_only=True, tag="error"):
    """What was wrong with a frame that has no other reply; `id` of the request where it had one."""

    code: ErrorCode
    message: str
    id: int = 0


class Snapshot(Frame, frozen=True, kw_only=True, tag="snapshot"):
    """The last value of a topic, and its revision."""

    id: int
    topic: Topic
    revision: str
    data: Any


class Invalidation(Frame, frozen=True, kw_only=True):
    """The last value of a topic changed (SYNC-2): it is worth asking for its snapshot. One frame for each topic."""

    topic: Topic
    revision: str
    source_id: str = ""
    timestamp_ms: float = 0.0


class NotifyCatalog(Invalidation, frozen=True, kw_only=True, tag="notify.catalog"):
    """Sessions came, went or moved on."""


class NotifyPresence(Invalidation, frozen=True, kw_only=True, tag="notify.presence"):
    """Somebody came, left or went to another session."""


class NotifyScenarios(Invalidation, frozen=True, kw_only=True, tag="notify.scenarios"):
    """Scenarios, or what was made from them, changed."""


class NotifySource(Invalidation, frozen=True, kw_only=True, tag="notify.source"):
    """The connection or the counts of a live source changed."""


class NotifyCommits(Frame, frozen=True, kw_only=True, tag="notify.commits"):
    """Whole commits of the session that is followed, in order and without a hole behind what came before.

    Each is the encoding of a `CommitDelta` (`store/deltas.py`).
    """

    session: str
    deltas: tuple[msgspec.Raw, ...]


class CommitsBaseline(Frame, frozen=True, kw_only=True, tag="commits.baseline"):
    """The whole state of the session that is followed, but for older entries of its ledger: forget what was before.

    `data` is the encoding of a `Baseline` (`store/deltas.py`). `why` says what made it necessary.
    """

    session: str
    revision: str
    data: msgspec.Raw
    why: Literal["select", "resume", "lagging", "replaced", "asked"] = "select"
    id: int = 0


class LedgerReply(Frame, frozen=True, kw_only=True, tag="ledger.reply"):
    """The answer to `ledger.page`, `ledger.look` and `ledger.find`.

    `data` is the encoding of a `Page`, a `LookAnswer`, a `Found` or `Errors` (`store/deltas.py`); of a
    search several come, the last one with `last`.
    """

    id: int
    data: msgspec.Raw
    last: bool = True


class Flows(Frame, frozen=True, kw_only=True, tag="flows"):
    """The answer to `flows.get`: the flows from number `first` on, as many as fit, of `total` in order of start.

    `flow` is the one that is stepped, `all` for all of them one after the other. A live session has none,
    and no `source`.
    """

    id: int
    session: str
    first: int = 0
    total: int = 0
    flow: str = ""
    items: tuple[FlowItem, ...] = ()
    source: FlowsSource | None = None


FromServer = (
    SessionWelcome
    | SessionGoodbye
    | Ack
    | ErrorFrame
    | Snapshot
    | NotifyCatalog
    | NotifyPresence
    | NotifyScenarios
    | NotifySource
    | NotifyCommits
    | CommitsBaseline
    | LedgerReply
    | Flows
)

_encode: Final = msgspec.json.Encoder().encode
_from_window: Final[msgspec.json.Decoder[FromWindow]] = msgspec.json.Decoder(FromWindow)
_from_server: Final[msgspec.json.Decoder[FromServer]] = msgspec.json.Decoder(FromServer)


def encode_frame(frame: Frame) -> bytes:
    """A frame as it goes over the wire, in UTF-8."""
    return _encode(frame)


def decode_from_window(data: bytes | str) -> FromWindow:
    """A frame of a window; `msgspec.DecodeError` (or its `ValidationError`) says what is wrong with it."""
    return _from_window.decode(data)


def decode_from_server(data: bytes | str) -> FromServer:
    """A frame of a server; `msgspec.DecodeError` says what is wrong with it."""
    return _from_server.decode(data)
