"""Choosing the flow that a shared session steps, for all who follow it (SPAN-7)."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from connectome_tui.app.chooser_tabs import TABS_Y
from connectome_tui.app.flow_choosing import FlowChoosing
from connectome_tui.app.flow_list import FlowList, first_choice
from connectome_tui.app.flow_list_pane import KEYS, FlowListPane
from connectome_tui.app.question_screen import QuestionScreen
from connectome_tui.app.session_list_lines import footer_message_line, header_of
from connectome_tui.client.flows import MOST_FLOWS, FlowListing
from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import Failure
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.events.numbers import grouped
from connectome_tui.net.command_codec import OpenFlow
from connectome_tui.net.flows import FlowsSource
from connectome_tui.widgets.footer import KeyHint, keys_line
from connectome_tui.widgets.painting import CellLine, Look

if TYPE_CHECKING:
    from connectome_tui.app.chooser import Chooser

SHARED_KEYS: Final = (*KEYS[:5], KeyHint("←", "sessions", 6), *KEYS[5:])
FETCHING: Final = "The flows are being fetched …"


class SharedFlowPane(FlowListPane):
    """The list of flows, with the server above it and what was just refused below."""

    def __init__(self, chooser: "Chooser") -> None:
        session = chooser.client.connection.active_session or ""
        super().__init__(FlowsSource(name=session, format=""), FlowList(()))
        self._chooser = chooser
        self.message = FETCHING

    def header_line(self, look: Look, width: int) -> CellLine:
        connection = self._chooser.client.connection
        return header_of(look, width, connection.address, connection.user)

    def line_above(self, look: Look, width: int) -> CellLine:
        tabs = self._chooser.tabs("flows")
        return look.line(width) if tabs is None else tabs.line(look, width)

    def footer_line(self, look: Look, width: int) -> CellLine:
        return footer_message_line(look, width, self.message) if self.message else keys_line(look, width, SHARED_KEYS)


class SharedFlowPicker(FlowChoosing, inherit_bindings=False):
    """Fetches the flows when it opens; Enter has the session step one."""

    pane: SharedFlowPane

    def __init__(self, chooser: "Chooser") -> None:
        super().__init__()
        self._chooser = chooser
        self._client = chooser.client
        self._end_fetching: Callable[[], None] = lambda: None
        self._has_listed = False
        self._is_cut_off = False
        self.pane = SharedFlowPane(chooser)

    def on_mount(self) -> None:
        """Ask for the flows."""
        self._fetch()

    def on_unmount(self) -> None:
        """The rest is of no interest."""
        self._end_fetching()

    def _fetch(self) -> None:
        self._end_fetching()
        fetching = self._client.fetch_flows(lambda listing: self._chooser.soon(lambda: self._came(listing)))
        if isinstance(fetching, Failure):
            self._tell(fetching.message)
        else:
            self._end_fetching = fetching

    def _came(self, listing: FlowListing | Failure) -> None:
        if not self.is_attached:
            return
        if isinstance(listing, Failure):
            self._tell(listing.message)
            return
        pane, flows = self.pane, listing.flows
        if listing.source is not None:
            pane.source = listing.source
        if self._has_listed:
            changed = replace(pane.list, flows=flows).typed(pane.list.query)
        else:
            self._has_listed = True
            changed = FlowList(flows, pane.list.query, at=first_choice(flows)).at_flow(self._stepped)
        pane.message = "" if listing.is_whole else FETCHING
        if listing.is_whole and listing.total > MOST_FLOWS:
            pane.message = f"These are the first {grouped(MOST_FLOWS)} of {grouped(listing.total)} flows"
        pane.show(changed)

    @property
    def _stepped(self) -> str:
        flow = self._client.store.shared_state.flow
        return ALL_FLOWS if flow is None else flow.id

    def changed(self) -> None:
        """The connection may be another: while nothing can be asked it says why, and then fetches anew."""
        refused, was_cut_off = self._client.why_not(writes=False), self._is_cut_off
        self._is_cut_off = refused is not None
        if refused is not None:
            self._tell(refused.message)
        elif was_cut_off:
            self._tell(FETCHING)
            self._fetch()

    def _tell(self, message: str) -> None:
        self.pane.message = message
        self.pane.redraw()

    def show(self, changed: FlowList) -> None:
        """Show another list; what was told of the one before is over."""
        if self.pane.message != FETCHING:
            self.pane.message = ""
        super().show(changed)

    # Keys and mouse

    def press(self, key: str) -> bool:
        """Left goes to the sessions, Ctrl+R fetches again."""
        if key == "left":
            self._chooser.show("sessions")
        elif key == "ctrl+r" and self._client.connection.status == "connected":
            self._fetch()
        elif key == "ctrl+r":
            self._client.retry_now()
        else:
            return key == "right" or super().press(key)
        return True

    def click_beside(self, x: int, y: int) -> None:
        """A click on the sessions goes there."""
        tabs = self._chooser.tabs("flows")
        if y == TABS_Y and tabs is not None and tabs.at(self.pane.look, x) == "sessions":
            self._chooser.show("sessions")

    def leave(self) -> None:
        """Go back to the window."""
        self.dismiss()

    # Choosing

    def choose(self, flow_id: str) -> None:
        """Have the session step it; where others are here and see a log, that is asked about."""
        refused = self._client.why_not()
        if refused is not None:
            self._tell(refused.message)
            return
        state, here = self._chooser.host.state, self._chooser.host.standing.count_here
        if here > 1 and len(state.ledger):
            now = "this one" if state.flow is None else state.flow.title
            question = (
                f"Open {self._title(flow_id)} for all {here} who are here? It takes the place of {now} and its log."
            )
            self.app.push_screen(QuestionScreen(question, {"enter": ("yes", lambda: self._open(flow_id))}))
        else:
            self._open(flow_id)

    def _open(self, flow_id: str) -> None:
        sent = self._client.send(
            OpenFlow(flow_id), lambda answer: self._chooser.soon(lambda: self._answered(flow_id, answer))
        )
        self._tell(sent.message if isinstance(sent, Failure) else f"Opening {self._title(flow_id)} …")

    def _answered(self, flow_id: str, answer: Answer) -> None:
        if not answer.accepted and not self.is_attached:
            self._chooser.host.say(f"{self._title(flow_id)}: {answer.message}", "warn")
        elif not answer.accepted:
            self._tell(answer.message)
        elif self.is_active:
            self.dismiss()
        elif self.is_attached:
            self._tell("")

    def _title(self, flow_id: str) -> str:
        return next((flow.title for flow in self.pane.list.flows if flow.id == flow_id), "all flows")
