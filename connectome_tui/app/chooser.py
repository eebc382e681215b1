"""What lies over a window to choose from: sessions of its server, or flows of its session (CLIENT-5, SPAN-7)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from textual.screen import Screen

from connectome_tui.app.chooser_tabs import ChooserTabs, Listed
from connectome_tui.app.host import Tone
from connectome_tui.client.scenarios import ScenarioRunner
from connectome_tui.client.window import WindowClient
from connectome_tui.store.state import State
from connectome_tui.widgets.standing import Standing

if TYPE_CHECKING:
    from connectome_tui.app.session_picker import SessionPicker
    from connectome_tui.app.shared_flow_picker import SharedFlowPicker


class ChooserHost(Protocol):
    """What is asked of the application."""

    @property
    def state(self) -> State:
        """The state that is shown."""
        ...

    @property
    def standing(self) -> Standing:
        """How the window stands towards its session."""
        ...

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show a message in the footer."""
        ...

    def show_over(self, screen: Screen[None], then: Callable[[], None]) -> None:
        """Lay a screen over the window; `then` is called when it is gone."""
        ...


class Chooser:
    """Opens one list at a time. `soon` calls back in the application's own context, `on_left` when a list is gone."""

    def __init__(
        self,
        host: ChooserHost,
        client: WindowClient,
        scenarios: ScenarioRunner,
        *,
        soon: Callable[[Callable[[], object]], None],
        on_left: Callable[[], None],
    ) -> None:
        self.host: Final = host
        self.client: Final = client
        self.scenarios: Final = scenarios
        self.soon: Final = soon
        self._on_left = on_left
        self._open: SessionPicker | SharedFlowPicker | None = None
        self._has_chosen = False

    @property
    def is_listing_late(self) -> bool:
        """Whether a list is open that waits for its next try."""
        return self._open is not None and self.client.catalog.freshness.next_allowed_refresh is not None

    def choose(self) -> None:
        """Open the list from which most is chosen: flows where the session has several, else sessions."""
        if self._open is None and self.has_flows:
            self.show("flows")
        elif self._open is None:
            self.show("sessions")

    @property
    def has_flows(self) -> bool:
        """Whether the session in hand has several flows, of which another one can be asked for now."""
        item = self.client.catalog.item(self.client.connection.active_session or "")
        return item is not None and item.flows > 1 and self.client.why_not(writes=False) is None

    def tabs(self, listed: Listed) -> ChooserTabs | None:
        """What stands above a list; None while there is only one."""
        session = self.client.connection.active_session
        return ChooserTabs(session, listed) if session and (listed == "flows" or self.has_flows) else None

    def show(self, listed: Listed, message: str = "") -> None:
        """Open a list, in the place of the other one."""
        from connectome_tui.app.session_picker import SessionPicker
        from connectome_tui.app.shared_flow_picker import SharedFlowPicker

        before = self._open
        screen = self._open = SharedFlowPicker(self) if listed == "flows" else SessionPicker(self, message)

        def lay_over() -> None:
            if before is not None:
                before.dismiss()
            self.host.show_over(screen, lambda: self._left(screen))

        # A list that is gone could not be told that the one in its place has been left.
        lay_over() if before is None else self.soon(lay_over)

    def choose_if_none(self) -> None:
        """Of a server with one session that one is followed; of several, or when one is not there, the user chooses."""
        connection, catalog = self.client.connection, self.client.catalog
        is_undecided = connection.status == "connected" and connection.ready and not connection.active_session
        if not is_undecided or self._has_chosen or self._open is not None or catalog.freshness.stale:
            return
        self._has_chosen = True
        is_refused = connection.last_error_code == "session.unknown"
        if len(catalog.items) == 1 and not is_refused:
            self.client.select(catalog.items[0].name)
        else:
            self.show("sessions", connection.last_error if is_refused else "")

    def changed(self) -> None:
        """The lists, or the connection, may be others; or a second went by."""
        if self._open is not None:
            self._open.changed()

    def _left(self, screen: "SessionPicker | SharedFlowPicker") -> None:
        if self._open is screen:
            self._open = None
            self._on_left()
