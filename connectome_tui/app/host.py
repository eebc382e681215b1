"""What the actions need of the application; it keeps them free of the screen, and testable without it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, Protocol, TypeVar

from connectome_tui.engine.commands import RuntimeCommand, RuntimeReleaseResult
from connectome_tui.session import LiveSession, SteppedSession
from connectome_tui.store.state import State, ViewState

Result = TypeVar("Result")
Tone = Literal["ok", "warn", "plain"]


class AppHost(Protocol):
    """The application, as the actions see it."""

    @property
    def state(self) -> State:
        """The state as of the newest commit."""
        ...

    @property
    def session(self) -> SteppedSession | LiveSession | None:
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

    def beside(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Do work that blocks in a thread, and hand its result to `then` on the application's own thread."""
        ...
