"""Which flows the recording behind a session has: each answer is one bounded reply (SPAN-7, SERVER-9)."""

from typing import Final

from connectome_tui.net.flows import item_of, source_of
from connectome_tui.net.frames import Flows, FlowsGet
from connectome_tui.server.connections import Connection
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.limits import TOO_MUCH
from connectome_tui.server.reading import MAX_PLACE
from connectome_tui.session import SteppedSession

MOST_ITEMS: Final = 500
ITEMS_A_COST: Final = 50
PAGE_COST: Final = 1 + MOST_ITEMS // ITEMS_A_COST


def page(connection: Connection, frame: FlowsGet) -> None:
    """The flows of the session that is followed, as many as fit into one reply."""
    hosted = connection.session
    if hosted is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
    elif not 0 <= frame.first < MAX_PLACE:
        connection.error("page.gone", "flows are numbered from 0", frame.id)
    elif not connection.affords(PAGE_COST):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
    else:
        connection.send(_listed(hosted, frame))


def _listed(hosted: HostedSession, frame: FlowsGet) -> Flows:
    running = hosted.running
    if not isinstance(running, SteppedSession):
        return Flows(id=frame.id, session=hosted.name, first=frame.first)
    recording = running.recording
    flows = recording.flows
    return Flows(
        id=frame.id,
        session=hosted.name,
        first=frame.first,
        total=len(flows),
        flow=running.flow.summary.id,
        items=tuple(map(item_of, flows[frame.first : frame.first + MOST_ITEMS])),
        source=source_of(recording.name, recording.report),
    )
