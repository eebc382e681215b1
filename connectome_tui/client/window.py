"""A window on a server, without I/O: connection, session in hand, store, last values and commands (CLIENT).

The application and the tests of the protocol use this one; `ctl` asks one thing and goes (`client/talk.py`).
It is driven by its dialer, by the calls below, and by time: `serve_deadline` wants to be called at
`next_deadline_ms`; a listener is told `deadline` when that comes earlier than it was.
"""

import secrets
from collections.abc import Callable, Sequence
from random import random as any_number
from typing import Any, Final

from connectome_tui.client.catalog import Catalog
from connectome_tui.client.commands import not_connected
from connectome_tui.client.connection import Connection
from connectome_tui.client.connection_session import ConnectionSession, Identity
from connectome_tui.client.copying import OnDone, OnProgress
from connectome_tui.client.dialer import Dialer
from connectome_tui.client.finding import FindKind, OnFound, OnLook
from connectome_tui.client.flows import FlowFetch, OnListing
from connectome_tui.client.following import Following, OnSelected
from connectome_tui.client.incoming import Incoming
from connectome_tui.client.intents import OnAnswer
from connectome_tui.client.last_values import LastValues
from connectome_tui.client.notes import NoNotes, Notes, NoteSource
from connectome_tui.client.reading import Reading
from connectome_tui.client.requests import Failure, OnReply, Requests
from connectome_tui.client.sending import Sending
from connectome_tui.client.server_clock import ServerClock
from connectome_tui.client.telling import Listener, Telling
from connectome_tui.client.topology_notes import TopologyNotes
from connectome_tui.clock import Clock
from connectome_tui.engine.commands import Inspect, NextStep
from connectome_tui.net.command_codec import SessionCommand
from connectome_tui.net.frames import TOPICS, FromServer, Scope, SessionCreate, SessionWelcome, SnapshotGet, Topic
from connectome_tui.net.items import PresenceItem, ScenarioItem, SourceItem
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.store.deltas import Baseline
from connectome_tui.store.window_store import WindowStore

CLOSED: Final = Failure("client.closed", "The window was closed.")


