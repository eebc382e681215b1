"""The main screen: it places the panes, takes the keys, and passes each commit to every pane."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import DockArrangeResult, WidgetPlacement
from textual.screen import Screen
from textual.widget import Widget

from connectome_tui.app.actions.find import FindActions
from connectome_tui.app.actions.look import LookActions
from connectome_tui.app.actions.other import OtherActions
from connectome_tui.app.actions.steps import StepActions
from connectome_tui.app.actions.take import TakeActions
from connectome_tui.app.arrangement import Place, arrange, too_small, wish_for_detail
from connectome_tui.app.commands import Command
from connectome_tui.app.keymap import key_of_event
from connectome_tui.app.opening_lines import nothing_lines, opening_lines
from connectome_tui.app.prompts import PromptPane, Question
from connectome_tui.app.too_small import TooSmallPane
from connectome_tui.app.typed_ahead import pass_on
from connectome_tui.app.views import PaneViews
from connectome_tui.store.state import Pane as PaneName
from connectome_tui.store.state import Selection, State
from connectome_tui.widgets.banner import Banner
from connectome_tui.widgets.detail_panel import DetailPanel
from connectome_tui.widgets.flow_graph import FlowGraph
from connectome_tui.widgets.footer import Footer
from connectome_tui.widgets.header import Header
from connectome_tui.widgets.log_panel import LogPanel
from connectome_tui.widgets.now_bar import NowBar
from connectome_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp


class MainScreen(Screen[None], inherit_bindings=False):
    """Header, graph, Now, log and footer, and the detail panel where there is room for it."""

    BINDINGS: ClassVar = []

    def __init__(self, app: "ConnectomeApp") -> None:
        super().__init__()
        self.header = Header()
        self.banner = Banner()
        self.graph = FlowGraph()
        self.now_bar = NowBar()
        self.log_panel = LogPanel()
        self.detail = DetailPanel()
        self.footer = Footer()
        self._has_banner = False
        self.prompt = PromptPane()
        self.too_small_pane = TooSmallPane()
        self.panes: tuple[Pane, ...] = (
            self.header,
            self.banner,
            self.graph,
            self.now_bar,
            self.log_panel,
            self.detail,
            self.footer,
            self.prompt,
        )
        for pane in self.panes:
            pane.can_focus = False
        self.views = PaneViews(self)
        self.steps = StepActions(app)
        self.look = LookActions(app, self.views)
        self.find = FindActions(app, self)
        self.take = TakeActions(app, app)
        self.other = OtherActions(
            app,
            (
                self.steps.stop_counting,
                self.take.stop_copying,
                self.look.drop_selection,
                self.find.drop_search,
                self.find.drop_filter,
                app.cancel_opening,
            ),
        )

    @property
    def connectome(self) -> "ConnectomeApp":
        """The application."""
        return cast("ConnectomeApp", self.app)

    def compose(self) -> ComposeResult:
        """All panes, once; which of them are seen is a matter of the arrangement."""
        yield from self.panes
        yield self.too_small_pane

    def on_mount(self) -> None:
        """The panes are there: open the source."""
        self.app.app_resume_signal.subscribe(self, self._resumed)
        self.connectome.begin()

    def on_unmount(self) -> None:
        """The program ends, while there is still a loop."""
        self.connectome.ended()

    def _resumed(self, _app: object) -> None:
        """Back from the shell: nothing of what was painted is on the terminal any more."""
        self.app.screen.refresh()

    # From commits to panes

    def on_commit(self, old: State, new: State) -> None:
        """Hand the commit to every pane, so that all paint it in one frame (STORE-4)."""
        for pane in self.panes:
            pane.on_commit(old, new)
        self._show_or_hide_banner()
        if wish_for_detail(old.view) != wish_for_detail(new.view) or (old.flow is None) != (new.flow is None):
            self.refresh(layout=True)

    def _show_or_hide_banner(self) -> None:
        """The banner takes its row from the graph, or gives it back; what it says may be another."""
        has_banner = self.connectome.banner_content is not None
        if has_banner != self._has_banner:
            self._has_banner = has_banner
            self.refresh(layout=True)
        elif has_banner:
            self.banner.redraw()

    def on_tick(self) -> None:
        """Let move what moves between commits."""
        self.now_bar.on_tick()
        self.header.on_tick()
        self.graph.on_tick()
        self._show_or_hide_banner()

    def redraw_marks(self) -> None:
        """How the window stands is another: what says so is drawn anew."""
        for pane in (self.header, self.now_bar, self.detail, self.footer):
            pane.redraw()
        self._show_or_hide_banner()

    def repaint_all(self) -> None:
        """Everything looks different: colours came or went."""
        for pane in self.panes:
            pane.repaint()

    def opening_changed(self) -> None:
        """The opening of the source went on, or ended with nothing to step."""
        app = self.connectome
        if app.session is not None:
            return
        if app.recording is not None and app.recording.complete and not app.recording.flows:
            self.graph.show_placard(nothing_lines(app.recording.name, app.recording.report))
        elif app.opening_progress is not None:
            progress = app.opening_progress
            self.graph.show_placard(opening_lines(app.state.source.name, progress), progress.fraction or 0.0)

    def flow_opened(self) -> None:
        """There is a flow to draw."""
        self.graph.hide_placard()

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Run the command of the key; digits are counts; an open prompt takes every key."""
        event.stop()
        event.prevent_default()
        if pass_on(self, event):
            return
        key = key_of_event(event.key, event.character)
        if self.prompt.question is None:
            self.press(key)
        elif not self.prompt.press(key, event.character, self.find):
            self.refresh(layout=True)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted goes into an open prompt; it is never taken for commands."""
        event.stop()
        if self.prompt.question is not None:
            self.prompt.take(self.prompt.editor.typed(event.text), self.find)

    def ask(self, question: Question, text: str) -> None:
        """Open the prompt in the footer's place."""
        self.connectome.drop_message()
        self.prompt.ask(question, text)
        self.refresh(layout=True)

    def release(self, count: int) -> None:
        """Release so many events; for a hit that lies ahead."""
        self.steps.release(count)

    def press(self, key: str) -> None:
        """Do what a key says, by its name in the key map."""
        if key.isdecimal() and len(key) == 1 and self.steps.type_digit(key):
            self.connectome.drop_message()
            self.footer.redraw()
            return
        command = self.connectome.keymap.command_of.get(key)
        if command is None:
            self._drop_count()
        elif key == "enter" and not self.steps.digits and (self.look.enter() or self.find.step_to_hit()):
            return
        else:
            self.run_command(command)

    def run_command(self, command: Command) -> None:
        """Carry out a command; a count that it does not use is dropped."""
        counted = bool(self.steps.digits)
        for actions in (self.steps, self.look, self.find, self.take, self.other):
            method = getattr(actions, command.action, None)
            if method is not None:
                method()
                break
        else:
            raise AssertionError(f"no action {command.action} for {command.id}")
        if counted:
            self.steps.digits = ""
            self.footer.redraw()

    def _drop_count(self) -> None:
        if self.steps.digits:
            self.steps.take_count()
            self.footer.redraw()

    # Mouse

    def on_log_panel_entry_selected(self, message: LogPanel.EntrySelected) -> None:
        """A row of the log was chosen."""
        message.stop()
        self.look.select(Selection("event", arrival_index=message.arrival_index), "log", open_detail=message.by_mouse)

    def on_flow_graph_node_selected(self, message: FlowGraph.NodeSelected) -> None:
        """A card was clicked."""
        message.stop()
        self.look.select(Selection("node", element_id=message.node_id), "graph", open_detail=True)

    def on_flow_graph_edge_selected(self, message: FlowGraph.EdgeSelected) -> None:
        """An edge was clicked."""
        message.stop()
        self.look.select(Selection("edge", element_id=message.edge_id), "graph", open_detail=True)

    def turn_graph(self, centre: str | None, level: int | None) -> None:
        """Somebody else turned the graph."""
        self.graph.turn_to(centre, level)

    def turn_log(self, arrival_index: int | None) -> None:
        """Somebody else scrolled the log."""
        self.log_panel.turn_to(arrival_index)

    def on_flow_graph_turned(self, message: FlowGraph.Turned) -> None:
        """The user turned the graph."""
        message.stop()
        self.connectome.turned_graph(message.centre, message.level)

    def on_log_panel_scrolled(self, message: LogPanel.Scrolled) -> None:
        """The user scrolled the log."""
        message.stop()
        self.connectome.turned_log(message.arrival_index)

    def on_detail_panel_entry_followed(self, message: DetailPanel.EntryFollowed) -> None:
        """A step that the detail names was chosen."""
        message.stop()
        self.look.select(Selection("event", arrival_index=message.arrival_index), "detail", open_detail=True)

    def on_detail_panel_close_asked(self, message: DetailPanel.CloseAsked) -> None:
        """The word `close` was clicked."""
        message.stop()
        self.look.drop_selection()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click focuses the pane under it."""
        names: dict[Widget, PaneName] = {self.graph: "graph", self.log_panel: "log", self.detail: "detail"}
        name = names.get(event.widget) if event.widget is not None else None
        if name is not None:
            self.look.focus(name)

    # Places

    def arrange(self, size: Size, _optimal: bool = False) -> DockArrangeResult:  # noqa: FBT001, FBT002 -- as in Textual
        """The places of the panes for this size."""
        placed = dict(self._places(size))
        self.graph.lend(int(self.banner in placed))
        placements = [
            WidgetPlacement(
                Region(place.x, place.y, place.width, place.height), NULL_OFFSET, NULL_SPACING, widget, order
            )
            for order, (widget, place) in enumerate(placed.items())
        ]
        return DockArrangeResult(placements, set(placed), NULL_SPACING)

    def _places(self, size: Size) -> Iterator[tuple[Widget, Place]]:
        width, height = size
        if too_small(width, height) is not None:
            yield self.too_small_pane, Place(0, 0, width, height)
            return
        app = self.connectome
        has_banner = app.banner_content is not None
        places = arrange(width, height, banner=has_banner, detail=wish_for_detail(app.state.view))
        yield self.header, places.header
        if places.banner is not None:
            yield self.banner, places.banner
        if places.graph is not None:
            yield self.graph, places.graph
        yield self.now_bar, places.now
        if places.log is not None:
            yield self.log_panel, places.log
        if places.detail is not None:
            yield self.detail, places.detail
        yield (self.footer if self.prompt.question is None else self.prompt), places.footer

    def is_shown(self, pane: PaneName) -> bool:
        """Whether a pane is on the screen."""
        widget = {"graph": self.graph, "log": self.log_panel, "detail": self.detail}[pane]
        return widget in dict(self._places(self.size))
