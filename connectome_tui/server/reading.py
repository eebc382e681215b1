"""What windows read: pages, looks and last values; each is one bounded reply (SERVER-9)."""

from typing import Final

import msgspec

from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import LedgerLook, LedgerPage, LedgerReply, Topic
from connectome_tui.server.connections import Connection
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.ledger_reads import MOST_ENTRIES
from connectome_tui.server.limits import TOO_MUCH
from connectome_tui.server.services import Services
from connectome_tui.store.delta_wire import Record, encode

MAX_PLACE: Final = 2**53
LOOK_COST: Final = 10
SNAPSHOT_COST: Final = 2
ENTRIES_A_COST: Final = 50
DETAILS_A_COST: Final = 25
MOST_ASKED: Final = 64


def page(services: Services, connection: Connection, frame: LedgerPage) -> None:
    """Entries of the ledger, at most so many as the protocol says."""
    if not 0 <= frame.first <= frame.behind < MAX_PLACE:
        connection.error("page.gone", "a page goes from first to behind, both not negative", frame.id)
    else:
        _ask(services, connection, frame, 1 + _cost(frame, frame.first))


def look(services: Services, connection: Connection, frame: LedgerLook) -> None:
    """What was to be seen at an entry."""
    if abs(frame.index) >= MAX_PLACE or abs(frame.by) >= MAX_PLACE:
        connection.error("page.gone", "no such place", frame.id)
    else:
        _ask(services, connection, frame, LOOK_COST)


def answer_next(services: Services, connection: Connection) -> None:
    """Answer what was asked for first and waits."""
    hosted = connection.session
    assert hosted is not None, "what was asked of a session is dropped when it is left"
    _answer(services, connection, hosted, connection.asked.popleft())


def snapshot(services: Services, connection: Connection, topic: Topic, request_id: int) -> None:
    """The last value of a topic."""
    if connection.affords(SNAPSHOT_COST):
        connection.send_bytes(services.topics.snapshot(topic, request_id))
    else:
        connection.error("limit.rate", TOO_MUCH, request_id)


def reply(connection: Connection, request_id: int, answer: Record, *, last: bool = True) -> None:
    """Send what was read."""
    connection.send(LedgerReply(id=request_id, data=msgspec.Raw(encode(answer)), last=last))


def _ask(services: Services, connection: Connection, frame: LedgerPage | LedgerLook, cost: float) -> None:
    """Answer at once, or in turn when there was much to read just now."""
    hosted = connection.session
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif len(connection.asked) >= MOST_ASKED or not connection.affords(cost):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    elif connection.asked or not services.turns.is_free:
        connection.asked.append(frame)
    else:
        _answer(services, connection, hosted, frame)


def _cost(frame: LedgerPage, first: int) -> float:
    """What the entries of a page cost, from one on."""
    behind = min(frame.behind, frame.first + MOST_ENTRIES)
    return max(behind - first, 0) / (DETAILS_A_COST if frame.detail else ENTRIES_A_COST)


def _answer(services: Services, connection: Connection, hosted: HostedSession, frame: LedgerPage | LedgerLook) -> None:
    with services.turns.taken():
        try:
            if isinstance(frame, LedgerPage):
                part = hosted.reads.page(frame.first, frame.behind, detail=frame.detail)
                # What did not fit is asked for again, and costs then.
                connection.charge(-_cost(frame, part.behind))
                answer: Record = part
            else:
                answer = hosted.reads.look(frame.index, frame.by)
        except SourceError as problem:
            connection.error("server.failed", str(problem), frame.id)
            return
        reply(connection, frame.id, answer)
