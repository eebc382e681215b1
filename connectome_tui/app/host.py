"""What the actions need of the application; it keeps them free of the screen, and testable without it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from connectome_tui.engine.commands import CommandPort, RuntimeCommand, RuntimeReleaseResult
from connectome_tui.events.flow import EventSequence, Flow
from connectome_tui.store.commits import Listener
from connectome_tui.store.state import State, ViewState

if TYPE_CHECKING:
    from connectome_tui.client.copying import OnDone, OnProgress
    from connectome_tui.client.finding import FindKind, OnFound
    from connectome_tui.client.requests import Failure

Result = TypeVar("Result")
Tone = Literal["ok", "warn", "plain"]


class StatePort(Protocol):
    """What can be seen of a session, wherever it runs."""

    @property
    def state(self) -> State:
        """The state as of the newest commit."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(old, new)` after each commit from now on; the answer ends it."""
        ...

    def set_view(self, view: ViewState) -> None:
        """Commit what this window looks at."""
        ...


class EnginePort(CommandPort, Protocol):
    """Where intent goes, and when it wants the time."""

    def next_deadline_ms(self) -> float | None:
        """When something is due, in the clock's milliseconds; None for never."""
        ...

    def serve_deadline(self) -> object:
        """Do what is due."""
        ...


class AppSession(Protocol):
    """A session as the application sees it: its own, a live one, or a window on a server's."""

    @property
    def store(self) -> StatePort:
        """What can be seen of it."""
        ...

    @property
    def engine(self) -> EnginePort:
        """Where intent goes."""
        ...

    @property
    def flow(self) -> Flow | None:
        """What is stepped, as far as panes measure it; None for what comes live."""
        ...


class RemoteLedger(Protocol):
    """The ledger of a session that runs on a server: what the actions ask of that."""

    def why_not(self, *, writes: bool = True) -> "Failure | None":
        """Why nothing can be asked now; None when it can."""
        ...

    def find(self, kind: "FindKind", text: str, first: int, on_found: "OnFound") -> "Failure | None":
        """Ask which entries answer a search or a filter, or where errors are; why that cannot be asked now."""
        ...

    def stop_finding(self, kind: "FindKind") -> None:
        """The answers are of no interest any more."""
        ...

    def fetch_all(self, on_progress: "OnProgress", on_done: "OnDone", *, detail: bool) -> Callable[[], None]:
        """Fetch every entry, in order; the answer ends it without a word."""
        ...


class CountedRun(Protocol):
    """A run of releases under way: as many as were typed."""

    wanted: int

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        ...

    @property
    def done(self) -> int:
        """How many there were so far."""
        ...

    def stop(self) -> None:
        """Release no more."""
        ...


class AppHost(Protocol):
    """The application, as the actions see it."""

    @property
    def rows(self) -> EventSequence | None:
        """The rows of the flow, where a search can look at them; None where it looks at the entries of the log."""
        ...

    @property
    def remote(self) -> RemoteLedger | None:
        """The server's ledger, in a window on a shared session."""
        ...

    def release_run(self, count: int, on_end: Callable[[int, str], None]) -> CountedRun:
        """Release so many events; `on_end` is told how many there were and why it ended early, unless it is stopped."""
        ...

    @property
    def state(self) -> State:
        """The state as of the newest commit."""
        ...

    @property
    def session(self) -> AppSession | None:
        """What is stepped or followed; None while nothing is open yet."""
        ...

    def dispatch(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Hand the user's intent to the command port (ENGINE-7)."""
        ...

    def look(self, view: ViewState) -> None:
        """Commit what this window looks at."""
        ...

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show a message in the footer for four seconds."""
        ...

    def one_frame(self) -> AbstractContextManager[None]:
        """Tell the panes only once, at the end, of the commits that are made inside."""
        ...

    def after_next_frame(self, callback: Callable[[], None]) -> None:
        """Call back when the screen has been painted and waiting keys were served."""
        ...

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call back once, after so long."""
        ...

    def beside(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Do work that blocks in a thread, and hand its result to `then` on the application's own thread."""
        ...
