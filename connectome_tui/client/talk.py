"""One short conversation with a server, for who asks a thing and goes: `ctl` and scripts.

Everything has a time by which it is answered or has failed. When the connection is lost, an intent is
sent once more, as the same actor and with the same id, so that it is done once (SERVER-5); nothing else is.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, Self, TypeVar

import msgspec

from connectome_tui import __version__
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.error_codes import CLOSES
from connectome_tui.net.frames import (
    PROTOCOL,
    Ack,
    CommandFrame,
    CommandKind,
    CommitsBaseline,
    ErrorFrame,
    Flows,
    FlowsGet,
    Frame,
    FromServer,
    LedgerReply,
    Origin,
    Resume,
    Role,
    SessionGoodbye,
    SessionHello,
    SessionSelect,
    SessionWelcome,
    StateUpdate,
    decode_from_server,
    encode_frame,
)
from connectome_tui.net.links import Link
from connectome_tui.net.websocket_client import DialError, connect

ANSWER_SECONDS: Final = 15.0
RATE_SECONDS: Final = 0.2
AGAIN_SECONDS: Final = 5.0
"""So long a connection that was lost is tried to be made again."""
MAX_WAITING: Final = 10_000
"""So many frames wait to be looked at, at most; the rest is of no interest here."""

_Answer = TypeVar("_Answer", bound=FromServer)
_Numbered = TypeVar("_Numbered", LedgerReply, Flows)


class TalkError(DialError):
    """The conversation cannot go on: it was not let in, was cut off, or got no answer. `code` as in the protocol."""

    def __init__(self, address: ServerAddress, reason: str, code: str = "") -> None:
        super().__init__(address, reason)
        self.code = code


class Talk:
    """A conversation; `async with Talk(…)` says hello and goodbye."""

    def __init__(
        self,
        address: ServerAddress,
        token: str,
        *,
        actor: str,
        origin: Origin = "script",
        role: Role = "full",
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.address, self._token, self._actor, self._origin, self._role = address, token, actor, origin, role
        self._seconds = seconds
        self._link: Link | None = None
        self._frames: deque[FromServer] = deque()
        self._is_news = asyncio.Event()
        self._end: str | None = None
        self._is_closed = False
        self._last_id = 0
        self._welcome: SessionWelcome | None = None

    @property
    def welcome(self) -> SessionWelcome:
        """What the server said to the hello."""
        assert self._welcome is not None, "it begins with `async with`"
        return self._welcome

    async def __aenter__(self) -> Self:
        """Connect and say hello."""
        try:
            self._welcome = await self._greeted(None)
        except BaseException:
            if self._link is not None:
                self._link.close()
            raise
        return self

    async def __aexit__(self, *_problem: object) -> None:
        """Say goodbye, and wait until the connection is over."""
        assert self._link is not None
        self._send(SessionGoodbye())
        await self._close()

    async def select(self, session: str, *, commits: bool) -> CommitsBaseline | None:
        """Follow a session; its baseline when `commits` are wanted. `TalkError` when there is no such session."""
        number = self._number()
        answer = await self._asked(SessionSelect(id=number, session=session, commits=commits), number)
        if not answer.accepted:
            raise TalkError(self.address, answer.message, answer.code)
        return await self._wait(CommitsBaseline, lambda frame: frame.session == session) if commits else None

    async def command(self, session: str, kind: CommandKind, payload: dict[str, object] | None = None) -> Ack:
        """Give a command to whatever run the session is in now."""
        intent = secrets.token_hex(8)
        return await self._intent(
            CommandFrame(intent_id=intent, session=session, session_id="", kind=kind, payload=payload or {}), intent
        )

    async def repeat(
        self, session: str, kind: CommandKind, payload: dict[str, object] | None = None, *, count: int
    ) -> tuple[Ack, int]:
        """Give a command so many times, or until it is refused: the last answer, and how often it was accepted."""
        done = 0
        while True:
            ack = await self.command(session, kind, payload)
            if ack.code == "limit.rate" and done:
                await asyncio.sleep(RATE_SECONDS)  # so many are not more than a server takes, only faster
                continue
            done += ack.accepted
            if not ack.accepted or done == count:
                return ack, done

    async def write(self, update: StateUpdate) -> Ack:
        """Write a record."""
        return await self._intent(update, update.intent_id)

    async def read(self, make: Callable[[int], Frame]) -> LedgerReply:
        """Ask for a part of the ledger of the session that is followed; who asks for much waits its turn."""
        return await self._read(LedgerReply, make)

    async def flows(self) -> AsyncIterator[Flows]:
        """The flows of the session that is followed, some at a time; one empty part where it has none."""
        came, total = 0, 1
        while came < total:
            first = came
            part = await self._read(Flows, lambda number: FlowsGet(id=number, first=first))  # noqa: B023 -- awaited here
            yield part
            came, total = first + len(part.items), part.total if part.items else 0

    async def _read(self, kind: type[_Numbered], make: Callable[[int], Frame]) -> _Numbered:
        async with self._in_time():
            while True:
                try:
                    number = self._number()
                    self._send(make(number))
                    return await self._wait(kind, lambda frame: frame.id == number, number)  # noqa: B023 -- awaited here
                except TalkError as problem:
                    if problem.code != "limit.rate":
                        raise
                await asyncio.sleep(RATE_SECONDS)

    # A user of a link

    def received(self, message: bytes | str) -> None:
        """A frame has come."""
        try:
            frame = decode_from_server(message)
        except msgspec.DecodeError:
            return  # of a newer server
        if isinstance(frame, SessionGoodbye):
            self._end = self._end or frame.reason or "the server said goodbye"
        elif len(self._frames) < MAX_WAITING:
            self._frames.append(frame)
        self._is_news.set()

    def writable(self) -> None:
        """What is sent here is little."""

    def closed(self, reason: str) -> None:
        """The connection is over."""
        self._end, self._is_closed = self._end or reason, True
        self._is_news.set()

    def _made(self, link: Link) -> "Talk":
        self._link, self._end, self._is_closed = link, None, False
        self._frames.clear()
        return self

    async def _greeted(self, resume: Resume | None) -> SessionWelcome:
        await connect(self.address, self._made, seconds=self._seconds)
        self._send(
            SessionHello(
                protocol=PROTOCOL,
                actor=self._actor,
                auth=self._token,
                client=f"connectome ctl {__version__}",
                origin=self._origin,
                role=self._role,
                resume=resume,
            )
        )
        return await self._wait(SessionWelcome, lambda _: True)

    async def _close(self) -> None:
        assert self._link is not None
        self._link.close()
        while not self._is_closed:
            self._is_news.clear()
            await self._is_news.wait()

    def _number(self) -> int:
        self._last_id += 1
        return self._last_id

    def _send(self, frame: Frame) -> None:
        assert self._link is not None
        self._link.send(encode_frame(frame))

    async def _asked(self, frame: Frame, number: int) -> Ack:
        self._send(frame)
        return await self._wait(Ack, lambda ack: ack.id == number, number)

    async def _intent(self, frame: Frame, intent: str) -> Ack:
        try:
            return await self._answered(frame, intent)
        except TalkError as problem:
            if problem.code:
                raise
            if self._end is None or not await self._is_known_again():
                raise self._unknown(problem) from None
        try:
            return await self._answered(frame, intent)
        except TalkError as again:
            raise again if again.code else self._unknown(again) from None

    async def _answered(self, frame: Frame, intent: str) -> Ack:
        self._send(frame)
        return await self._wait(Ack, lambda ack: ack.intent_id == intent)

    async def _is_known_again(self) -> bool:
        """Come back; whether the server knows who asked, and what that one was answered."""
        before = self.welcome
        resume = Resume(token=before.resume_token, epoch=before.epoch)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_SECONDS):
                while True:
                    try:
                        await self._close()
                        self._welcome = await self._greeted(resume)
                    except DialError as problem:
                        if problem.is_hopeless or (isinstance(problem, TalkError) and problem.code):
                            return False
                        await asyncio.sleep(RATE_SECONDS)
                    else:
                        return self.welcome.resumed != "refused" and self.welcome.epoch == before.epoch
        return False

    def _unknown(self, problem: TalkError) -> TalkError:
        return TalkError(
            self.address, f"{problem.reason}: nobody knows whether it was done, so look before you repeat it"
        )

    async def _wait(self, kind: type[_Answer], is_it: Callable[[_Answer], bool], number: int = 0) -> _Answer:
        """The next frame of a kind that is the answer; `TalkError` for an error that answers, or for none in time."""
        async with self._in_time():
            while True:
                while self._frames:
                    frame = self._frames.popleft()
                    if isinstance(frame, ErrorFrame) and (frame.id == number or frame.code in CLOSES):
                        raise TalkError(self.address, frame.message, frame.code)
                    if isinstance(frame, kind) and is_it(frame):
                        return frame
                if self._end is not None:
                    raise TalkError(self.address, self._end)
                self._is_news.clear()
                await self._is_news.wait()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except TimeoutError:
            raise TalkError(self.address, f"no answer within {self._seconds:g} s") from None
