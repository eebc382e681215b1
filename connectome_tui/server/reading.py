"""What windows read: pages, looks and last values; each is one bounded reply (SERVER-9)."""

from typing import Final

import msgspec

from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import LedgerLook, LedgerPage, LedgerReply, Topic
from connectome_tui.server.connections import Connection
from connectome_tui.server.services import Services
from connectome_tui.store.delta_wire import Record, encode

MAX_PLACE: Final = 2**53
LOOK_COST: Final = 10
SNAPSHOT_COST: Final = 2
ENTRIES_A_COST: Final = 50
DETAILS_A_COST: Final = 10
TOO_MUCH: Final = "too much is asked for at once: wait a moment"


def page(connection: Connection, frame: LedgerPage) -> None:
    """Entries of the ledger, at most so many as the protocol says."""
    count = frame.behind - frame.first
    if not 0 <= frame.first <= frame.behind < MAX_PLACE:
        connection.error("page.gone", "a page goes from first to behind, both not negative", frame.id)
        return
    hosted = connection.session
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif not connection.affords(1 + min(count, 1000) / (DETAILS_A_COST if frame.detail else ENTRIES_A_COST)):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    else:
        try:
            answer = hosted.reads.page(frame.first, frame.behind, detail=frame.detail)
        except SourceError as problem:
            connection.error("server.failed", str(problem), frame.id)
            return
        reply(connection, frame.id, answer)


def look(connection: Connection, frame: LedgerLook) -> None:
    """What was to be seen at an entry."""
    hosted = connection.session
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif abs(frame.index) >= MAX_PLACE or abs(frame.by) >= MAX_PLACE:
        connection.error("page.gone", "no such place", frame.id)
    elif not connection.affords(LOOK_COST):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    else:
        try:
            answer = hosted.reads.look(frame.index, frame.by)
        except SourceError as problem:
            connection.error("server.failed", str(problem), frame.id)
            return
        reply(connection, frame.id, answer)


def snapshot(services: Services, connection: Connection, topic: Topic, request_id: int) -> None:
    """The last value of a topic."""
    if connection.affords(SNAPSHOT_COST):
        connection.send_bytes(services.topics.snapshot(topic, request_id))
    else:
        connection.error("limit.rate", TOO_MUCH, request_id)


def reply(connection: Connection, request_id: int, answer: Record, *, last: bool = True) -> None:
    """Send what was read."""
    connection.send(LedgerReply(id=request_id, data=msgspec.Raw(encode(answer)), last=last))
