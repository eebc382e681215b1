"""One question over the faded screen, with its answers as keys; Escape answers nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual import events
from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.keymap import key_of_event, shown_key
from connectome_tui.app.overlay import OverlayScreen
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.store.state import State
from connectome_tui.widgets.detail_values import wrapped
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import Look, Run
from connectome_tui.widgets.pane import rule_line

MOST_WIDTH: Final = 68
KEY_WIDTH: Final = 8

Answers = Mapping[str, tuple[str, Callable[[], object]]]
"""By key: what the answer says, and what it does."""


class QuestionPane(LinePane):
    """The question, and below it the answers."""

    def __init__(self, question: str, answers: Answers) -> None:
        super().__init__()
        self.question = question
        self.answers = answers

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    def question_rows(self, width: int) -> Sequence[str]:
        """The question in rows of so many cells."""
        return [row for row, _ in wrapped(self.question, max(8, width - 4))]

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        lines = [rule_line(size.width, look.palette, look.glyphs, "Question", focused=True, bg="overlay")]
        blank = look.line(size.width, bg="overlay")
        lines.append(blank)
        for row in self.question_rows(size.width):
            line = look.line(size.width, bg="overlay")
            line.put(2, row, "text.strong", "b", limit=size.width - 3)
            lines.append(line)
        lines.append(blank)
        for key, text in ((key, text) for key, (text, _) in (*self.answers.items(), ("escape", ("no", None)))):
            line = look.line(size.width, bg="overlay")
            runs = (Run(shown_key(key).ljust(KEY_WIDTH), "text.strong", "b"), Run(text))
            line.put_runs(2, runs, limit=size.width - 3)
            lines.append(line)
        lines += [blank] * (size.height - len(lines))
        return [line.strip() for line in lines]


class QuestionScreen(OverlayScreen, inherit_bindings=False):
    """Lies over the screen until it is answered."""

    pane: QuestionPane

    def __init__(self, question: str, answers: Answers) -> None:
        super().__init__()
        self.pane = QuestionPane(question, answers)

    def fitting(self, terminal: Size) -> Size:
        """As high as its lines."""
        width = min(MOST_WIDTH, terminal.width - 4)
        height = len(self.pane.question_rows(width)) + len(self.pane.answers) + 5
        return Size(width, min(height, terminal.height - 2))

    def on_key(self, event: events.Key) -> None:
        """Answer, or leave."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        if key in {"escape", "ctrl+c"}:
            self.dismiss()
        elif key in self.pane.answers:
            _, act = self.pane.answers[key]
            self.dismiss()
            act()
