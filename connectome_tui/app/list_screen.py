"""A list over the whole screen: letters narrow it, arrows move, Enter and clicks choose (SPAN-7, CLIENT-5)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Generic, Protocol, Self, TypeVar, cast

from textual import events
from textual.screen import Screen

from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

ROWS_ABOVE: Final = 5
"""Header, a row for who lists several things, count, input, headings."""
WHEEL_ROWS: Final = 3


class NarrowedList(Protocol):
    """The rows that match what was typed, one of them in hand. It is never changed, only replaced."""

    @property
    def query(self) -> str:
        """What was typed."""
        ...

    @property
    def at(self) -> int:
        """The row in hand."""
        ...

    def __len__(self) -> int:
        """The rows there are."""
        ...

    def typed(self, query: str) -> Self:
        """The list for another query."""
        ...

    def moved(self, by: int) -> Self:
        """The list with another row in hand; it ends at both ends."""
        ...


Rows = TypeVar("Rows", bound=NarrowedList)


class ListPane(LinePane, Generic[Rows]):
    """Keeps a list, and which of its rows is the first on the screen; subclasses draw it."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.list = rows
        self.first = 0

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    def show(self, changed: Rows) -> None:
        """Show another list."""
        self.list = changed
        self.redraw()

    @property
    def body(self) -> int:
        """The rows of the list on the screen."""
        return max(1, self.size.height - ROWS_ABOVE - 1)

    def row_at(self, y: int) -> int | None:
        """The row of the list at a line of the screen."""
        at = self.first + y - ROWS_ABOVE
        return at if ROWS_ABOVE <= y < self.size.height - 1 and at < len(self.list) else None

    def keep_in_view(self) -> None:
        """Let the row in hand be on the screen."""
        last_first = max(0, len(self.list) - self.body)
        if not self.first <= self.list.at < self.first + self.body:
            self.first = self.list.at - self.body // 2
        self.first = max(0, min(last_first, self.first))


class ListScreen(Screen[None], Generic[Rows], inherit_bindings=False):
    """A screen with one list; subclasses compose it, and say what choosing and leaving come to."""

    BINDINGS: ClassVar = []
    pane: ListPane[Rows]

    @property
    def connectome(self) -> "ConnectomeApp":
        """The application."""
        return cast("ConnectomeApp", self.app)

    def show(self, changed: Rows) -> None:
        """Show another list."""
        self.pane.show(changed)

    def choose_in_hand(self) -> None:
        """Choose the row in hand, if there is one."""
        raise NotImplementedError

    def leave(self) -> None:
        """Go back to where the list was opened."""
        raise NotImplementedError

    def press(self, key: str) -> bool:
        """Do what another key means in this list; false for one that means nothing."""
        del key
        return False

    def click_beside(self, x: int, y: int) -> None:
        """Do what a click beside the rows means."""

    def on_key(self, event: events.Key) -> None:
        """Every printable key narrows; the others move, choose and leave."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        pane = self.pane
        moves = {"up": -1, "down": 1, "pageup": -pane.body, "pagedown": pane.body}
        moves |= {"home": -len(pane.list), "end": len(pane.list)}
        if key in moves:
            self.show(pane.list.moved(moves[key]))
        elif key == "enter":
            self.choose_in_hand()
        elif key == "escape":
            self._clear_or_leave()
        elif key in {"ctrl+p", "ctrl+c", "ctrl+q", "ctrl+z"}:
            self.connectome.run_key(key)
        elif not self.press(key):
            self._edit(key, event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text narrows too."""
        event.stop()
        self._type(" ".join(event.text.split()))

    def on_click(self, event: events.Click) -> None:
        """A click takes a row in hand, the second one chooses it."""
        at = self.pane.row_at(event.y)
        if at is None:
            self.click_beside(event.x, event.y)
        elif at == self.pane.list.at:
            self.choose_in_hand()
        else:
            self.show(self.pane.list.moved(at - self.pane.list.at))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves."""
        self.show(self.pane.list.moved(WHEEL_ROWS))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves."""
        self.show(self.pane.list.moved(-WHEEL_ROWS))

    def _edit(self, key: str, event: events.Key) -> None:
        edited = LineEditor.of(self.pane.list.query).pressed(key)
        if edited is not None:
            self.show(self.pane.list.typed(edited.text))
        elif event.character is not None and event.is_printable:
            self._type(event.character)

    def _type(self, text: str) -> None:
        self.show(self.pane.list.typed((self.pane.list.query + text).lstrip()))

    def _clear_or_leave(self) -> None:
        """Clear what was typed; with nothing typed, leave."""
        if self.pane.list.query:
            self.show(self.pane.list.typed(""))
        else:
            self.leave()
