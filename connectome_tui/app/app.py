"""The application: it owns the session, the clock and the one timer, and hands each commit to the panes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import Screen

from connectome_tui.app.count import SlicedRun
from connectome_tui.app.host import AppSession, CountedRun, RemoteLedger, Tone
from connectome_tui.app.key_hints import hints_now
from connectome_tui.app.keymap import Keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.app.main_screen import MainScreen
from connectome_tui.app.opening import Failed, Finished, Opened, Opener, OpeningThread, long_work
from connectome_tui.app.pulse import FRAME_MS, MESSAGE_MS, Pulse, earliest, moves_by_itself
from connectome_tui.app.signals import end_on_signals
from connectome_tui.app.terminal_app import TerminalApp
from connectome_tui.clock import Clock
from connectome_tui.config import RestartPolicy
from connectome_tui.engine.commands import RuntimeCommand, RuntimeReleaseResult
from connectome_tui.events.flow import ALL_FLOWS, EventSequence, Flow, Progress, Recording, SourceError
from connectome_tui.health.watch import HealthWatch
from connectome_tui.session import SteppedSession, start_session
from connectome_tui.store.state import SourceStatus, State, ViewState
from connectome_tui.widgets.banner import BannerContent
from connectome_tui.widgets.footer import FooterContent
from connectome_tui.widgets.standing import ALONE, Standing

if TYPE_CHECKING:
    from connectome_tui.app.picker import Picker

FIRST_LOOK_SECONDS = 0.1
"""How long the first frame waits for a small file, so that the picture does not flicker."""


class ConnectomeApp(TerminalApp):
    """Connectome on a terminal: the host of the panes and of the actions."""

    class OpeningMoved(Message):
        """The thread that opens the source has news."""

    def __init__(
        self,
        opener: Opener,
        name: str,
        *,
        clock: Clock,
        keymap: Keymap,
        look: LookChoice,
        flow_id: str | None = None,
        at: int = 0,
        restart_policy: RestartPolicy = "boundary",
    ) -> None:
        super().__init__(look)
        self.clock = clock
        self.keymap = keymap
        self.recording: Recording | None = None
        self.opening_progress: Progress | None = Progress(text="")
        self.session: AppSession | None = None
        self.in_the_making: str | None = None
        self._message = FooterContent()
        self._message_until_ms: float | None = None
        self._flow_id = flow_id
        self._at = at
        self._restart_policy: RestartPolicy = restart_policy
        self._state_before = State(source=SourceStatus(name=name))
        self._watch: HealthWatch | None = None
        self._picker: Picker | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._held: State | None = None
        self._pulse = Pulse(self, clock, self.wake)
        self._opening = OpeningThread(opener, lambda: self.post_message(self.OpeningMoved()))
        self.main_screen = MainScreen(self)

    # What panes and actions see of it

    @property
    def state(self) -> State:
        """The state as of the newest commit."""
        return self.session.store.state if self.session is not None else self._state_before

    def now_ms(self) -> float:
        """The time by which panes move."""
        return self.clock.now_ms()

    @property
    def flow(self) -> Flow | None:
        """What is stepped, as far as panes measure it."""
        return None if self.session is None else self.session.flow

    @property
    def rows(self) -> EventSequence | None:
        """The rows of the flow, for a search."""
        return None if self.flow is None else self.flow.events

    @property
    def remote(self) -> RemoteLedger | None:
        """The session is here."""
        return None

    @property
    def standing(self) -> Standing:
        """How this window stands towards its session: nobody else sees it."""
        return ALONE

    @property
    def footer_content(self) -> FooterContent:
        """A message for as long as it lasts, else the keys, or the count being typed."""
        if self._message_until_ms is not None:
            return self._message
        return FooterContent(
            hints=hints_now(self.state, self.keymap, self.standing), count=self.main_screen.steps.digits
        )

    @property
    def banner_content(self) -> BannerContent | None:
        """What the banner says; None while there is none."""
        return None

    def dispatch(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Hand the user's intent to the engine (ENGINE-7)."""
        if self.session is None:
            return RuntimeReleaseResult(None, "blocked", "Nothing is open yet")
        with self.one_frame():
            return self.session.engine.dispatch_runtime_command(command)

    def release_run(self, count: int, on_end: Callable[[int, str], None]) -> CountedRun:
        """Release so many events, one commit each, in slices."""
        assert self.session is not None, "there is something to release"
        return SlicedRun(self, self.session.engine, count, on_end)

    def look(self, view: ViewState) -> None:
        """Commit what this window looks at."""
        if self.session is not None:
            self.session.store.set_view(view)

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show a message in the footer for four seconds."""
        self._message = FooterContent(message=text, tone=tone)
        self._message_until_ms = self.clock.now_ms() + MESSAGE_MS
        self.main_screen.footer.redraw()
        self._schedule()

    def drop_message(self) -> None:
        """Give the footer back to the keys."""
        if self._message_until_ms is not None:
            self._message_until_ms = None
            self.main_screen.footer.redraw()

    def after_next_frame(self, callback: Callable[[], None]) -> None:
        """Call back when the screen has been painted and waiting keys were served."""
        self.main_screen.call_after_refresh(callback)

    @contextmanager
    def one_frame(self) -> Iterator[None]:
        """Tell the panes only once, at the end, of the commits that are made inside."""
        if self._held is not None:
            yield
            return
        self._held = self.state
        try:
            yield
        finally:
            if self._held is not self.state:
                self.main_screen.find.catch_up()
            old, self._held = self._held, None
            if old is not self.state:
                self._show(old, self.state)

    # From commits to panes

    def _on_commit(self, old: State, new: State) -> None:
        """Called by the store, synchronously, once a commit (STORE-4)."""
        if self._held is None:
            self._show(old, new)

    def _show(self, old: State, new: State) -> None:
        self.main_screen.on_commit(old, new)
        self._schedule()

    # The one timer

    def wake(self) -> None:
        """Do what is due: end a message, play the next event, move wait bar and cron tick."""
        now = self.clock.now_ms()
        if self._message_until_ms is not None and self._message_until_ms <= now:
            self.drop_message()
        if self.session is not None:
            deadline = self.session.engine.next_deadline_ms()
            if deadline is not None and deadline <= now:
                with self.one_frame():
                    self.session.engine.serve_deadline()
            self.main_screen.on_tick()
        self._schedule()

    def next_frame_ms(self, now: float) -> float | None:
        """When something that moves by itself is to be drawn again; None while nothing does."""
        waits_on_clock = self.flow is None or self.flow.waits_on_clock
        return now + FRAME_MS if moves_by_itself(self.state, now, waits_on_clock=waits_on_clock) else None

    def _schedule(self) -> None:
        now = self.clock.now_ms()
        self._pulse.wake_at(
            earliest(
                self._message_until_ms,
                self.session.engine.next_deadline_ms() if self.session is not None else None,
                self.next_frame_ms(now) if self.session is not None else None,
            )
        )

    # Opening

    def begin(self) -> None:
        """Begin to open the source; a small file is there before the first frame."""
        if not self.is_headless:
            end_on_signals(lambda status: self.exit(return_code=status))
        self._opening.start()
        self._opening.wait(FIRST_LOOK_SECONDS)
        self._take_news()

    def on_connectome_app_opening_moved(self) -> None:
        """Take what the opening thread has told since."""
        self._take_news()

    def _take_news(self) -> None:
        while self._opening.news:
            news = self._opening.news.popleft()
            match news:
                case Opened(recording):
                    self.recording = recording
                    if recording.flows:
                        self._begin_stepping(recording)
                case Finished():
                    self._finished()
                case Failed(SourceError() as error):
                    self.source_error = error
                    self.exit(return_code=2)
                case Failed(error):
                    raise error
                case Progress():
                    self._tell_progress(news)

    def _tell_progress(self, progress: Progress) -> None:
        self.opening_progress = progress
        if self.session is not None:
            self._update_source(progress.fraction)
        else:
            self.main_screen.opening_changed()

    def _update_source(self, indexed_0_1: float | None = None) -> None:
        """Commit what the source says of itself now, and what the health checks say of that."""
        assert isinstance(self.session, SteppedSession), "there is a flow"
        assert self._watch is not None, "a flow is watched"
        with self.one_frame():
            self.session.update_source(indexed_0_1)
            self._watch.refresh()

    def _finished(self) -> None:
        """The whole recording is indexed: what was counted meanwhile is final."""
        assert self.recording is not None, "what is finished was opened"
        self.opening_progress = None
        if self.session is not None:
            self._update_source()
        elif self._picker is not None:
            self._picker.flows_changed()
        elif self.recording.flows:
            self._begin_stepping(self.recording)
        else:
            self.main_screen.opening_changed()

    def _begin_stepping(self, recording: Recording) -> None:
        """Step the flow that was asked for, or the only one, or let the user choose."""
        if self._flow_id is not None:
            self._open_asked_flow(self._flow_id)
        elif len(recording.flows) == 1:
            self.open_flow(recording.flows[0].id)
        else:
            self.choose_flow()

    def _open_asked_flow(self, flow_id: str) -> None:
        assert self.recording is not None
        known = {flow.id for flow in self.recording.flows} | {ALL_FLOWS}
        if flow_id not in known:
            self.source_error = SourceError(self.recording.name, f"there is no flow {flow_id!r}; info lists them")
            self.exit(return_code=2)
            return
        self.open_flow(flow_id)

    def open_flow(self, flow_id: str) -> None:
        """Step this flow from its start; what takes long to be put together is so beside the screen."""
        recording = self.recording
        assert recording is not None, "a flow is one of a recording"
        doing = long_work(recording, flow_id)
        if not doing:
            self._step_flow(recording, flow_id)
        elif flow_id != self.in_the_making:  # for the news of the opening can ask for it twice
            self.in_the_making = flow_id
            self.main_screen.graph.show_placard((doing,))
            self.beside(lambda: recording.flow(flow_id), lambda _flow: self._step_made(recording, flow_id))

    def _step_made(self, recording: Recording, flow_id: str) -> None:
        if flow_id == self.in_the_making:  # else another one was chosen meanwhile
            self._step_flow(recording, flow_id)

    def _step_flow(self, recording: Recording, flow_id: str) -> None:
        self.in_the_making = None
        old = self.state
        self._unsubscribe()
        self.session = start_session(recording, flow_id, clock=self.clock, restart_policy=self._restart_policy)
        self._watch = HealthWatch(self.session)
        self._unsubscribe = self.session.store.subscribe(self._on_commit)
        self.main_screen.flow_opened()
        self._show(old, self.state)
        if self._at:
            self.main_screen.steps.release(self._at)
            self._at = 0

    def ended(self) -> None:
        """Called once when the program ends, on its loop."""

    def cancel_opening(self) -> bool:
        """End the program while there is nothing to step yet; false once there is."""
        if self.session is not None:
            return False
        self._opening.cancel()
        self.exit()
        return True

    def close_recording(self) -> None:
        """Stop reading and release the files."""
        self._opening.cancel()
        if self.recording is not None:
            self.recording.close()

    def choose_flow(self) -> None:
        """Open the list of flows."""
        if self.recording is None or not self.recording.flows:
            self.say("There is no flow to choose", "warn")
            return
        from connectome_tui.app.picker import Picker

        self._picker = Picker(self.recording)
        self.push_screen(self._picker)

    # What the panes tell of their views

    def turned_graph(self, centre: str | None, level: int | None) -> None:
        """The user turned the graph; nobody else looks at it."""

    def turned_log(self, arrival_index: int | None) -> None:
        """The user scrolled the log; nobody else looks at it."""

    # What the actions ask of it

    def run_key(self, key: str) -> None:
        """Do what a key says on the main screen; for screens that lie over it."""
        self.main_screen.press(key)

    def retry_now(self) -> None:
        """A recording has no connection to try again."""
        self.say("There is no connection to try again")

    def toggle_own_view(self) -> None:
        """A session of its own has one view."""
        self.say("This session is not shared: nobody else looks at it")

    def show_diagnostics(self) -> None:
        """A session of its own has no connection."""
        self.say("This session is not shared: there is no connection")

    def show_help(self) -> None:
        """Lay the help over the screen."""
        from connectome_tui.app.help_screen import HelpScreen

        self.push_screen(HelpScreen())

    def show_commands(self) -> None:
        """Open the palette of commands."""
        from connectome_tui.app.command_palette import CommandPalette

        self.push_screen(CommandPalette(None if self.screen is self.main_screen else "Other"))

    def get_default_screen(self) -> Screen[None]:
        """The main screen is there from the first frame on."""
        return self.main_screen
