"""The application as a window on a shared session (CLIENT): its store is written by the server, its intent goes there.

What comes is shown in whole commits, one picture for all that came together. Panes cannot tell that
the session is elsewhere, but for how the window stands towards it (`Standing`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn

from textual.message import Message
from textual.screen import Screen

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.attached_words import lost_banner, new_errors, placard_lines, standing_of
from connectome_tui.app.chooser import Chooser
from connectome_tui.app.frame_pacer import FramePacer
from connectome_tui.app.host import CountedRun, RemoteLedger
from connectome_tui.app.keymap import Keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.app.pulse import FRAME_MS, earliest, moves_by_itself
from connectome_tui.app.remote_release import RemoteRun
from connectome_tui.app.scenario_asking import ScenarioAsking
from connectome_tui.app.signals import end_on_signals
from connectome_tui.app.window_session import WindowSession
from connectome_tui.app.window_view import WindowView
from connectome_tui.client.telling import Change
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import Clock
from connectome_tui.engine.commands import NextStep, RuntimeCommand, RuntimeReleaseResult
from connectome_tui.events.flow import EventSequence, ProgressCallback
from connectome_tui.net.record_keys import SESSION_FLOW, actor_name
from connectome_tui.store.selectors import select_rates
from connectome_tui.store.state import OWN_SELECTIONS, State, ViewState
from connectome_tui.widgets.banner import BannerContent
from connectome_tui.widgets.standing import Standing

if TYPE_CHECKING:
    from connectome_tui.client.diagnostics import DiagnosticsEntry

SECOND_MS: Final = 1000.0
ReadNotes = Callable[[], "Sequence[DiagnosticsEntry]"]


class AttachedApp(ConnectomeApp):
    """Connectome on a session that a server hosts. The client is torn down with it."""

    class NotesFailed(Message):
        """What happens to the connection cannot be kept; may be posted in any thread."""

        def __init__(self, trouble: str) -> None:
            super().__init__()
            self.trouble = trouble

    def __init__(
        self,
        client: WindowClient,
        *,
        clock: Clock,
        keymap: Keymap,
        look: LookChoice,
        detached: bool = False,
        hint: str = "",
        read_notes: ReadNotes = tuple,
    ) -> None:
        self._client = client
        self._shown = client.store.state
        self._standing = Standing("connecting", address=client.connection.address)
        super().__init__(_nothing_to_open, client.connection.address, clock=clock, keymap=keymap, look=look)
        self._window = WindowSession(client, self._refused)
        self.session = self._window
        self._wanted_detached = detached
        self._hint = hint
        self._read_notes = read_notes
        self._session_shown = ""
        self._stands_still_ms: float | None = None
        self._has_flow = False
        self._is_following_view = False
        self._pacer = FramePacer(self._frame)
        self._view = WindowView(client, self.main_screen, clock)
        self._sharing = self._view.sharing
        self.scenarios: Final = ScenarioAsking(self, client, self._pacer.call_soon)
        self._chooser = Chooser(self, client, self.scenarios.runner, soon=self._pacer.call_soon, on_left=self._frame)
        self._end_listening: Callable[[], None] = lambda: None

    # What panes and actions see of it

    @property
    def state(self) -> State:
        """The state that is shown: what came since is shown with the next picture."""
        return self._shown

    @property
    def client(self) -> WindowClient:
        """The window on the server."""
        return self._client

    @property
    def standing(self) -> Standing:
        """How this window stands towards its session."""
        return self._standing

    @property
    def rows(self) -> EventSequence | None:
        """None: the rows of the flow are the server's."""
        return None

    @property
    def remote(self) -> RemoteLedger | None:
        """The server's ledger."""
        return self._client

    def now_ms(self) -> float:
        """The server's time; while the connection is lost it stands still."""
        return self._client.server_now_ms() if self._stands_still_ms is None else self._stands_still_ms

    @property
    def banner_content(self) -> BannerContent | None:
        """What is said of a connection that is lost."""
        if not self._standing.is_stale:
            return None
        retry_key = self.keymap.first_key("other.retry")
        return lost_banner(self._client.connection, self._shown, self.clock.now_ms(), retry_key)

    def dispatch(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Send the user's intent; a step that belongs to the scenario of another session is asked about first."""
        if isinstance(command, NextStep) and self.scenarios.asks_first():
            return RuntimeReleaseResult(None, "released")
        self._view.asked(command)
        return super().dispatch(command)

    def release_run(self, count: int, on_end: Callable[[int, str], None]) -> CountedRun:
        """Release so many events, a few on their way at a time; the server's answers set the pace."""
        if self.scenarios.asks_first():
            count = 0
        return RemoteRun(self._client, count, self, on_end)

    def look(self, view: ViewState) -> None:
        """Show what this window looks at, and to all others too while it follows."""
        store = self._client.store
        before = store.state.view.selection
        if before is not None and before.kind in OWN_SELECTIONS and view.selection is None and not store.is_detached:
            # What was this window's own affair is closed: what all have selected is seen again.
            view = replace(view, selection=store.shared_state.shared.selection)
        store.set_view(view)
        log, place = self.main_screen.log_panel, self.main_screen.log_panel.place
        self._frame()
        if view.selection != before:
            self._view.selected(before, view.selection, has_scrolled=log.place != place)
            self._schedule()

    @contextmanager
    def one_frame(self) -> Iterator[None]:
        """Show everything that was committed inside at its end, with what came before it."""
        try:
            yield
        finally:
            self._frame()

    # From commits to panes

    def _on_commit(self, old: State, new: State) -> None:
        """Called by the store, perhaps many times in one turn of the loop: shown together, soon."""
        del old, new
        self._pacer.came()

    def _client_changed(self, change: Change) -> None:
        if change == "deadline":
            self._pacer.call_soon(self._schedule)
        else:
            self._pacer.came()

    def _frame(self) -> None:
        """Show the newest commit whole, and how the window stands now."""
        began = time.perf_counter()
        session = self._session_shown
        self._take_standing()
        if self._client.store.state is not self._shown:
            old, self._shown = self._shown, self._client.store.state
            self.main_screen.find.catch_up()
            self.main_screen.take.catch_up()
            # What the search found is a commit of the view: it belongs to this picture.
            self._shown = self._client.store.state
            self._sharing.followed(old.shared, self._shown.shared)
            self._show(old, self._shown)
            if session == self._session_shown:
                self._tell_of_flow(old, self._shown)
            if found := new_errors(old.health_badges, self._shown.health_badges):
                self.say(found, "warn")
        else:
            self._schedule()
        self._view.shown(self._shown)
        self._pacer.showed(began)

    def _show(self, old: State, new: State) -> None:
        has_flow = bool(new.topology.nodes)
        if has_flow and not self._has_flow:
            self.main_screen.flow_opened()
        elif not has_flow:
            self._show_placard()
        self._has_flow = has_flow
        super()._show(old, new)

    def _tell_of_flow(self, old: State, new: State) -> None:
        """Somebody else opened another flow: what was seen is gone, and that is to be understood."""
        if old.flow is None or new.flow is None or old.flow.id == new.flow.id:
            return
        record = self._client.store.record(*SESSION_FLOW)
        if record is not None and record.actor_id != self._client.connection.actor_id:
            self.say(f"{actor_name(record.actor_id) or 'Somebody'} opened {new.flow.title}")

    def on_attached_app_notes_failed(self, message: NotesFailed) -> None:
        """Say once that diagnostics are not kept; the window goes on without them (CLIENT-8)."""
        self.say(f"Diagnostics: {message.trouble}", "warn")

    def _take_standing(self) -> None:
        """Take over how the window stands; what looks different by it is drawn anew."""
        client, before = self._client, self._standing
        connection = client.connection
        if connection.active_session is not None and connection.active_session != self._session_shown:
            self._session_shown = connection.active_session
            self._sharing.forget()
        is_here = connection.status == "connected" and connection.ready
        is_stale = not is_here and client.store.revision >= 0
        if is_stale and self._stands_still_ms is None:
            self._stands_still_ms = client.server_now_ms()
        elif not is_stale:
            self._stands_still_ms = None
        standing = standing_of(
            connection,
            client.presence,
            is_stale=is_stale,
            is_detached=client.is_detached and not self._window.engine.looks_offline,
            has_flows=self._chooser.has_flows,
            session=self._session_shown,
            released_by=self._released_by,
        )
        if is_here and client.store.revision >= 0 and not self._is_following_view:
            self._arrived()
        self._is_following_view = is_here and client.store.revision >= 0
        if standing != before:
            self._standing = standing
            self._standing_changed(before, standing)
        self._chooser.choose_if_none()
        self._chooser.changed()

    def _arrived(self) -> None:
        """The session is here, or here again: what was looked at without it is over."""
        self._window.engine.come_back()
        if self._wanted_detached:
            self._wanted_detached = False
            self._client.detach()
        elif not self._client.is_detached:
            self._view.arrived()

    def _standing_changed(self, before: Standing, now: Standing) -> None:
        if not self._has_flow:
            self._show_placard()
        if before.is_stale != now.is_stale:
            self.main_screen.refresh(layout=True)
            self.main_screen.repaint_all()
        else:
            self.main_screen.redraw_marks()
        self.main_screen.on_tick()

    def _show_placard(self) -> None:
        connection = self._client.connection
        is_here = connection.status == "connected" and connection.ready and bool(connection.active_session)
        if is_here and self._client.store.revision >= 0:
            lines: Sequence[str] = ("Nothing came yet", "", self._standing.address)
        else:
            retry_key = self.keymap.first_key("other.retry")
            lines = placard_lines(connection, self._session_shown, self.clock.now_ms(), retry_key)
        self.main_screen.graph.show_placard(lines)

    def _released_by(self, arrival_index: int) -> str:
        return actor_name(self._client.store.released_by(arrival_index))

    # Beginning and ending

    def begin(self) -> None:
        """Connect, and show what stands there until the session is here."""
        if not self.is_headless:
            end_on_signals(lambda status: self.exit(return_code=status))
        self._pacer.begin()
        self._unsubscribe = self._client.store.subscribe(self._on_commit)
        self._end_listening = self._client.subscribe(self._client_changed)
        self._client.connect()
        self._show_placard()
        self._frame()
        if self._hint:
            self.say(self._hint)

    def ended(self) -> None:
        """Say goodbye, and end everything that the window began (CLIENT-9)."""
        self._pacer.end()
        self.scenarios.close()
        self._end_listening()
        self._unsubscribe()
        self._client.teardown()

    def cancel_opening(self) -> bool:
        """Nothing is being opened here: Escape ends no window."""
        return False

    # The one timer

    def wake(self) -> None:
        """Write what is looked at, do what is due, let move what moves."""
        self._sharing.serve()
        super().wake()
        if not self._has_flow:
            self._show_placard()
        self._chooser.changed()

    def next_frame_ms(self, now: float) -> float | None:
        """When something moves next: by the server's time, and the seconds to the next try."""
        server_now = self.now_ms()
        layout = self.main_screen.graph.layout_due_ms
        frame = earliest(None if layout is None else now + max(layout - server_now, FRAME_MS), self._sharing.due_ms)
        if self._client.connection.next_try_at is not None or self._chooser.is_listing_late:
            return earliest(frame, now + SECOND_MS - now % SECOND_MS)
        if self._standing.is_stale:
            return frame
        waits_on_clock = self.flow is None or self.flow.waits_on_clock
        if moves_by_itself(self._shown, server_now, waits_on_clock=waits_on_clock):
            return earliest(frame, now + FRAME_MS)
        rates = select_rates(self._shown, server_now)
        if rates is not None and any(rates.events):
            return earliest(frame, now + SECOND_MS - server_now % SECOND_MS)
        return frame

    # Looking together

    def turned_graph(self, centre: str | None, level: int | None) -> None:
        """The user turned the graph."""
        self._sharing.turned_graph(centre, level)
        self._schedule()

    def turned_log(self, arrival_index: int | None) -> None:
        """The user scrolled the log."""
        self._sharing.turned_log(arrival_index)
        self._schedule()

    def toggle_own_view(self) -> None:
        """Look at a place of one's own, or where all look again."""
        client = self._client
        if client.is_detached and not self._window.engine.looks_offline:
            client.attach()
            self._frame()
            self._sharing.resync()
            self.say("This window follows the others again")
        else:
            self._window.engine.looks_offline = False
            self._sharing.drop()
            client.detach()
            self._frame()
            self.say("This window looks on its own: d looks with the others again")

    # What the actions ask of it

    def retry_now(self) -> None:
        """Connect now, whatever the time that is due."""
        self.say("Trying again" if self._client.retry_now() else "The connection stands, or is being made")
        self._frame()

    def choose_flow(self) -> None:
        """Open the list of flows, or that of the server's sessions."""
        self._chooser.choose()

    def show_over(self, screen: Screen[None], then: Callable[[], None]) -> None:
        """Lay a screen over the window; `then` is called when it is gone."""
        self.push_screen(screen, lambda _answer: then())

    def show_diagnostics(self) -> None:
        """Lay what happened to the connection over the screen."""
        from connectome_tui.app.diagnostics_screen import DiagnosticsScreen

        self.push_screen(DiagnosticsScreen(self._read_notes))

    def _refused(self, command: RuntimeCommand, code: str, why: str) -> None:
        """The server refused: the end is said by the sentence (ENGINE-4), everything else in the footer."""
        del command
        if code != "command.end_of_script":
            self._pacer.call_soon(lambda: self.say(why, "warn"))


def _nothing_to_open(_progress: ProgressCallback) -> NoReturn:
    raise AssertionError("a window opens no recording")
