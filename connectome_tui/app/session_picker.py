"""Choosing a session of the server, or a scenario that makes one (CLIENT-5, CLIENT-7): for this window alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.chooser_tabs import TABS_Y
from connectome_tui.app.list_screen import ListPane, ListScreen
from connectome_tui.app.question_screen import QuestionScreen
from connectome_tui.app.session_list import SessionList
from connectome_tui.app.session_list_lines import footer_line_of, header_of, session_lines
from connectome_tui.client.requests import Failure
from connectome_tui.net.items import CatalogItem, ScenarioItem
from connectome_tui.store.state import State
from connectome_tui.widgets.painting import Look

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp
    from connectome_tui.app.chooser import Chooser


class SessionListPane(ListPane[SessionList]):
    """The whole list, from the header to the keys. It keeps what was refused, too."""

    def __init__(self, chooser: "Chooser") -> None:
        self.chooser = chooser
        self.client = client = chooser.client
        super().__init__(SessionList(client.catalog.selector(client.connection)))
        self.message = ""

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        connection = self.client.connection
        self.keep_in_view()
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


class SessionPicker(ListScreen[SessionList], inherit_bindings=False):
    """Refreshes when it opens stale or empty, and follows what the server says of itself."""

    pane: SessionListPane

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

    def show(self, changed: SessionList) -> None:
        """Show another list; what was refused before is over."""
        self.pane.message = ""
        super().show(changed)

    def _tell(self, message: str) -> None:
        self.pane.message = message
        self.pane.redraw()

    # Keys and mouse

    def press(self, key: str) -> bool:
        """Right goes to the flows, Delete begins a scenario anew, Ctrl+R tries again."""
        if key == "right" and self._chooser.has_flows:
            self._chooser.show("flows")
        elif key == "delete":
            self._begin_anew()
        elif key == "ctrl+r":
            self._retry()
        else:
            return False
        return True

    def click_beside(self, x: int, y: int) -> None:
        """A click on the flows goes there."""
        tabs = self._chooser.tabs("sessions")
        if y == TABS_Y and tabs is not None and tabs.at(self.pane.look, x) == "flows":
            self._chooser.show("flows")

    def leave(self) -> None:
        """Go back to the window."""
        self.dismiss()

    # Choosing

    def _retry(self) -> None:
        if self._client.connection.status == "connected":
            self._tell(self._client.catalog.retry())
        else:
            self._client.retry_now()
        self.changed()

    def choose_in_hand(self) -> None:
        """Follow the session in hand, or ask whether to make that of the scenario."""
        row = self.pane.list.chosen
        if self.pane.list.is_disabled or row is None:
            self._tell(self.pane.list.selector.disabled_why or "There is nothing to choose")
        elif isinstance(row, CatalogItem):
            self._select(row.name)
        elif row.trouble:
            self._tell(f"{row.name}: {row.trouble}")
        elif row.made:
            self._loading(self._scenarios.take_up(row.name))
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
        self._loading(self._scenarios.load(row.name, reset=reset))

    def _loading(self, refused: Failure | None) -> None:
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
