"""An application with nothing but the flow graph in it."""

from textual.app import App, ComposeResult

from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import Flow
from connectome_tui.session import SteppedSession
from connectome_tui.store.state import State
from connectome_tui.widgets.flow_graph import FlowGraph
from connectome_tui.widgets.glyphs import UNICODE, Glyphs
from connectome_tui.widgets.palette import DARK, Palette
from connectome_tui.widgets.standing import ALONE, Standing


class GraphHost(App[None]):
    """Hands each commit to the pane, as the application does, and notes what is chosen."""

    def __init__(self, session: SteppedSession, *, palette: Palette = DARK, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.session, self.palette, self.glyphs = session, palette, glyphs
        self.graph = FlowGraph()
        self.standing: Standing = ALONE
        self.chosen: list[str] = []
        session.store.subscribe(self._on_commit)

    @property
    def state(self) -> State:
        """The newest state."""
        return self.session.store.state

    @property
    def flow(self) -> Flow | None:
        """What is stepped."""
        return self.session.flow

    def now_ms(self) -> float:
        """Nothing moves here."""
        return 0.0

    def compose(self) -> ComposeResult:
        yield self.graph

    def step(self, count: int = 1) -> None:
        """Release so many events."""
        for _ in range(count):
            self.session.engine.dispatch_runtime_command(NextStep())

    def text(self) -> list[str]:
        """What the pane shows."""
        return [self.graph.draw_line(y).text for y in range(self.graph.size.height)]

    def on_flow_graph_node_selected(self, message: FlowGraph.NodeSelected) -> None:
        """Note a node."""
        self.chosen.append(message.node_id)

    def on_flow_graph_edge_selected(self, message: FlowGraph.EdgeSelected) -> None:
        """Note an edge."""
        self.chosen.append(message.edge_id)

    def _on_commit(self, old: State, new: State) -> None:
        if self.is_running:
            self.graph.on_commit(old, new)
