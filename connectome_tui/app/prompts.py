"""The prompts of search and filter: they take the footer's row while something is typed."""

from collections.abc import Sequence
from typing import Literal, Protocol

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.line_editor import LineEditor
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.log_rule import hits_text
from connectome_tui.widgets.painting import CellLine, Look, Run, elide, runs_width, width_of

Question = Literal["search", "filter"]
SIGNS = {"search": "/", "filter": "\\"}


class Answerer(Protocol):
    """Who is told what is typed."""

    def typed(self, question: Question, text: str) -> str:
        """The text is another; the answer says in one line what is wrong with it, or nothing."""
        ...

    def move(self, delta: int) -> None:
        """Go to the next (1) or the previous (-1) hit."""
        ...

    def entered(self, question: Question) -> None:
        """Enter: the prompt is closed; what was typed stays in force, and its hit is gone to."""
        ...


class PromptPane(LinePane):
    """The footer's row while a search or a filter is typed. It keeps the text and what is wrong with it."""

    question: Question | None = None
    editor = LineEditor()
    problem = ""

    def slices(self, state: State) -> Sequence[object]:
        return (state.view.search, state.view.log_filter, state.ledger)

    def on_commit(self, old: State, new: State) -> None:
        """Repaint the counts while it is open."""
        if self.question is not None:
            super().on_commit(old, new)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        if self.question is None:
            return []
        return [prompt_line(self.question, self.editor, state, look, size.width, problem=self.problem).strip()]

    def ask(self, question: Question, text: str) -> None:
        """Open it with a text to begin with."""
        self.question, self.editor, self.problem = question, LineEditor.of(text), ""
        self.redraw()

    def close(self) -> None:
        """Give the row back to the footer."""
        self.question = None

    def press(self, key: str, character: str | None, answerer: Answerer) -> bool:
        """Take a key; false when it closed the prompt."""
        assert self.question is not None, "a closed prompt takes no keys"
        if key in {"escape", "enter", "ctrl+c"}:
            question = self.question
            self.close()
            if key == "enter":
                answerer.entered(question)
            return False
        if key in {"down", "up"} and self.question == "search":
            answerer.move(1 if key == "down" else -1)
            return True
        edited = self.editor.pressed(key)
        if edited is None and character is not None and character.isprintable():
            edited = self.editor.typed(character)
        if edited is not None:
            self.take(edited, answerer)
        return True

    def take(self, edited: LineEditor, answerer: Answerer) -> None:
        """Show the edited line, and tell of it when its text is another."""
        assert self.question is not None, "a closed prompt takes no text"
        changed = edited.text != self.editor.text
        self.editor = edited
        if changed:
            self.problem = answerer.typed(self.question, edited.text)
        self.redraw()


def prompt_line(
    question: Question, editor: LineEditor, state: State, look: Look, width: int, *, problem: str = ""
) -> CellLine:
    """What is typed at the left, what it found and the keys at the right."""
    line = look.line(width, bg="raised")
    if problem:
        # What is typed stays in view; what is wrong with it loses its end first.
        room = max(width // 3, width - width_of(editor.text) - 7)
        right = [Run(elide(problem, room), "warn")]
    else:
        right = _right_runs(question, editor.text, state, look)
    while runs_width(right) > width * 2 // 3 and len(right) > 1:
        right = right[:-2] or right[:1]
    end = width - 1 - runs_width(right)
    x = line.put(1, f"{SIGNS[question]} ", "focus", "b")
    room = max(4, end - x - 2)
    before, behind = _window(editor, room)
    x = line.put(x, before, "text.strong", "b", limit=room)
    line.put(x, look.glyphs.cursor, "focus")
    line.put(x + 1, behind, "text.strong", "b", limit=max(0, end - x - 2))
    line.put_right(width - 1, right)
    return line


def _window(editor: LineEditor, room: int) -> tuple[str, str]:
    """The text before and behind the cursor, cut at its start so that the cursor is in view."""
    before = editor.text[: editor.cursor]
    while width_of(before) > room - 1:
        before = before[max(1, (width_of(before) - room) // 2) :]
    return before, editor.text[editor.cursor :]


def _right_runs(question: Question, text: str, state: State, look: Look) -> list[Run]:
    done = [Run("  esc", "text.strong", "b"), Run(" done", "text.muted")]
    if question == "filter":
        return [Run(_passing_text(text, state), "text.muted" if not text else "text"), *done]
    glyphs = look.glyphs
    moves = [
        Run(f"  {glyphs.newer}", "text.strong", "b"),
        Run(" next", "text.muted"),
        Run(f"  {glyphs.older}", "text.strong", "b"),
        Run(" previous", "text.muted"),
    ]
    return [Run(_hits_text(text, state), "text" if text else "text.muted"), *(moves if text else ()), *done]


def _hits_text(text: str, state: State) -> str:
    search = state.view.search
    if not text.strip() or search is None:
        return "text or /expression/, --all searches ahead too"
    return hits_text(search)


def _passing_text(text: str, state: State) -> str:
    log_filter = state.view.log_filter
    if not text.strip() or log_filter is None:
        return "node:api trigger:async call:llm status:error took>100ms attr:key=value !term"
    return f"{len(log_filter.passing)} of {len(state.ledger)} events"