class WindowClient:
    """One window. `auth` gives the token for each hello.

    `topics` are the last values that are followed; any at all need a running event loop.
    """

    def __init__(
        self,
        address: str,
        dialer: Dialer,
        clock: Clock,
        *,
        identity: Identity,
        auth: Callable[[], str],
        session: str = "",
        topics: Sequence[Topic] = TOPICS,
        notes: Notes | None = None,
        random: Callable[[], float] = any_number,
    ) -> None:
        self._clock = clock
        self._notes: Notes = notes or NoNotes()
        self._telling = Telling()
        self._is_over = False
        self.clock: Final = ServerClock(clock)
        self._link = Connection(
            address,
            identity,
            dialer,
            clock,
            self,
            auth=auth,
            notes=self._notes,
            connection_id=secrets.token_hex(8),
            random=random,
        )
        self._requests = Requests(clock, self._link.send)
        self._reading = Reading(
            clock,
            self._requests,
            lambda: self.why_not(writes=False),
            lambda page: self.store.apply_page(page),  # noqa: PLW0108 - there is no store yet
            self._link.note_error,
        )
        self.store: Final = WindowStore(self._reading.pages)
        self._topology_notes = TopologyNotes(self._notes, clock, self.store)
        self._following = Following(self.store, self._requests, self, session=session)
        self._sending = Sending(clock, lambda: self._link.now, self.store, self._link.send, notes=self._notes)
        self._values = LastValues(clock, self._requests, topics, self._telling.tell, notes=self._notes, random=random)
        self._incoming = Incoming(
            self._requests, self._sending.intents, self._following, self._values, note_error=self._link.note_error
        )

    # What there is to see

    @property
    def connection(self) -> ConnectionSession:
        """The connection as of now."""
        return self._link.now

    @property
    def catalog(self) -> Catalog:
        """The sessions on the server."""
        return self._values.catalog

    @property
    def presence(self) -> tuple[PresenceItem, ...]:
        """Who is on the server; empty while there is no connection."""
        return self._values.presence

    @property
    def scenarios(self) -> tuple[ScenarioItem, ...]:
        """The scenarios that the server offers; empty while there is no connection."""
        return self._values.scenarios

    @property
    def sources(self) -> tuple[SourceItem, ...]:
        """The live sources of the session in hand."""
        return tuple(item for item in self._values.sources if item.session == self.connection.active_session)

    @property
    def diagnostics(self) -> Notes:
        """Where what happens is noted (CLIENT-8)."""
        return self._notes

    @property
    def is_detached(self) -> bool:
        """Whether this window looks at a place of its own."""
        return self.store.is_detached

    @property
    def in_flight(self) -> int:
        """Questions and intents that wait for their answers, and refreshes under way."""
        return len(self._requests) + len(self._sending.intents) + self._values.tasks

    def server_now_ms(self) -> float:
        """The server's time, as far as it is known; `clock` gives it too."""
        return self.clock.now_ms()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back when something other than the store changes; the answer ends it."""
        return self._telling.subscribe(listener)

    # The connection

    def connect(self) -> None:
        """Begin to connect, and stay connected from then on."""
        assert not self._is_over, "a window that was closed stays closed"
        self._link.connect()
        self._look_at_time()

    def retry_now(self) -> bool:
        """Try at once, whatever the next time that is due; false when the connection stands or is being made."""
        if self._is_over:
            return False
        retried = self._link.retry_now()
        self._look_at_time()
        return retried

    def disconnect(self) -> None:
        """Leave the server; `connect` and `retry_now` come back."""
        self._link.disconnect()

    def teardown(self) -> None:
        """End everything that this window began (CLIENT-9); what waits for an answer is told that none comes."""
        if self._is_over:
            return
        self._is_over = True
        self._telling.close()
        self._link.disconnect()
        self._sending.intents.give_up_all(CLOSED.code, CLOSED.message)
        self._requests.fail_all(CLOSED)
        self._values.teardown()

    # The session in hand

    def select(self, session: str, on_selected: OnSelected | None = None) -> Failure | None:
        """Follow another session, the empty name none; the answer says why that cannot even be asked."""
        if self.connection.status != "connected":
            return not_connected(self.connection, self._clock.now_ms())
        if session and self.catalog.is_known_gone(session):
            self.catalog.retry()

        def told(failure: Failure | None) -> None:
            self._notes.note("catalog", "select", {"session": session, "refused": _text(failure)}, "user")
            if failure is not None and failure.code == "session.unknown":
                self.catalog.retry()
            if on_selected is not None:
                on_selected(failure)

        self._following.select(session, told)
        self._look_at_time()
        return None

    def create_session(
        self, scenario: str, *, reset: bool, on_reply: OnReply, wait_ms: float = 120_000.0
    ) -> Failure | None:
        """Make or reset the session of a scenario; the answer says why that cannot even be asked."""
        refused = self.why_not()
        if refused is not None and refused.code not in {"client.no_session", "client.not_ready"}:
            return refused
        self._requests.ask(
            lambda number: SessionCreate(id=number, scenario=scenario, reset=reset), on_reply, wait_ms=wait_ms
        )
        self._look_at_time()
        return None

    def detach(self) -> None:
        """Look at an own place from now on."""
        self.store.detach()
        self._telling.tell("view")

    def attach(self) -> None:
        """Look where all look again."""
        self.store.attach()
        self._telling.tell("view")

    # Commands and records

    def why_not(self, *, writes: bool = True) -> Failure | None:
        """Why nothing can be asked of the session now; None when it can (CLIENT-6)."""
        return self._sending.why_not(writes=writes)

    def send(
        self, command: SessionCommand, on_answer: OnAnswer | None = None, source: NoteSource = "user"
    ) -> str | Failure:
        """Send a command; the id of the intent, or why it was not even sent (CLIENT-6).

        While the others look back, Next goes forward with them. Who looks elsewhere means a step, which is
        for all, and so ends that look back.
        """
        if isinstance(command, NextStep) and self.is_detached and self.store.shared_state.inspection_index is not None:
            self._sending.command(Inspect(None), None, source)
        sent = self._sending.command(command, on_answer, source)
        self._look_at_time()
        return sent

    def write_record(
        self, scope: Scope, target: str, key: str, value: Any, on_answer: OnAnswer | None = None
    ) -> Failure | None:
        """Write a record upon its version here, the newest value last; the answer says why it was not even sent.

        A conflict with another window's write comes to `on_answer` as `state.conflict` (SERVER-5).
        """
        refused = self._sending.write(RecordKey(scope, target, key), value, on_answer)
        self._look_at_time()
        return refused

    # The ledger

    def find(self, kind: FindKind, text: str, first: int, on_found: OnFound) -> Failure | None:
        """Ask which entries answer a search or a filter, or where errors are."""
        return self._timed(self._reading.find(kind, text, first, on_found))

    def stop_finding(self, kind: FindKind) -> None:
        """The answers are of no interest any more."""
        self._reading.stop_finding(kind)

    def look(self, index: int, by: int, on_look: OnLook) -> Failure | None:
        """Ask what was to be seen at an entry, for this window alone (ENGINE-8)."""
        return self._timed(self._reading.look(index, by, on_look))

    def fetch_all(self, on_progress: OnProgress, on_done: OnDone, *, detail: bool) -> Callable[[], None]:
        """Fetch the whole log as of now, page by page in order; the answer ends it without a word."""
        stop = self._reading.fetch_all(self.store.state.ledger, on_progress, on_done, detail=detail)
        self._look_at_time()
        return stop

    def fetch_flows(self, on_listing: OnListing) -> Callable[[], None] | Failure:
        """Ask for the flows of the session in hand; the answer ends it, or says why that cannot be asked now."""
        refused = self.why_not(writes=False)
        if refused is not None:
            return refused
        fetch = FlowFetch(self._requests, on_listing)
        self._look_at_time()
        return fetch.stop

    # Time

    def next_deadline_ms(self) -> float | None:
        """When `serve_deadline` wants to be called, by this machine's clock; None for never."""
        if self._is_over:
            return None
        dues = (
            self._link.next_deadline_ms(),
            self._requests.next_deadline_ms(),
            self._sending.intents.next_deadline_ms(),
            self._values.next_deadline_ms(),
            self._reading.next_deadline_ms(),
        )
        return min((due for due in dues if due is not None), default=None)

    def serve_deadline(self) -> None:
        """Do what is due; harmless when nothing is."""
        if self._is_over:
            return
        self._link.serve_deadline()
        self._requests.serve_deadline()
        if self.connection.status == "connected":
            self._sending.intents.serve_deadline()
            self._values.serve_deadline()
            self._reading.serve_deadline()
        self._telling.served()
        self._look_at_time()

    # What the connection reports

    def resume_from(self) -> tuple[str, str]:
        return self._following.resume_from()

    def welcomed(self, welcome: SessionWelcome, *, round_trip_ms: float) -> None:
        self.clock.set(welcome.server_now_ms, round_trip_ms)
        self._sending.records.forget()
        self._values.connected(f"{self.connection.id}/{self.connection.generation}")
        self._following.welcomed(welcome)
        if self.connection.status == "connected":
            self._sending.intents.connected(welcome.actor_id, welcome.epoch)
        self._look_at_time()

    def took(self, frame: FromServer) -> None:
        self._incoming.take(frame)
        self._look_at_time()

    def probe(self) -> None:
        if not self._following.probe():
            self._requests.ask(lambda number: SnapshotGet(id=number, topic="source"), lambda _reply: None)

    def disconnected(self) -> None:
        with self._telling.behind():
            self._sending.intents.disconnected()
            self._values.disconnected()
            self._following.disconnected()
            self._clear_caches()
            self._requests.fail_all(Failure("client.disconnected", "The connection was lost."))
            if not self._link.comes_back:
                self._sending.intents.give_up_all("client.disconnected", self.connection.last_error or CLOSED.message)
            self._look_at_time()

    def connection_changed(self) -> None:
        self._telling.tell("connection")

    # What the session in hand reports

    def session_changed(self, session: str | None, *, ready: bool, is_new: bool) -> None:
        if self.connection.status != "connected":
            return
        with self._telling.behind():
            before = self.connection.active_session
            self._link.set_active(session, ready=ready)
            if is_new:
                self._clear_caches()
                self._values.session_changed()
            if before != session or is_new:
                self._telling.tell("session")

    def select_refused(self, session: str, failure: Failure) -> None:
        self._notes.note("catalog", "select", {"session": session, "refused": failure.message})
        self._link.note_error(f"{session}: {failure.message}", failure.code)
        self.catalog.retry()

    def made_no_sense(self, what: str, *, again: bool) -> None:
        self._link.note_error(what, "frame.malformed")
        if again:
            self._link.abandon(what)

    def baseline_applied(self, baseline: Baseline, why: str) -> None:
        self._topology_notes.began(baseline, why)

    # Inside

    def _timed(self, refused: Failure | None) -> Failure | None:
        self._look_at_time()
        return refused

    def _clear_caches(self) -> None:
        self._reading.forget()
        self._sending.records.forget()

    def _look_at_time(self) -> None:
        self._telling.due(self.next_deadline_ms())


def _text(failure: Failure | None) -> str:
    return "" if failure is None else failure.message
