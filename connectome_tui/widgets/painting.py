"""Drawing one line of cells: runs of text with tokens go in, a strip of merged segments comes out."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from textual.strip import Strip

from connectome_tui.events.visible import visible
from connectome_tui.widgets.glyphs import UNICODE, Glyphs
from connectome_tui.widgets.lean_strip import LeanStrip
from connectome_tui.widgets.palette import Palette

Cell = tuple[str, str, str]
"""The tokens of a cell: foreground, background, attributes."""

_NOT_SENT: Final = dict.fromkeys((0x200D, *range(0xFE00, 0xFE10)))
"""Joiners and variation selectors: terminals disagree on how wide they make their neighbours."""

_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])")

_MEASURED_CHARS: Final = 4096
"""No line is wider; of a longer text no more than this is looked at."""


class Run(NamedTuple):
    """Text in one style. `bg` empty: on whatever is there."""

    text: str
    fg: str = "text"
    attrs: str = ""
    bg: str = ""


def shown(text: str) -> str:
    """`text` as the screen shows it: what would control a terminal is made visible (LOG-5)."""
    cut = text[:_MEASURED_CHARS]
    return cut if cut.isascii() and cut.isprintable() else visible(cut).translate(_NOT_SENT)


def width_of(text: str) -> int:
    """The cells that `text` takes once it is shown."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(shown(text))


def runs_width(runs: Iterable[Run]) -> int:
    """The cells that runs take one after the other."""
    return sum(width_of(run.text) for run in runs)


