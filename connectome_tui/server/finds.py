"""Searches of windows: one at a time for each, in slices between all else that the server does (SERVER-9)."""

from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.find.bounded import within
from connectome_tui.net.frames import LedgerFind
from connectome_tui.server import reading
from connectome_tui.server.connections import FAILED, Connection
from connectome_tui.server.find_port import Find
from connectome_tui.server.limits import TOO_MUCH
from connectome_tui.server.services import Services
from connectome_tui.store.deltas import Found

COST: Final = 20
MOST_CHARS: Final = 1000
EXPRESSION_SECONDS: Final = 0.02
"""So long an expression may take on one event. Everybody waits for it."""
SLICE_MS: Final = 10
"""What takes longer is paid for: each ms counts as so many frames."""
MAX_PLACE: Final = 2**53
ANEW: Final = "the session began anew meanwhile: search again"


def begin(connection: Connection, frame: LedgerFind) -> None:
    """Begin a search; the one before ends."""
    hosted = connection.session
    connection.find = None
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif not 0 <= frame.first < MAX_PLACE:
        connection.error("find.invalid", "no such place", frame.id)
    elif len(frame.text) > MOST_CHARS:
        connection.error("find.invalid", f"a search has at most {MOST_CHARS} characters", frame.id)
    elif not connection.affords(COST):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    else:
        connection.find = Find(frame.id, hosted.reads, iter(hosted.reads.find(frame.kind, frame.text, frame.first)))


def fail(connection: Connection) -> None:
    """A search ends by a mistake of the program."""
    find, connection.find = connection.find, None
    if find is not None:
        connection.error("server.failed", FAILED, find.request_id)


def serve(services: Services, connection: Connection) -> None:
    """Look at one more slice."""
    find, hosted = connection.find, connection.session
    if find is None or hosted is None:
        return
    if find.reads is not hosted.reads:
        connection.find = None
        reading.reply(connection, find.request_id, Found(trouble=ANEW))
        return
    began = services.clock.now_ms()
    try:
        with within(EXPRESSION_SECONDS):
            part = next(find.parts, None)
    except SourceError as problem:
        connection.find = None
        connection.error("server.failed", str(problem), find.request_id)
        return
    if (took := services.clock.now_ms() - began) > SLICE_MS:
        connection.charge(took * SLICE_MS)
    if part is None:
        connection.find = None
        return
    answer, is_last = part
    if is_last:
        connection.find = None
    if is_last or (isinstance(answer, Found) and answer.hits):
        reading.reply(connection, find.request_id, answer, last=is_last)
