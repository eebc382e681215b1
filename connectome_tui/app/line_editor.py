"""One line of text being typed: pure, from a key to the next text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineEditor:
    """The text, and before which of its characters the cursor stands."""

    text: str = ""
    cursor: int = 0

    @classmethod
    def of(cls, text: str) -> "LineEditor":
        """A text with the cursor at its end."""
        return cls(text, len(text))

    def typed(self, text: str) -> "LineEditor":
        """With `text` put in at the cursor; newlines of what was pasted become blanks."""
        clean = " ".join(text.splitlines())
        return LineEditor(self.text[: self.cursor] + clean + self.text[self.cursor :], self.cursor + len(clean))

    def pressed(self, key: str) -> "LineEditor | None":
        """After an editing key, by its name; None for a key that edits nothing."""
        text, cursor = self.text, self.cursor
        match key:
            case "left" | "ctrl+b":
                return LineEditor(text, max(0, cursor - 1))
            case "right" | "ctrl+f":
                return LineEditor(text, min(len(text), cursor + 1))
            case "home" | "ctrl+a":
                return LineEditor(text, 0)
            case "end" | "ctrl+e":
                return LineEditor(text, len(text))
            case "backspace":
                return LineEditor(text[: max(0, cursor - 1)] + text[cursor:], max(0, cursor - 1))
            case "delete" | "ctrl+d":
                return LineEditor(text[:cursor] + text[cursor + 1 :], cursor)
            case "ctrl+u":
                return LineEditor(text[cursor:], 0)
            case "ctrl+k":
                return LineEditor(text[:cursor], cursor)
            case "ctrl+w":
                start = len(text[:cursor].rstrip().rpartition(" ")[0])
                start += 1 if start else 0
                return LineEditor(text[:start] + text[cursor:], start)
        return None