def elide(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` in at most `cells` cells, with an ellipsis for the end that was cut."""
    text = shown(text)
    if cells <= 0:
        return ""
    return text if width_of(text) <= cells else _head(text, cells - 1) + ellipsis


def elide_start(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` in at most `cells` cells, with an ellipsis for the start that was cut."""
    text = shown(text)
    if cells <= 0:
        return ""
    return text if width_of(text) <= cells else ellipsis + _head(text[::-1], cells - 1)[::-1]


def elide_middle(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` in at most `cells` cells, with an ellipsis in its middle."""
    text = shown(text)
    if width_of(text) <= cells or cells < 3:
        return elide(text, cells, ellipsis)
    kept = cells - 1
    return _head(text, kept - kept // 2) + ellipsis + _head(text[::-1], kept // 2)[::-1]


@dataclass(frozen=True, slots=True)
class Look:
    """The palette and the glyphs in force."""

    palette: Palette
    glyphs: Glyphs

    def line(self, width: int, *, fg: str = "text", bg: str = "base") -> "CellLine":
        """An empty line."""
        return CellLine(width, self.palette, self.glyphs, fg=fg, bg=bg)


class CellLine:
    """One line being drawn. Nothing falls outside it, and what comes later covers what was there."""

    def __init__(
        self, width: int, palette: Palette, glyphs: Glyphs = UNICODE, *, fg: str = "text", bg: str = "base"
    ) -> None:
        self.width = width
        self.palette = palette
        self.glyphs = glyphs
        self._characters = [" "] * width
        self._cells: list[Cell] = [(fg, bg, "")] * width
        self._fg = fg

    def put(self, x: int, text: str, fg: str = "", attrs: str = "", *, bg: str = "", limit: int | None = None) -> int:
        """Put `text` at cell `x`, elided to `limit` cells; gives the cell behind it.

        What is not printable is made visible. An empty `bg` keeps the background that is there.
        """
        is_plain = text.isprintable()
        text = self.glyphs.text(text if is_plain and text.isascii() else shown(text))
        if limit is not None:
            text = elide(text, limit, self.glyphs.ellipsis)
        end = x
        if text.isascii():
            end = self._put_narrow(x, text, fg or self._fg, attrs, bg)
        else:
            for character in text:
                end = self._put_character(end, character, fg or self._fg, attrs, bg)
        if not is_plain and fg != "on.lit":
            for escape in _ESCAPE.finditer(text):
                self.restyle(x + width_of(text[: escape.start()]), len(escape.group()), fg="text.muted", attrs="")
        return end

    def put_runs(self, x: int, runs: Iterable[Run], limit: int | None = None) -> int:
        """Put runs one after the other, together elided to `limit` cells; gives the cell behind them."""
        end = self.width if limit is None else x + limit
        for run in runs:
            if x >= end:
                break
            x = self.put(x, run.text, run.fg, run.attrs, bg=run.bg, limit=end - x)
        return x

    def put_right(self, end: int, runs: Iterable[Run]) -> int:
        """Put runs so that they end before cell `end`; gives the cell where they begin."""
        listed = list(runs)
        x = end - runs_width(listed)
        self.put_runs(x, listed, limit=end - x)
        return x

    def fill(self, x: int, width: int, *, bg: str = "", character: str = "", fg: str = "", attrs: str = "") -> None:
        """Give `width` cells another background, and, with `character`, other text."""
        for at in range(max(0, x), min(self.width, x + width)):
            old = self._cells[at]
            if character:
                self._release_wide(at)
                self._characters[at] = character
            self._cells[at] = (fg or old[0], bg or old[1], attrs if character or attrs else old[2])

    def restyle(self, x: int, width: int, *, fg: str = "", bg: str = "", attrs: str | None = None) -> None:
        """Give `width` cells other tokens and keep their text."""
        for at in range(max(0, x), min(self.width, x + width)):
            old = self._cells[at]
            self._cells[at] = (fg or old[0], bg or old[1], old[2] if attrs is None else attrs)

    @property
    def text(self) -> str:
        """The text of the whole line."""
        return "".join(self._characters)

    def tokens_at(self, x: int) -> Cell:
        """The tokens of a cell."""
        return self._cells[x]

    def find_cells(
        self, spans_in: Callable[[str], Iterable[tuple[int, int]]], transform: Callable[[str], str] = str
    ) -> Iterable[tuple[int, int]]:
        """Cells and widths of what `spans_in` finds, as starts and ends, in the text of the line.

        `transform` is applied to each character before (folding), and may give more than one.
        """
        starts: list[int] = []
        letters: list[str] = []
        for at, character in enumerate(self._characters):
            for letter in transform(character):
                starts.append(at)
                letters.append(letter)
        starts.append(self.width)
        for start, end in spans_in("".join(letters)):
            if end > start:
                yield starts[start], starts[end - 1] + 1 - starts[start]

    def strip(self) -> Strip:
        """The line as a strip in which equal neighbours are one segment.

        A blank cell shows nothing of its foreground, so it joins what stands before it.
        """
        segments = []
        style = self.palette.style
        characters = self._characters
        start, current = 0, self._first_cell()
        for at, cell in enumerate(self._cells):
            if cell == current:
                continue
            is_blank = characters[at] == " " and cell[1] == current[1] and not cell[2]
            if is_blank and "u" not in current[2] and "r" not in current[2]:
                continue
            if at > start:
                segments.append(Segment("".join(characters[start:at]), style(*current)))
            start, current = at, cell
        if self.width > start:
            segments.append(Segment("".join(characters[start:]), style(*current)))
        return LeanStrip(segments, self.width)

    def _first_cell(self) -> Cell:
        """The tokens that the line begins with: those of its first text when only blanks stand before it."""
        for character, cell in zip(self._characters, self._cells, strict=True):
            if cell[1] != self._cells[0][1] or "u" in cell[2] or "r" in cell[2]:
                break
            if character != " ":
                return cell
        return self._cells[0] if self._cells else ("", "", "")

    def _put_narrow(self, x: int, text: str, fg: str, attrs: str, bg: str) -> int:
        start, end = max(0, x), min(self.width, x + len(text))
        if end > start:
            self._release_wide(start)
            self._release_wide(end - 1)
            self._characters[start:end] = text[start - x : end - x]
            self._cells[start:end] = [(fg, bg or old[1], attrs) for old in self._cells[start:end]]
        return x + len(text)

    def _put_character(self, x: int, character: str, fg: str, attrs: str, bg: str) -> int:
        size = get_character_cell_size(character)
        if size == 0:
            if 0 < x <= self.width:
                self._characters[x - 1 if self._characters[x - 1] else x - 2] += character
            return x
        if x >= 0 and x + size <= self.width:
            for at in range(x, x + size):
                self._release_wide(at)
                self._characters[at] = ""
                self._cells[at] = (fg, bg or self._cells[at][1], attrs)
            self._characters[x] = character
        return x + size

    def _release_wide(self, at: int) -> None:
        """Blank the other half of a wide character, one half of which is about to be covered."""
        if self._characters[at] == "" and at > 0:
            self._characters[at - 1] = self._characters[at] = " "
        elif at + 1 < self.width and self._characters[at + 1] == "":
            self._characters[at + 1] = " "


def _head(text: str, cells: int) -> str:
    """As much of the start of `text` as fits into `cells` cells."""
    if text.isascii():
        return text[:cells]
    used = 0
    for at, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > cells:
            return text[:at]
    return text
