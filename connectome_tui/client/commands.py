"""What a window may not even ask (CLIENT-6): refused here, without a call, in words that say what to do."""

from typing import Final

from connectome_tui.client.connection_session import ConnectionSession
from connectome_tui.client.requests import Failure

NO_SESSION: Final = Failure("client.no_session", "No session is chosen: o lists those of the server.")
NOT_THERE_YET: Final = Failure("client.not_ready", "The session is not here yet: its state is on the way.")
READ_ONLY: Final = Failure("client.read_only", "This window is read-only: it can look and copy, but change nothing.")
TOO_MANY: Final = Failure("client.too_many", "Too many commands wait for their answers: wait a moment.")


def not_connected(connection: ConnectionSession, now_ms: float) -> Failure:
    """Why nothing can be sent, and what to do."""
    # Last, because a narrow window cuts the end.
    why = f" ({connection.last_error})" if connection.last_error else ""
    match connection.status:
        case "disconnected" if connection.gave_up:
            text = f"Not connected: Ctrl+R tries again{why}."
        case "disconnected":
            text = "Not connected: Ctrl+R connects."
        case _ if connection.next_try_at is None:
            text = f"Not connected yet: {connection.address} is being tried."
        case _:
            seconds = max(round((connection.next_try_at - now_ms) / 1000), 1)
            text = f"Not connected: next try in {seconds} s, Ctrl+R tries now{why}."
    return Failure("client.not_connected", text)


def why_not(connection: ConnectionSession, now_ms: float, *, writes: bool = True) -> Failure | None:
    """Why this window cannot ask the server for something of its session; None when it can."""
    if connection.status != "connected":
        return not_connected(connection, now_ms)
    if writes and connection.mode == "read-only":
        return READ_ONLY
    if connection.active_session is None:
        return NO_SESSION
    if not connection.ready:
        return NOT_THERE_YET
    return None
