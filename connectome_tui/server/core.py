"""The authoritative server without its sockets: sessions, who is connected, and what is due (SERVER-1)."""

import secrets
from collections.abc import Callable, Mapping

from connectome_tui.clock import Clock
from connectome_tui.net.frames import FromWindow, SessionHello
from connectome_tui.net.links import Link, LinkUser, Peer
from connectome_tui.server import catalog, finds, following, greeting, reading, router
from connectome_tui.server.connections import Connection
from connectome_tui.server.elsewhere import Elsewhere, at_once
from connectome_tui.server.flow_opener import FlowOpener
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import ServerKeeper
from connectome_tui.server.limits import DEFAULT_LIMITS, Limits
from connectome_tui.server.permission import TokenCheck
from connectome_tui.server.presence import Presence
from connectome_tui.server.scenario_port import NoScenarios, Scenarios
from connectome_tui.server.services import Services
from connectome_tui.server.topics import Topics
from connectome_tui.server.trouble import Trouble, Troubles
from connectome_tui.server.turns import Turns
from connectome_tui.store.state import State

OVERDUE_MS = 0.0


def _nothing() -> None:
    """For a server whose deadlines are asked for after every call."""


class ServerCore:
    """Implements `net/links.Port`, and all that a connection asks of its server.

    `wake` is called when something may be due sooner than `next_deadline_ms` said. All calls are made
    on one thread (SERVER-8); what takes long is done `elsewhere`. The sessions and the keeper are closed
    by whoever made them.
    """

    def __init__(
        self,
        clock: Clock,
        keeper: ServerKeeper,
        tokens: TokenCheck,
        limits: Limits = DEFAULT_LIMITS,
        *,
        scenarios: Scenarios | None = None,
        elsewhere: Elsewhere = at_once,
        name: str = "connectome",
        wake: Callable[[], None] = _nothing,
        unique: Callable[[], str] = lambda: secrets.token_hex(6),
    ) -> None:
        troubles = Troubles()
        sessions: dict[str, HostedSession] = {}
        topics = Topics(clock, limits, troubles, self._tell_all)
        self.services = Services(
            clock=clock,
            limits=limits,
            keeper=keeper,
            tokens=tokens,
            scenarios=scenarios or NoScenarios(),
            unique=unique,
            name=name,
            topics=topics,
            presence=Presence(),
            turns=Turns(clock),
            flows=FlowOpener(sessions, troubles, elsewhere),
            troubles=troubles,
            sessions=sessions,
        )
        self.wake = wake
        self._strangers: dict[Connection, None] = {}
        self._here: dict[Connection, None] = {}
        self._leaving: dict[Connection, None] = {}
        self._lagging: dict[Connection, None] = {}
        self._reading: dict[Connection, None] = {}
        self._stuck: dict[Connection, None] = {}
        self._next_slow_ms = clock.now_ms()
        self._next_cursors_ms = clock.now_ms() + limits.cursor_rest_ms
        self._closing = False
        services = self.services
        topics.add("catalog", lambda: catalog.catalog(services.sessions, services.presence.here))
        topics.add("presence", services.presence.items)
        topics.add("scenarios", lambda: catalog.scenario_items(services.scenarios))
        topics.add("source", lambda: catalog.source_items(services.sessions))
        self._end_scenarios = services.scenarios.on_change(self._scenarios_changed)

    @property
    def troubles(self) -> Troubles:
        """What goes wrong at the edges of the server itself."""
        return self.services.troubles

    @property
    def sessions(self) -> Mapping[str, HostedSession]:
        """What is hosted, by name."""
        return self.services.sessions

    @property
    def connections(self) -> int:
        """How many are connected, those who have not said hello among them."""
        return len(self._strangers) + len(self._here) + len(self._leaving)

    # Sessions

    def add_session(self, hosted: HostedSession) -> None:
        """Offer a session; its name is not taken (`KeyError`)."""
        sessions = self.services.sessions
        if hosted.name in sessions:
            raise KeyError(f"there is a session {hosted.name!r} already")
        sessions[hosted.name] = hosted
        hosted.on_commit(self._committed)
        hosted.troubles.on_trouble(self.troubles.report)
        for topic in ("catalog", "source"):
            self.services.topics.touch(topic)
        self.wake()

    def close(self, reason: str = "the server ends") -> None:
        """Say goodbye to all, and let nobody in any more."""
        self._closing = True
        for connection in (*self._here, *self._strangers, *self._leaving):
            connection.end(reason)
        self._end_scenarios()

    # Connections

    def connected(self, link: Link, peer: Peer) -> LinkUser:
        """Somebody connected."""
        connection = Connection(self, link, peer)
        if self._closing:
            connection.error("server.closing", "the server ends")
            return connection
        if len(self._strangers) >= self.services.limits.strangers:
            oldest = next(iter(self._strangers))
            oldest.error("limit.clients", "too many connections that say nothing")
        self._strangers[connection] = None
        self.wake()
        return connection

    def greet(self, connection: Connection, hello: SessionHello) -> None:
        """Let somebody in, or say why not."""
        services = self.services
        known = None if hello.resume is None else services.keeper.resume(hello.resume.token)
        before = [other for other in self._here if known is not None and other.actor.actor_id == known.actor_id]
        admission = greeting.admission(services, hello, len(self._here) - len(before))
        if isinstance(admission, greeting.Refusal):
            connection.error(admission.code, admission.message)
            return
        for other in before:
            # The network may not know yet that it is dead.
            other.end("the same window has connected again")
        del self._strangers[connection]
        self._here[connection] = None
        greeting.welcome(services, connection, hello, admission, known)

    def route(self, connection: Connection, frame: FromWindow) -> None:
        """Do what a frame of somebody who is here asks for."""
        router.route(self.services, connection, frame)
        if connection.is_reading:
            self._reading[connection] = None

    def writable(self, connection: Connection) -> None:
        """A window has read what waited: it may be told again."""
        self._unstick(connection)
        if connection.missed_topics:
            connection.missed_topics = False
            for message in self.services.topics.invalidations():
                connection.send_bytes(message)
        if following.catch_up(connection):
            self._lagging.pop(connection, None)

    def lags(self, connection: Connection) -> None:
        """A window is to get a baseline as soon as it can take one."""
        self._lagging[connection] = None
        self.wake()

    def leaving(self, connection: Connection) -> None:
        """A window has said goodbye, and the connection will end."""
        self.left(connection)
        self._leaving[connection] = None

    def left(self, connection: Connection) -> None:
        """A connection has ended."""
        following.leave(self.services, connection)
        if connection in self._here:
            self.services.presence.left(connection)
            self.services.topics.touch("presence")
        for those in (self._strangers, self._here, self._leaving, self._lagging, self._reading, self._stuck):
            those.pop(connection, None)

    # Time

    def next_deadline_ms(self) -> float | None:
        """When `serve_deadline` is to be called, in the clock's milliseconds; None while nothing is due."""
        if self._reading:
            return OVERDUE_MS
        due = [hosted.next_deadline_ms() for hosted in self.services.sessions.values()]
        due.append(self.services.topics.next_deadline_ms())
        due += [next(iter(those)).leave_at_ms for those in (self._strangers, self._leaving) if those]
        if self._lagging or self._stuck:
            due.append(self._next_slow_ms)
        if self._here:
            due.append(self._next_cursors_ms)
        return min((time for time in due if time is not None), default=None)

    def serve_deadline(self) -> None:
        """Do what is due; harmless when nothing is."""
        now = self.services.clock.now_ms()
        for hosted in tuple(self.services.sessions.values()):
            hosted.serve_deadline()
        self.services.topics.serve_deadline()
        self._end_the_silent(now)
        self._read_on()
        if (self._lagging or self._stuck) and now >= self._next_slow_ms:
            self._next_slow_ms = now + self.services.limits.baseline_rest_ms
            self._look_after_the_slow()
        if now >= self._next_cursors_ms:
            self._next_cursors_ms = now + self.services.limits.cursor_rest_ms
            for connection in self._here:
                following.note_cursor(self.services, connection)

    # Inside

    def _end_the_silent(self, now: float) -> None:
        """End those who have said nothing in time, and those who said goodbye and stayed."""
        for those in (self._strangers, self._leaving):
            while those and (connection := next(iter(those))).leave_at_ms <= now:
                if connection.phase == "stranger":
                    connection.error("frame.out_of_order", "no session.hello came in time")
                connection.cut("nothing more was said")

    def _read_on(self) -> None:
        """One answer, or one slice of one search, each window in its turn."""
        connection = next(iter(self._reading), None)
        if connection is None:
            return
        del self._reading[connection]
        if connection.link.waiting_bytes > self.services.limits.waiting_bytes:
            self._stuck[connection] = None
            return
        try:
            if connection.asked:
                reading.answer_next(self.services, connection)
            else:
                finds.serve(self.services, connection)
        except Exception as failure:  # noqa: BLE001 - reported and answered: all else goes on
            self.troubles.report(Trouble("what a window reads", failure))
            finds.fail(connection)
        if connection.is_reading:
            self._reading[connection] = None

    def _look_after_the_slow(self) -> None:
        """A transport may have said that there is room before anything was waiting for it."""
        for connection in [one for one in self._lagging if following.catch_up(one)]:
            self._lagging.pop(connection, None)
        for connection in tuple(self._stuck):
            if connection.link.waiting_bytes <= self.services.limits.waiting_bytes:
                self._unstick(connection)

    def _unstick(self, connection: Connection) -> None:
        if connection in self._stuck:
            del self._stuck[connection]
            self._reading[connection] = None

    def _tell_all(self, message: bytes) -> int:
        limit = self.services.limits.waiting_bytes
        for connection in tuple(self._here):
            if connection.link.waiting_bytes > limit:
                connection.missed_topics = True
            else:
                connection.send_bytes(message)
        return len(self._here)

    def _committed(self, old: State, new: State) -> None:
        topics = self.services.topics
        topics.touch("catalog", soon=new.flow is not old.flow)
        if new.live is not old.live and new.live is not None:
            topics.touch("source", soon=catalog.source_phases(old) != catalog.source_phases(new))
        self.wake()

    def _scenarios_changed(self) -> None:
        self.services.topics.touch("scenarios")
        self.wake()
