"""Searches of windows: one at a time for each, in slices between all else that the server does (SERVER-9)."""

from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import LedgerFind
from connectome_tui.server import reading
from connectome_tui.server.connections import Connection
from connectome_tui.server.find_port import Find
from connectome_tui.store.deltas import Found

COST: Final = 20
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
    elif not connection.affords(COST):
        connection.refuse(frame, "limit.rate", reading.TOO_MUCH)
    else:
        connection.find = Find(frame.id, hosted.reads, iter(hosted.reads.find(frame.kind, frame.text, frame.first)))


def serve(connection: Connection) -> None:
    """Look at one more slice."""
    find, hosted = connection.find, connection.session
    if find is None or hosted is None:
        return
    if find.reads is not hosted.reads:
        connection.find = None
        reading.reply(connection, find.request_id, Found(trouble=ANEW))
        return
    try:
        part = next(find.parts, None)
    except SourceError as problem:
        connection.find = None
        connection.error("server.failed", str(problem), find.request_id)
        return
    if part is None:
        connection.find = None
        return
    answer, is_last = part
    if is_last:
        connection.find = None
    if is_last or (isinstance(answer, Found) and answer.hits):
        reading.reply(connection, find.request_id, answer, last=is_last)
