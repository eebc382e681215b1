"""Commands and record writes on their way (SERVER-5): each is done once, however often it has to be sent.

An intent keeps its id over a reconnect, so that the server answers a repeat instead of doing it again.
That holds for one actor in one epoch: where either is new, nobody can say whether it was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectome_tui.client.words import shown
from connectome_tui.clock import Clock
from connectome_tui.net.frames import Ack, CommandFrame, Frame, StateUpdate

AGAIN_MS: Final = 10_000.0
"""An intent without an answer is sent again after this time."""
TOO_OLD_MS: Final = 60_000.0
"""An intent that old is not sent again after a reconnect: nobody expects it to be done any more."""
MAX_OPEN: Final = 1000
NOT_KNOWN: Final = "the connection was lost before the server answered: it is not known whether it was done"

IntentFrame = CommandFrame | StateUpdate


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an intent. Refused: `code` of the server, or one of ours (`client.…`), and one line.

    `revision` is the commit; `repeated` says that the server had done it before.
    """

    intent_id: str
    accepted: bool
    code: str = ""
    message: str = ""
    revision: str = ""
    repeated: bool = False


OnAnswer = Callable[[Answer], None]


@dataclass(slots=True)
class _Open:
    frame: IntentFrame
    on_answer: OnAnswer
    by: tuple[str, str]
    first_sent_ms: float
    again_ms: float


class Intents:
    """What was sent and not answered, oldest first."""

    def __init__(self, clock: Clock, send: Callable[[Frame], None]) -> None:
        self._clock = clock
        self._send = send
        self._open: dict[str, _Open] = {}
        self._by = ("", "")
        self._stands = False

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, frame: IntentFrame, on_answer: OnAnswer) -> bool:
        """Send an intent; false when too many wait for their answers."""
        if len(self._open) >= MAX_OPEN:
            return False
        assert frame.intent_id not in self._open, "each intent has an id of its own"
        now = self._clock.now_ms()
        self._open[frame.intent_id] = _Open(frame, on_answer, self._by, now, now + AGAIN_MS)
        self._send(frame)
        return True

    def answered(self, ack: Ack) -> bool:
        """Hand an answer to who asked; false when nobody did, or it was answered before."""
        intent = self._open.pop(ack.intent_id, None)
        if intent is None:
            return False
        message = shown(ack.message)
        intent.on_answer(Answer(ack.intent_id, ack.accepted, ack.code, message, ack.revision, ack.repeated))
        return True

    def connected(self, actor_id: str, epoch: str) -> None:
        """The connection stands: send again what had no answer, in order; give up what cannot be asked again."""
        self._by, self._stands = (actor_id, epoch), True
        now = self._clock.now_ms()
        for intent_id, intent in list(self._open.items()):
            if intent.by == self._by and now - intent.first_sent_ms < TOO_OLD_MS:
                intent.again_ms = now + AGAIN_MS
                self._send(intent.frame)
            else:
                self._give_up(intent_id, "client.unknown", NOT_KNOWN)

    def disconnected(self) -> None:
        """Nothing can be sent for now; what is open waits for the next connection."""
        self._stands = False

    def give_up_all(self, code: str, message: str) -> None:
        """No answer will come to anything."""
        for intent_id in list(self._open):
            self._give_up(intent_id, code, message)

    def next_deadline_ms(self) -> float | None:
        """When the first one is to be sent again."""
        return min((intent.again_ms for intent in self._open.values()), default=None) if self._stands else None

    def serve_deadline(self) -> None:
        """Send again what had no answer for long."""
        now = self._clock.now_ms()
        for intent in list(self._open.values()) if self._stands else ():
            if intent.again_ms <= now:
                intent.again_ms = now + AGAIN_MS
                self._send(intent.frame)

    def _give_up(self, intent_id: str, code: str, message: str) -> None:
        intent = self._open.pop(intent_id, None)
        if intent is not None:
            intent.on_answer(Answer(intent_id, accepted=False, code=code, message=message))
