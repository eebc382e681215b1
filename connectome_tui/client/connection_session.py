"""What there is to know of a connection (CLIENT-1): one frozen snapshot, which is what the screen sees."""

from dataclasses import dataclass
from typing import Literal

from connectome_tui.net.frames import Origin, Role

Status = Literal["disconnected", "connecting", "connected", "reconnecting"]


@dataclass(frozen=True, slots=True)
class ConnectionSession:
    """The connection as of now (CLIENT-1); all times in milliseconds of this machine's clock.

    `ready`: the session in hand is there whole, or none was asked for. `mode` is what the server lets
    this window do. `generation` counts the connections that stood. `attempts` failed in a row;
    `next_try_at` is None when no further one is due. `gave_up`: no further one comes by itself,
    `last_error` says why.
    """

    id: str
    address: str
    user: str
    status: Status = "disconnected"
    ready: bool = False
    mode: Role = "full"
    last_error: str = ""
    last_error_code: str = ""
    active_session: str | None = None
    connected_at: float | None = None
    last_status_change: float = 0.0
    last_disconnected_at: float | None = None
    actor_id: str = ""
    epoch: str = ""
    generation: int = 0
    server: str = ""
    attempts: int = 0
    next_try_at: float | None = None
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who connects: the name that others see, the program, what it is, and what it wants to be allowed."""

    user: str
    client: str = ""
    origin: Origin = "user"
    role: Role = "full"
