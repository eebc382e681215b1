"""From the type of a frame of the server to who takes it; nothing is decided here."""

from typing import Protocol

from connectome_tui.client.following import Following
from connectome_tui.client.intents import Intents
from connectome_tui.client.last_values import LastValues
from connectome_tui.client.requests import Requests
from connectome_tui.net.frames import (
    Ack,
    CommitsBaseline,
    ErrorFrame,
    Flows,
    FromServer,
    Invalidation,
    LedgerReply,
    NotifyCommits,
    Snapshot,
)


class NoteError(Protocol):
    """Told of what was wrong and ends nothing."""

    def __call__(self, message: str, code: str = "") -> None:
        """One line, and the code of the server."""
        ...


class Incoming:
    """Takes the frames behind a welcome."""

    def __init__(
        self, requests: Requests, intents: Intents, following: Following, values: LastValues, *, note_error: NoteError
    ) -> None:
        self._requests = requests
        self._intents = intents
        self._following = following
        self._values = values
        self._note_error = note_error

    def take(self, frame: FromServer) -> None:
        """Hand it on; what nobody asked for any more is dropped."""
        match frame:
            case NotifyCommits():
                self._following.commits(frame)
            case CommitsBaseline():
                if frame.id:
                    self._requests.answered(frame)
                self._following.baseline(frame)
            case Ack(intent_id=""):
                self._requests.answered(frame)
            case Ack():
                self._intents.answered(frame)
            case LedgerReply() | Snapshot() | Flows():
                self._requests.answered(frame)
            case ErrorFrame():
                self._take_error(frame)
            case Invalidation():
                self._values.notified(frame)
            case _:
                self._note_error(f"the server sent a {type(frame).__name__} that means nothing here")

    def _take_error(self, frame: ErrorFrame) -> None:
        if frame.id and self._requests.answered(frame):
            return
        self._note_error(frame.message or frame.code, frame.code)
