"""One connection as the hub sees it: its subscriptions, its requests, and what it may cost."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from connectome_tui.sync.errors import ProtocolError
from connectome_tui.sync.transports.links import SLOW_BYTES, Link
from connectome_tui.sync.transports.wire import (
    ErrorCode,
    ErrorReply,
    GetSnapshot,
    Snapshot,
    Subscribe,
    Subscribed,
    Unsubscribe,
    decode_from_client,
    encode,
)

if TYPE_CHECKING:
    from connectome_tui.sync.transports.hub import TopicHub

MOST_REQUESTS: Final = 8
"""So many snapshots are made for one connection at a time."""


class HubPeer:
    """Answers one client. What it says wrong is answered with an error, and hurts nobody else.

    One that does not read is told of a topic's newest change alone, once there is room.
    """

    def __init__(self, hub: "TopicHub", link: Link) -> None:
        self._hub = hub
        self._link = link
        self._topics: set[str] = set()
        self._owed: dict[str, bytes] = {}
        self._requests: set[asyncio.Task[None]] = set()
        self._turned_away = False

    def notify(self, topic: str, message: bytes) -> None:
        """Tell of a change, when it is subscribed to."""
        if topic not in self._topics:
            return
        if self._owed or self._link.waiting_bytes > SLOW_BYTES:
            self._owed[topic] = message
        else:
            self._link.send(message)

    def end(self, reason: str) -> None:
        """Close the connection."""
        self._link.close(reason)

    def turn_away(self, text: str) -> None:
        """Say why there is no room, and close the connection."""
        self._turned_away = True
        self._refuse("busy", text)
        self._link.close(text)

    def received(self, message: bytes | str) -> None:
        if self._turned_away:
            return
        try:
            said = decode_from_client(message)
        except ProtocolError as error:
            self._refuse("malformed", str(error))
            return
        match said:
            case Subscribe():
                self._subscribe(said)
            case Unsubscribe():
                self._topics.discard(said.topic)
                self._owed.pop(said.topic, None)
            case GetSnapshot():
                self._get_snapshot(said)

    def too_long(self) -> None:
        self._refuse("too_long", f"a message has at most {self._hub.max_message_bytes} bytes")
        self._link.close("a message was too long")

    def writable(self) -> None:
        owed, self._owed = self._owed, {}
        for topic, message in owed.items():
            self.notify(topic, message)

    def closed(self, reason: str) -> None:  # noqa: ARG002 - why does not matter here
        self._hub.left(self)
        self._topics.clear()
        self._owed.clear()
        for request in self._requests:
            request.cancel()

    def _subscribe(self, said: Subscribe) -> None:
        if self._hub.provider_of(said.topic) is None:
            self._refuse("topic.unknown", f"there is no topic {said.topic[:80]!r}", said.id)
            return
        self._topics.add(said.topic)
        revision = self._hub.newest_of(said.topic) or ""
        self._send(encode(Subscribed(id=said.id, topic=said.topic, revision=revision)))

    def _get_snapshot(self, said: GetSnapshot) -> None:
        if self._hub.provider_of(said.topic) is None:
            self._refuse("topic.unknown", f"there is no topic {said.topic[:80]!r}", said.id)
        elif len(self._requests) >= MOST_REQUESTS or self._link.waiting_bytes > self._hub.max_message_bytes:
            self._refuse("busy", f"{len(self._requests)} requests are under way, or their answers not read", said.id)
        else:
            request = asyncio.get_running_loop().create_task(self._answer(said))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    async def _answer(self, said: GetSnapshot) -> None:
        provider = self._hub.provider_of(said.topic)
        assert provider is not None, "it was there when this was asked"
        try:
            message = encoded_snapshot(said, await provider.get_snapshot())
        except Exception as error:  # noqa: BLE001 - a provider may raise anything; client and hub are told
            self._refuse("provider.failed", f"the provider of {said.topic!r} failed", said.id)
            self._hub.provider_failed(said.topic, error)
            return
        if len(message) > self._hub.max_message_bytes:
            size, most = len(message), self._hub.max_message_bytes
            self._refuse("too_long", f"the snapshot has {size} bytes, {most} are allowed", said.id)
        else:
            self._send(message)

    def _refuse(self, code: ErrorCode, text: str, request: int = 0) -> None:
        self._send(encode(ErrorReply(code=code, message=text, id=request)))

    def _send(self, message: bytes) -> None:
        if self._link.waiting_bytes > (MOST_REQUESTS + 2) * self._hub.max_message_bytes:
            self._link.close("it does not read")
        else:
            self._link.send(message)


def encoded_snapshot(said: GetSnapshot, envelope: Any) -> bytes:
    """What a provider gave, as it goes over the wire."""
    if isinstance(envelope, dict):
        revision, data = envelope["revision"], envelope["data"]
    else:
        revision, data = envelope.revision, envelope.data
    return encode(Snapshot(id=said.id, topic=said.topic, revision=revision, data=data))
