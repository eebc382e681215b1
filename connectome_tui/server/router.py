"""From the type of a frame to who answers it (SERVER-1); nothing is decided here."""

from connectome_tui.net.frames import (
    CommandFrame,
    CommitsReplay,
    FlowsGet,
    FromWindow,
    LedgerFind,
    LedgerLook,
    LedgerPage,
    SessionCreate,
    SessionList,
    SessionSelect,
    SnapshotGet,
    StateUpdate,
)
from connectome_tui.server import creating, finds, flows, following, intents, reading
from connectome_tui.server.connections import Connection
from connectome_tui.server.services import Services


def route(services: Services, connection: Connection, frame: FromWindow) -> None:
    """Hand a frame of somebody who is here to who answers it."""
    match frame:
        case CommandFrame() | StateUpdate():
            intents.serve(services, connection, frame)
        case LedgerPage():
            reading.page(services, connection, frame)
        case LedgerLook():
            reading.look(services, connection, frame)
        case LedgerFind():
            finds.begin(connection, frame)
        case FlowsGet():
            flows.page(connection, frame)
        case SnapshotGet():
            reading.snapshot(services, connection, frame.topic, frame.id)
        case SessionList():
            reading.snapshot(services, connection, "catalog", frame.id)
        case SessionSelect():
            following.select(services, connection, frame)
        case CommitsReplay():
            following.replay(connection, frame)
        case SessionCreate():
            creating.create(services, connection, frame)
        case _:
            raise AssertionError(f"a frame that is no business of the router: {type(frame).__name__}")
