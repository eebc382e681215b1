"""A step that belongs to a scenario asks before it touches another session (CLIENT-7)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from textual.screen import Screen

from connectome_tui.app.host import Tone
from connectome_tui.client.scenarios import ScenarioRunner
from connectome_tui.client.window import WindowClient

if TYPE_CHECKING:
    from connectome_tui.app.question_screen import QuestionScreen

UNDER_WAY: Final = frozenset({"making", "selecting", "waiting"})
"""A scenario in one of these is not ready to be stepped."""


class AskingHost(Protocol):
    """What the questions need of the application."""

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show a message in the footer."""
        ...

    def show_over(self, screen: Screen[None], then: Callable[[], None]) -> None:
        """Lay a screen over the window; `then` is called when it is gone."""
        ...


class ScenarioAsking:
    """The scenario in hand of a window, and the question about it that is on the screen."""

    def __init__(
        self, host: AskingHost, client: WindowClient, call_soon: Callable[[Callable[[], object]], None]
    ) -> None:
        self._host = host
        self._question: QuestionScreen | None = None
        self._told_error = ""
        self.runner: Final = ScenarioRunner(client, lambda: call_soon(self._changed))

    def close(self) -> None:
        """The window ends."""
        self.runner.close()

    def asks_first(self) -> bool:
        """Whether a step has to wait: the user is asked, or told what is missing."""
        prompt, loading = self.runner.prompt, self.runner.now
        if prompt is None:
            missing = self.runner.why_not(loading.name) if loading.phase in UNDER_WAY else None
            if missing is not None:
                self._host.say(missing.message, "warn")
            return missing is not None
        if self._question is None:
            from connectome_tui.app.question_screen import QuestionScreen

            self._question = QuestionScreen(
                prompt.question,
                {
                    "enter": (f"go over to {prompt.session}", self._go_over),
                    "s": (f"stay with {prompt.active}", self.runner.let_go),
                },
            )
            self._host.show_over(self._question, self._answered)
        return True

    def _go_over(self) -> None:
        refused = self.runner.go_over()
        if refused is not None:
            self._host.say(refused.message, "warn")

    def _answered(self) -> None:
        self._question = None

    def _changed(self) -> None:
        """The question follows what really happens: it goes when there is nothing to ask any more."""
        if self._question is not None and self.runner.prompt is None and self._question.is_active:
            self._question.dismiss()
        state = self.runner.now
        error = state.error if state.phase == "failed" else ""
        if error and error != self._told_error:
            self._host.say(f"{state.name}: {error}", "warn")
        self._told_error = error
