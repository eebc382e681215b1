"""One row of cells being drawn: characters, and for each the tokens of its colours."""

from typing import Final

from connectome_tui.graph.cells import char_width

Tokens = tuple[str, str, str]
"""Foreground, background, attributes.

`b` bold, `d` dim, `u` underlined, `r` reversed, `f`: the foreground is a fill (half blocks).
"""

COVERED: Final = ""
"""What stands in the second cell of a wide character."""


class CellRow:
    """A row of the pane. Nothing falls outside it, and what comes later covers what was there."""

    __slots__ = ("chars", "tokens", "width")

    def __init__(self, chars: list[str], tokens: list[Tokens]) -> None:
        self.chars, self.tokens, self.width = chars, tokens, len(chars)

    @classmethod
    def blank(cls, width: int, bg: str = "base") -> "CellRow":
        """An empty row."""
        return cls([" "] * width, [("text", bg, "")] * width)

    def copy(self) -> "CellRow":
        """A row that can be drawn on without changing this one."""
        return CellRow(self.chars.copy(), self.tokens.copy())

    def put(self, x: int, text: str, fg: str, attrs: str = "", bg: str = "") -> int:
        """Put text at a cell, on `bg` or on what is there; gives the cell behind it."""
        for char in text:
            wide = 1 if char.isascii() else char_width(char)
            if x >= 0 and x + wide <= self.width:
                self._put_char(x, char, (fg, bg or self.tokens[x][1], attrs))
                if wide == 2:
                    self._put_char(x + 1, COVERED, self.tokens[x])
                    self.chars[x] = char
            x += wide
        return x

    def fill(self, x: int, width: int, bg: str, char: str = " ", fg: str = "text", *, attrs: str = "") -> None:
        """Cover cells with one character."""
        first, behind = max(0, x), min(self.width, x + width)
        if first >= behind:
            return
        for edge in (first, behind - 1):
            self._put_char(edge, char, (fg, bg, attrs))
        self.chars[first:behind] = [char] * (behind - first)
        self.tokens[first:behind] = [(fg, bg, attrs)] * (behind - first)

    def text(self) -> str:
        """The characters of the row."""
        return "".join(self.chars)

    def _put_char(self, x: int, char: str, tokens: Tokens) -> None:
        if self.chars[x] == COVERED and x:
            self.chars[x - 1] = " "
        if x + 1 < self.width and self.chars[x + 1] == COVERED:
            self.chars[x + 1] = " "
        self.chars[x], self.tokens[x] = char, tokens
