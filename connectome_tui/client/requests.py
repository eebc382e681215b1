"""Questions to the server and their answers, by number; each is answered once, if only by its time running out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from connectome_tui.client.words import shown
from connectome_tui.clock import Clock
from connectome_tui.net.frames import Ack, CommitsBaseline, ErrorFrame, Flows, Frame, LedgerReply, Snapshot

T = TypeVar("T")

ANSWER_MS: Final = 10_000.0
"""How long an answer may take."""


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer, or a refusal: the code of the server, or one of ours (`client.…`), and one line."""

    code: str
    message: str


Reply = Ack | Snapshot | LedgerReply | CommitsBaseline | Flows
OnReply = Callable[[Reply | Failure], None]


@dataclass(slots=True)
class _Question:
    on_reply: OnReply
    overdue_ms: float
    wait_ms: float


class Requests:
    """What was asked and not answered. Numbers are never used again, so that a late answer finds nobody."""

    def __init__(self, clock: Clock, send: Callable[[Frame], None]) -> None:
        self._clock = clock
        self._send = send
        self._open: dict[int, _Question] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def ask(self, make: Callable[[int], Frame], on_reply: OnReply, *, wait_ms: float = ANSWER_MS) -> int:
        """Send what `make` makes of a new number; the answer, or why there is none, goes to `on_reply`."""
        self._last += 1
        number = self._last
        self._open[number] = _Question(on_reply, self._clock.now_ms() + wait_ms, wait_ms)
        self._send(make(number))
        return number

    def answered(self, frame: Reply | ErrorFrame) -> bool:
        """Hand an answer to who asked; false when nobody did (any more)."""
        question = self._open.get(frame.id)
        if question is None:
            return False
        if isinstance(frame, LedgerReply) and not frame.last:
            question.overdue_ms = self._clock.now_ms() + question.wait_ms
        else:
            del self._open[frame.id]
        question.on_reply(Failure(frame.code, shown(frame.message)) if isinstance(frame, ErrorFrame) else frame)
        return True

    def drop(self, number: int) -> None:
        """The answer is of no interest any more."""
        self._open.pop(number, None)

    def fail_all(self, failure: Failure) -> None:
        """No answer will come to anything that was asked."""
        questions, self._open = list(self._open.values()), {}
        for question in questions:
            question.on_reply(failure)

    def next_deadline_ms(self) -> float | None:
        """When the first answer is overdue."""
        return min((question.overdue_ms for question in self._open.values()), default=None)

    def serve_deadline(self) -> None:
        """Give up what is overdue."""
        now = self._clock.now_ms()
        for number in [number for number, question in self._open.items() if question.overdue_ms <= now]:
            question = self._open.pop(number, None)
            if question is not None:
                seconds = question.wait_ms / 1000
                question.on_reply(Failure("client.no_answer", f"the server gave no answer within {seconds:.0f} s"))


def decoded(reply: Reply, decode: Callable[[msgspec.Raw], T]) -> T | Failure:
    """What an answer holds, or that it makes no sense."""
    if not isinstance(reply, LedgerReply):
        return Failure("client.nonsense", f"the server answered with {type(reply).__name__}")
    try:
        return decode(reply.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        return Failure("client.nonsense", f"the answer makes no sense: {problem}")
