"""Choosing a session of the server, or a scenario that makes one (CLIENT-5, CLIENT-7): for this window alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from connectome_tui.app.chooser_tabs import TABS_Y
from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.question_screen import QuestionScreen
from connectome_tui.app.session_list import SessionList
from connectome_tui.app.session_list_lines import footer_line_of, header_of, session_lines
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.client.requests import Failure
from connectome_tui.net.items import CatalogItem, ScenarioItem
from connectome_tui.store.state import State
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import Look

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp
    from connectome_tui.app.chooser import Chooser

ROWS_ABOVE: Final = 5
"""Header, a blank row, count, input, headings."""
WHEEL_ROWS: Final = 3


class SessionListPane(LinePane):
    """The whole list, from the header to the keys. It keeps what was typed, what is in hand, and what was refused."""

    def __init__(self, chooser: "Chooser") -> None:
        super().__init__()
        self.chooser = chooser
        self.client = client = chooser.client
        self.list = SessionList(client.catalog.selector(client.connection))
        self.first = 0
        self.message = ""

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    @property
    def body(self) -> int:
        """The rows of the list on the screen."""
        return max(1, self.size.height - ROWS_ABOVE - 1)

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        connection = self.client.connection
        last_first = max(0, len(self.list.rows) - self.body)
        if not self.first <= self.list.at < self.first + self.body:
            self.first = self.list.at - self.body // 2
        self.first = max(0, min(last_first, self.first))
        tabs = self.chooser.tabs("sessions")
        lines = [header_of(look, size.width, connection.address, connection.user)]
        lines.append(look.line(size.width) if tabs is None else tabs.line(look, size.width))
        lines += session_lines(
            look,
            size.width,
            self.list,
            first=self.first,
            body=self.body,
            here=connection.active_session or "",
            now_ms=cast("ConnectomeApp", self.app).clock.now_ms(),
        )
        lines += [look.line(size.width)] * (size.height - 1 - len(lines))
        lines.append(footer_line_of(look, size.width, self.list, self.message, has_flows=tabs is not None))
        return [line.strip() for line in lines]

    def row_at(self, y: int) -> int | None:
        """The row of the list at a line of the screen."""
        at = self.first + y - ROWS_ABOVE
        return at if ROWS_ABOVE <= y < self.size.height - 1 and at < len(self.list.rows) else None


class SessionPicker(Screen[None], inherit_bindings=False):
    """Refreshes when it opens stale or empty, and follows what the server says of itself."""

    BINDINGS: ClassVar = []

    def __init__(self, chooser: "Chooser", message: str = "") -> None:
        super().__init__()
        self._chooser = chooser
        self._client = chooser.client
        self._scenarios = chooser.scenarios
        self.pane = SessionListPane(chooser)
        self.pane.message = message

    def compose(self) -> ComposeResult:
        """One pane over the whole screen."""
        yield self.pane

    def on_mount(self) -> None:
        """Ask for the list when it is stale or empty."""
        self._client.catalog.opened()
        self.changed()
        active = self._client.connection.active_session
        if active:
            self.pane.list = self.pane.list.at_session(active)
        self.pane.redraw()

    def changed(self) -> None:
        """The list, or the connection, may be another; or a second went by."""
        client, connection = self._client, self._client.connection
        next_try = connection.next_try_at
        if connection.status == "connected":
            next_try = client.catalog.freshness.next_allowed_refresh
        self.pane.list = self.pane.list.refreshed(client.catalog.selector(connection), client.scenarios, next_try)
        self.pane.redraw()

    def _show(self, changed: SessionList) -> None:
        self.pane.list, self.pane.message = changed, ""
        self.pane.redraw()

    def _tell(self, message: str) -> None:
        self.pane.message = message
        self.pane.redraw()

    # Keys and mouse

    def on_key(self, event: events.Key) -> None:
        """Every printable key narrows; the others move, choose and leave."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        pane = self.pane
        moves = {"up": -1, "down": 1, "pageup": -pane.body, "pagedown": pane.body}
        if key in moves:
            self._show(pane.list.moved(moves[key]))
        elif key in {"home", "end"}:
            self._show(pane.list.moved(-len(pane.list.rows) if key == "home" else len(pane.list.rows)))
        elif key == "enter":
            self._choose()
        elif key == "right" and self._chooser.has_flows:
            self._chooser.show("flows")
        elif key == "delete":
            self._begin_anew()
        elif key == "escape":
            self._leave()
        elif key == "ctrl+r":
            self._retry()
        elif key in {"ctrl+p", "ctrl+c", "ctrl+q", "ctrl+z"}:
            cast("ConnectomeApp", self.app).run_key(key)
        else:
            self._edit(key, event)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text narrows too."""
        event.stop()
        self._show(self.pane.list.typed((self.pane.list.query + " ".join(event.text.split())).lstrip()))

    def on_click(self, event: events.Click) -> None:
        """A click takes a row in hand, the second one chooses it."""
        tabs = self._chooser.tabs("sessions")
        if event.y == TABS_Y and tabs is not None and tabs.at(self.pane.look, event.x) == "flows":
            self._chooser.show("flows")
            return
        at = self.pane.row_at(event.y)
        if at is None:
            return
        if at == self.pane.list.at:
            self._choose()
        else:
            self._show(replace(self.pane.list, at=at))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves."""
        self._show(self.pane.list.moved(WHEEL_ROWS))

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves."""
        self._show(self.pane.list.moved(-WHEEL_ROWS))

    def _edit(self, key: str, event: events.Key) -> None:
        edited = LineEditor.of(self.pane.list.query).pressed(key)
        if edited is not None:
            self._show(self.pane.list.typed(edited.text))
        elif event.character is not None and event.is_printable:
            self._show(self.pane.list.typed((self.pane.list.query + event.character).lstrip()))

    def _leave(self) -> None:
        """Clear what was typed; with nothing typed go back to the window."""
        if self.pane.list.query:
            self._show(self.pane.list.typed(""))
        else:
            self.dismiss()

    # Choosing

    def _retry(self) -> None:
        if self._client.connection.status == "connected":
            self._tell(self._client.catalog.retry())
        else:
            self._client.retry_now()
        self.changed()

    def _choose(self) -> None:
        row = self.pane.list.chosen
        if self.pane.list.is_disabled or row is None:
            self._tell(self.pane.list.selector.disabled_why or "There is nothing to choose")
        elif isinstance(row, CatalogItem):
            self._select(row.name)
        elif row.trouble:
            self._tell(f"{row.name}: {row.trouble}")
        elif row.made:
            self._select(row.session)
        else:
            self._ask(row, f"Make the session {row.session} from the scenario {row.name}?", reset=False)

    def _begin_anew(self) -> None:
        row = self.pane.list.chosen
        if not isinstance(row, ScenarioItem):
            self._tell("A scenario can be begun anew; a session is restarted with r in its window")
        elif self.pane.list.is_disabled or row.trouble:
            self._tell(row.trouble or self.pane.list.selector.disabled_why)
        else:
            told = f"Begin the scenario {row.name} anew? Its session {row.session} starts over for all who follow it."
            self._ask(row, told, reset=True)

    def _ask(self, row: ScenarioItem, question: str, *, reset: bool) -> None:
        self.app.push_screen(QuestionScreen(question, {"enter": ("yes", lambda: self._load(row, reset=reset))}))

    def _load(self, row: ScenarioItem, *, reset: bool) -> None:
        refused = self._scenarios.load(row.name, reset=reset)
        if refused is not None:
            self._tell(refused.message)
        else:
            self.dismiss()

    def _select(self, name: str) -> None:
        """Follow a session once the server has agreed that it is there (CLIENT-5)."""

        def told(failure: Failure | None) -> None:
            if failure is not None:
                self._tell(failure.message)
            elif self.is_attached:
                self.dismiss()

        if name == self._client.connection.active_session:
            self.dismiss()
            return
        refused = self._client.select(name, lambda failure: self._chooser.soon(lambda: told(failure)))
        if refused is not None:
            self._tell(refused.message)
