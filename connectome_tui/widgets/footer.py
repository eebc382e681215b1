"""The footer: the keys that work now, or for a while a message, or the count being typed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import CellLine, Look, Run, width_of
from connectome_tui.widgets.pane import PaneHost

_STAYING: Final = 3
"""So many keys stay, however narrow it is."""


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key, what it does in a word, and its rank: the lowest leave first where there is no room."""

    key: str
    word: str
    rank: int


@dataclass(frozen=True, slots=True)
class FooterContent:
    """What the footer shows: a message before a count (`10n`) before the keys."""

    hints: Sequence[KeyHint] = ()
    message: str = ""
    tone: Literal["ok", "warn", "plain"] = "plain"
    count: str = ""


class FooterHost(PaneHost, Protocol):
    """The application, as the footer needs it."""

    @property
    def footer_content(self) -> FooterContent:
        """What to show now."""
        ...


class Footer(LinePane):
    """One row at the bottom. The application calls `redraw` when a message or a count comes or goes."""

    def slices(self, state: State) -> Sequence[object]:
        live = () if state.live is None else state.live.sources
        return (
            state.mode,
            state.local_pause,
            state.pinned,
            state.ended,
            state.inspection_index,
            state.view,
            len(state.ledger) > 0,
            live,
        )

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        return [footer_line(cast("FooterHost", self.host).footer_content, look, size.width).strip()]


def footer_line(content: FooterContent, look: Look, width: int) -> CellLine:
    """The footer as a line."""
    if not content.message and not content.count:
        return keys_line(look, width, content.hints)
    line = look.line(width, bg="raised")
    if content.message:
        glyphs = look.glyphs
        mark = {"ok": Run(f"{glyphs.ok} ", "ok", "b"), "warn": Run(f"{glyphs.note} ", "warn", "b"), "plain": Run("")}
        line.put_runs(1, (mark[content.tone], Run(content.message, "text.strong")), limit=width - 2)
    else:
        line.put(1, content.count, "text.strong", "b")
    return line


def keys_line(look: Look, width: int, hints: Iterable[KeyHint]) -> CellLine:
    """Keys bold, their meaning muted."""
    line = look.line(width, bg="raised")
    x = 1
    for hint in fitting(hints, width - 1):
        runs = (Run(hint.key, "text.strong", "b"), Run(f" {hint.word}", "text.muted"))
        x = line.put_runs(x, runs, limit=width - x) + 2
    return line


def fitting(hints: Iterable[KeyHint], width: int) -> Sequence[KeyHint]:
    """The hints that fit side by side into `width` cells, in their order; the lowest rank leaves first."""
    kept = list(hints)
    while len(kept) > _STAYING and sum(width_of(f"{hint.key} {hint.word}  ") for hint in kept) - 2 > width:
        kept.remove(min(reversed(kept), key=lambda hint: hint.rank))
    return kept
