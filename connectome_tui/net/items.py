"""What the last-value topics are made of (SERVER-3): the `data` of a `Snapshot` is a list of these."""

import msgspec

from connectome_tui.net.frames import Origin, Role


class CatalogItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One hosted session as the catalog lists it. `last_seen_at` is when it last changed.

    `kind` is `recording` or `live`; `steps` and `total` say how far it is; `here` counts its windows;
    `flows` says how many there are to choose from.
    """

    name: str
    last_seen_at: float
    title: str = ""
    kind: str = "recording"
    steps: int = 0
    total: int | None = None
    here: int = 0
    scenario: str = ""
    flows: int = 0


class PresenceItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One who is here: in which session, since when, with which role, from which program."""

    actor_id: str
    actor: str
    session: str = ""
    role: Role = "full"
    origin: Origin = "user"
    client: str = ""
    since_ms: float = 0.0


class ScenarioItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One scenario that the server offers (CLIENT-7), the session that it makes, and whether that is made.

    `trouble` says why none can be made of it.
    """

    name: str
    title: str
    session: str
    trouble: str = ""
    made: bool = False


class SourceItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One live source of a session: its connection, and what it counts."""

    session: str
    name: str
    kind: str
    phase: str
    message: str = ""
    received: int = 0
    dropped: int = 0
