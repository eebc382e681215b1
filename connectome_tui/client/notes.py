"""What the client notes of what happens to it, for whoever keeps it (CLIENT-8)."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

NoteType = Literal["connection", "catalog", "topology", "command"]
NoteSource = Literal["service", "user", "scenario"]
"""What made it happen: the server or the network, somebody at this window, a scenario."""


class Notes(Protocol):
    """Takes notes; it returns at once and never raises."""

    def note(self, type_: NoteType, event: str, payload: Mapping[str, Any], source: NoteSource = "service") -> None:
        """Something happened: `event` in a word or two, `payload` small and without secrets."""
        ...


class NoNotes:
    """Keeps nothing."""

    def note(self, type_: NoteType, event: str, payload: Mapping[str, Any], source: NoteSource = "service") -> None:
        pass
