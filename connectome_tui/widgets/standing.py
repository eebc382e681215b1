"""How a window stands towards the session that it shows: on its own, or one of several on a server (CLIENT-1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from connectome_tui.net.frames import Origin, Role

Connection = Literal["own", "connecting", "connected", "reconnecting", "ended"]
"""`own`: the session is this program's and nobody else sees it. `ended`: nothing is tried again."""


@dataclass(frozen=True, slots=True)
class Present:
    """One who is here. `session` is where they are, `since_ms` by the server's clock; `is_self`: this window."""

    actor_id: str
    name: str
    session: str = ""
    role: "Role" = "full"
    origin: "Origin" = "user"
    client: str = ""
    since_ms: float = 0.0
    is_self: bool = False


def _nobody(_arrival_index: int) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What panes say of it. `is_stale`: what is shown is as it was when the connection was lost.

    `session` and `address` say what the window follows, `here` who else does; `has_flows`: there are
    several flows to choose from in it. `released_by` gives the name of who released an entry; empty when
    nobody did, or it is not known.
    """

    connection: Connection = "own"
    is_stale: bool = False
    is_detached: bool = False
    is_read_only: bool = False
    session: str = ""
    address: str = ""
    here: tuple[Present, ...] = ()
    has_flows: bool = False
    released_by: Callable[[int], str] = _nobody

    @property
    def is_shared(self) -> bool:
        """Whether others can see the same session."""
        return self.connection != "own"

    @property
    def is_cut_off(self) -> bool:
        """Whether there is no connection to the server that was asked for."""
        return self.is_stale or self.connection not in {"own", "connected"}

    @property
    def count_here(self) -> int:
        """How many follow the session of this window, itself counted."""
        return sum(present.session == self.session for present in self.here) if self.session else 0


ALONE: Final = Standing()
"""Of a program on its own."""
