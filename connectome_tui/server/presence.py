"""Who is here, and where (SERVER-10)."""

from collections.abc import Mapping

import msgspec

from connectome_tui.net.items import PresenceItem


class Presence:
    """One item for each who is here; they are known by their connection."""

    def __init__(self) -> None:
        self._here: dict[object, PresenceItem] = {}

    def __len__(self) -> int:
        return len(self._here)

    def came(self, who: object, item: PresenceItem) -> None:
        """Somebody is here now."""
        self._here[who] = item

    def went_to(self, who: object, session: str) -> None:
        """Somebody looks at a session now, with the empty name at none."""
        self._here[who] = msgspec.structs.replace(self._here[who], session=session)

    def left(self, who: object) -> None:
        """Somebody is gone; harmless for one who was not here."""
        self._here.pop(who, None)

    def here(self, session: str) -> int:
        """How many look at a session."""
        return sum(item.session == session for item in self._here.values())

    def items(self) -> Mapping[str, PresenceItem]:
        """Everybody, by actor id."""
        return {item.actor_id: item for item in self._here.values()}
