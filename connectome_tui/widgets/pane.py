"""The base of every pane: it draws the state a line at a time and repaints no more than what changed."""

from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual import messages
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from connectome_tui.events.flow import Flow
from connectome_tui.store.state import State
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.lean_strip import lean
from connectome_tui.widgets.painting import CellLine, Look, Run
from connectome_tui.widgets.palette import Palette
from connectome_tui.widgets.standing import Standing


class PaneHost(Protocol):
    """What a pane needs of the application that it is in."""

    @property
    def palette(self) -> Palette: ...

    @property
    def glyphs(self) -> Glyphs: ...

    @property
    def state(self) -> State:
        """The state as of the newest commit; panes read it when they are painted."""
        ...

    @property
    def flow(self) -> Flow | None:
        """What is stepped, for what holds for all of it; None while nothing is open."""
        ...

    @property
    def standing(self) -> Standing:
        """How this window stands towards its session."""
        ...

    def now_ms(self) -> float:
        """The time of the session's clock, for what moves between commits."""
        ...


class Pane(Widget):
    """A view of the state. It keeps nothing of the state itself, only where it is scrolled to.

    The application calls `on_commit` synchronously after each commit; all panes then repaint in one
    frame. Handlers never await (STORE-4).
    """

    fades: ClassVar[bool] = False
    """Whether it loses its colour while what it shows is stale."""

    DEFAULT_CSS: ClassVar[str] = """
    Pane { width: 1fr; height: 1fr; padding: 0; border: none; background: transparent; }
    """

    @property
    def host(self) -> PaneHost:
        """The application, as far as panes know it."""
        return cast("PaneHost", self.app)

    @property
    def standing(self) -> Standing:
        """How this window stands towards its session."""
        return self.host.standing

    @property
    def palette(self) -> Palette:
        """The palette in force: without colour where what is shown is stale."""
        palette = self.host.palette
        return palette.faded() if self.fades and self.standing.is_stale else palette

    @property
    def glyphs(self) -> Glyphs:
        """The glyphs in force."""
        return self.host.glyphs

    @property
    def look(self) -> Look:
        """Palette and glyphs in force."""
        return Look(self.palette, self.host.glyphs)

    def on_commit(self, old: State, new: State) -> None:
        """Compare the slices that this pane shows, by identity, and repaint the regions that changed."""
        raise NotImplementedError

    def draw_line(self, y: int) -> Strip:
        """The line `y` of the pane as of the newest commit."""
        raise NotImplementedError

    def drop_painted(self) -> None:
        """Keep no painted line: the pane is out of sight, and the state went on when it comes back."""
        if self.is_mounted:
            self.refresh()

    def repaint(self, *regions: Region) -> None:
        """Repaint these regions of the pane (none given: all of it) in the frame of this commit."""
        if not self.is_mounted or not self.size:
            return
        self.refresh(*regions)
        self.screen.post_message(messages.Update(self))

    def render_line(self, y: int) -> Strip:
        """Called by Textual for each line that has to be painted."""
        return self.draw_line(y)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Called by Textual for the part that has to be painted.

        Panes have no border, padding or tint of their own, so that lines go out as they were drawn.
        """
        strips = [lean(self.render_line(y)) for y in crop.line_range]
        left, right = crop.column_span
        return strips if (left, right) == (0, self.size.width) else [strip.crop(left, right) for strip in strips]

    def render(self) -> Text:
        """Never shown: lines are drawn by `render_line`."""
        return Text()


def rule_line(
    width: int,
    palette: Palette,
    glyphs: Glyphs,
    title: str,
    right: tuple[Run, ...] = (),
    *,
    focused: bool = False,
    bg: str = "base",
) -> CellLine:
    """The rule above a pane: its title, and what is said at its right; heavy and in `focus` with the focus."""
    line = CellLine(width, palette, glyphs, bg=bg)
    character, fg = (glyphs.rule_heavy, "focus") if focused else (glyphs.rule, "rule")
    line.fill(0, width, character=character, fg=fg)
    if focused:
        line.put(1, f" {title} ", "focus", "b", limit=width - 2)
    else:
        line.put(1, f" {title} ", "text.muted", limit=width - 2)
    if right:
        line.put_right(width - 1, (Run(" "), *right, Run(" ")))
    return line
