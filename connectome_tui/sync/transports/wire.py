"""The wire: what the two sides say to each other, as JSON; one object is one message.

`type` says which it is. Fields that are not known are ignored. A reply has the `id` of its request.
"""

from typing import Any, Final, Literal

import msgspec

from connectome_tui.sync.errors import ProtocolError

ErrorCode = Literal["malformed", "too_long", "topic.unknown", "busy", "provider.failed"]


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """The base of all messages."""


class Subscribe(Message, frozen=True, kw_only=True, tag="subscribe"):
    """Tell me of changes of this topic; the reply is `subscribed`."""

    id: int
    topic: str


class Unsubscribe(Message, frozen=True, kw_only=True, tag="unsubscribe"):
    """No longer; there is no reply."""

    topic: str


class GetSnapshot(Message, frozen=True, kw_only=True, tag="snapshot.get"):
    """What is it now; the reply is a `snapshot`."""

    id: int
    topic: str


FromClient = Subscribe | Unsubscribe | GetSnapshot


class Subscribed(Message, frozen=True, kw_only=True, tag="subscribed"):
    """The subscription stands. `revision` is that of the newest change told so far, empty when there was none."""

    id: int
    topic: str
    revision: str = ""


class Invalidation(Message, frozen=True, kw_only=True, tag="invalidation"):
    """A topic changed (SYNC-2)."""

    topic: str
    revision: str
    source_id: str | None = None
    timestamp_ms: float | None = None


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """What a topic is now. The revision is what the provider gave: whether it is one, the sync looks at."""

    id: int
    topic: str
    revision: Any
    data: Any


class ErrorReply(Message, frozen=True, kw_only=True, tag="error"):
    """What was wrong with a request, or with a message that was none (`id` 0)."""

    code: ErrorCode
    message: str
    id: int = 0


FromServer = Subscribed | Invalidation | Snapshot | ErrorReply

encode: Final = msgspec.json.Encoder().encode
_from_client: Final[msgspec.json.Decoder[FromClient]] = msgspec.json.Decoder(FromClient)
_from_server: Final[msgspec.json.Decoder[FromServer]] = msgspec.json.Decoder(FromServer)


def decode_from_client(message: bytes | str) -> FromClient:
    """A message of a client; `ProtocolError` says what is wrong with it."""
    try:
        return _from_client.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"a message that is none: {error}") from error


def decode_from_server(message: bytes | str) -> FromServer:
    """A message of a server; `ProtocolError` says what is wrong with it."""
    try:
        return _from_server.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"a message that is none: {error}") from error
