"""The flow graph (GRAPH-1 to GRAPH-4, SCREENS "Graph"): it maps tokens to styles and turns the view, no more."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from connectome_tui.events.topology import Topology, Zone
from connectome_tui.graph.attention import wanted_in_view
from connectome_tui.graph.centring import centred, node_in_the_middle
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.folding import is_fold
from connectome_tui.graph.look_selectors import select_looks, select_next_looks, select_shown_index
from connectome_tui.graph.looks import Looks
from connectome_tui.graph.picture import Picture, fit, lay_out, refit
from connectome_tui.graph.viewport import Viewport, fitted, turned_to
from connectome_tui.store.state import Selection, State
from connectome_tui.widgets.flow_graph_growth import YOUNG, Growth, steadied
from connectome_tui.widgets.flow_graph_lending import Lending
from connectome_tui.widgets.flow_graph_mouse import MouseViewing
from connectome_tui.widgets.flow_graph_placard import Placard, draw_placard
from connectome_tui.widgets.flow_graph_rows import GraphRows, GraphView
from connectome_tui.widgets.painting import Look

INLINE_BELOW: Final = 60
"""Topologies of fewer nodes are laid out at once, larger ones in a thread."""


class FlowGraph(MouseViewing, can_focus=True):
    """Cards in zones and the edges between them. Cards move when the topology, the size or the zoom changes."""

    fades = True

    class NodeSelected(Message):
        """A card was clicked."""

        def __init__(self, node_id: str) -> None:
            super().__init__()
            self.node_id = node_id

    class EdgeSelected(Message):
        """An edge was clicked."""

        def __init__(self, edge_id: str) -> None:
            super().__init__()
            self.edge_id = edge_id

    class Turned(Message):
        """The user turned the view: the node in its middle (None: the whole is fitted), and the level if chosen."""

        def __init__(self, centre: str | None, level: int | None) -> None:
            super().__init__()
            self.centre = centre
            self.level = level

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (the name that Textual gives it)
        super().__init__(id=id)
        self._wanted_view: tuple[str | None, int | None] | None = None
        self._level: int | None = None
        self._placard: Placard | None = None
        self._topology: Topology | None = None
        self._open_zone: Zone | None = None
        self._picture: Picture | None = None
        self._picture_size: tuple[int, int] = (0, 0)
        self._shown: State | None = None
        self._rows: GraphRows | None = None
        self._bare: list[Strip] = []
        self._drawn_for: tuple[Size, Look] | None = None
        self._growth = Growth()
        self._lending = Lending()

    @property
    def picture(self) -> Picture | None:
        """What is drawn; None while nothing is, or while it is being laid out."""
        return self._picture

    # What the application calls

    def on_commit(self, old: State, new: State) -> None:  # noqa: ARG002  (compared with what is shown)
        """Redraw the cards and edges that the commit changed, and turn the view to what is lit."""
        if not self.is_mounted or not self.size:
            self._drawn_for = None
            self.drop_painted()
            return
        rows, shown = self._rows, self._shown
        if rows is None or shown is None or self._is_outdated(new):
            self._show(new)
            self.repaint()
            return
        looks = select_next_looks(shown, new, rows.view.picture, rows.view.looks)
        moved = select_shown_index(shown) != select_shown_index(new) or shown.session_id != new.session_id
        viewport = rows.view.viewport
        if moved:
            viewport = turned_to(viewport, rows.view.picture, wanted_in_view(rows.view.picture, looks))
        if new.view.selection != shown.view.selection:
            viewport = _turned_to_selected(viewport, rows.view.picture, new.view.selection)
        self._shown = new
        self._change(looks, viewport, with_minimap=rows.view.with_minimap and not moved)

    def reveal(self, node_id: str) -> None:
        """Turn the view to a card that is out of it."""
        if self._rows is not None:
            view = self._rows.view
            viewport = _turned_to_selected(view.viewport, view.picture, Selection("node", element_id=node_id))
            if viewport != view.viewport:
                self._change(view.looks, viewport, with_minimap=view.with_minimap)
                self._tell_turned()

    def lend(self, rows: int) -> None:
        """The banner takes so many rows of the pane's height, or gives them back."""
        self._lending.rows = rows

    def pan(self, columns: int, rows: int) -> None:
        """Move the view by so many cells; a map in the corner shows where it is."""
        if self._rows is None:
            return
        view = self._rows.view
        viewport = view.viewport.moved(view.picture, view.viewport.x - columns, view.viewport.y - rows)
        self._change(view.looks, viewport, with_minimap=not _shows_all(viewport, view.picture))
        self._tell_turned()

    def zoom(self, by: int) -> None:
        """Take the next level of detail (`by` > 0: more). Below chips every zone is one card."""
        if self._picture is not None:
            self._take_level(self._picture.level + by)
            self._tell_turned()

    def fit(self) -> None:
        """Frame all zones at the highest level of detail at which they are inside the pane (GRAPH-3)."""
        self._fit()
        self.post_message(self.Turned(None, None))

    def turn_to(self, centre: str | None, level: int | None) -> None:
        """Show what another window shows: a node in the middle, at a level; fitted without one. Nobody is told."""
        self._wanted_view = (centre, level)
        if self._rows is None:
            return
        self._wanted_view = None
        if level is None and (centre is None or self._level is not None):
            self._fit()
        elif level is not None:
            self._take_level(level)
        if centre is not None:
            view = self._rows.view
            viewport = centred(view.viewport, view.picture, centre)
            self._change(view.looks, viewport, with_minimap=not _shows_all(viewport, view.picture))

    def _tell_turned(self) -> None:
        if self._rows is not None:
            view = self._rows.view
            self.post_message(self.Turned(node_in_the_middle(view.picture, view.viewport), self._level))

    def _take_level(self, wanted: int) -> None:
        picture = self._picture
        if picture is None or self._topology is None:
            return
        level = Level(max(Level.ZONES, min(Level.STEPS, wanted)))
        self._level = int(level)
        if level == picture.level:
            return
        if Level.ZONES in (level, picture.level):
            self._adopt(lay_out(self._topology, self._pane_size, level=level, open_zone=self._open_zone))
        else:
            self._adopt(fit(picture.plan, self._pane_size, level=level, reference=picture.arrangement))

    def _fit(self) -> None:
        picture = self._picture
        self._level = None
        if picture is None or self._topology is None:
            return
        if picture.level == Level.ZONES or self._open_zone is not None or self._growth.grown:
            self._growth.grown = False
            self._open_zone = None
            self._adopt(lay_out(self._topology, self._pane_size))
        else:
            self._adopt(fit(picture.plan, self._pane_size, reference=picture.arrangement))

    def show_placard(self, lines: Sequence[str], fraction: float | None = None) -> None:
        """Show centred lines in place of the graph, the first of them bold; `fraction` adds a bar below it."""
        self._placard = Placard(tuple(lines), fraction)
        self._redraw()

    def hide_placard(self) -> None:
        """Show the graph again."""
        self._placard = None
        self._redraw()

    # Drawing

    def draw_line(self, y: int) -> Strip:
        state = self.host.state
        if self._drawn_for != (self.size, self.look) or self._is_outdated(state):
            self._show(state)
        elif self._shown is not state and self._placard is None:
            # Commits went by while the pane was out of sight.
            self._show(state)
            self.refresh()
        strips = self._rows.strips if self._rows else self._bare
        return strips[y] if y < len(strips) else Strip.blank(self.size.width)

    @property
    def _pane_size(self) -> tuple[int, int]:
        return self.size.width, self.size.height

    def _is_outdated(self, state: State) -> bool:
        if self._placard is not None:
            return False
        if self._picture is not None and not self._lending.keeps(self._picture_size, self._pane_size):
            return True
        if state.topology is self._topology:
            return False
        return not self._grows(state) or self._growth.is_due(self.host.now_ms())

    def _grows(self, state: State) -> bool:
        """Whether the flow that is shown has more parts now, so that its picture is kept until the next one."""
        shown = self._shown
        return shown is not None and shown.session_id == state.session_id and state.cursor > 0 and bool(self._picture)

    @property
    def layout_due_ms(self) -> float | None:
        """When a picture that grew is to be laid out; None while it shows everything."""
        state = self.host.state
        if not self.size or self._placard is not None or state.topology is self._topology or not self._grows(state):
            return None
        return self._growth.due_ms

    def on_tick(self) -> None:
        """Time went on: lay out what grew meanwhile."""
        if self.is_mounted and self.size and self._is_outdated(self.host.state):
            self._redraw()

    def _show(self, state: State) -> None:
        """Draw everything anew, with a new layout where topology or size ask for one."""
        look, focused = self.look, state.view.focused_pane == "graph"
        if self._placard is None:
            self._ensure_picture(state)
        self._shown, self._drawn_for = state, (self.size, look)
        placard = self._placard or self._waiting_placard()
        if placard is not None or self._picture is None:
            self._rows = None
            self._bare = draw_placard(placard, look, self.size, focused=focused)
            return
        looks = select_looks(state, self._picture)
        before = self._rows.view if self._rows else None
        viewport = fitted(self._picture, *self._pane_size)
        if before is not None and before.viewport.width == self.size.width:
            if before.picture is self._picture:
                viewport = self._lending.viewport(before.viewport, self._picture, self.size.height)
            elif self._growth.grown:
                viewport = steadied(before.viewport, before.picture, self._picture, viewport)
        viewport = turned_to(viewport, self._picture, wanted_in_view(self._picture, looks))
        self._lending.shown(viewport)
        self._rows = GraphRows(GraphView(self._picture, looks, viewport, look, focused))
        if self._wanted_view is not None:
            self.call_later(self.turn_to, *self._wanted_view)

    def _change(self, looks: Looks, viewport: Viewport, *, with_minimap: bool) -> None:
        """Draw what differs from what is shown, and repaint it in the frame of this commit."""
        assert self._rows is not None, "there is a picture"
        focused = self.host.state.view.focused_pane == "graph"
        regions = self._rows.change_to(
            GraphView(self._rows.view.picture, looks, viewport, self.look, focused, with_minimap)
        )
        if regions:
            self.repaint(*regions)

    def _redraw(self) -> None:
        if self.is_mounted and self.size:
            self._show(self.host.state)
            self.repaint()

    # Layout

    def _ensure_picture(self, state: State) -> None:
        size = self._pane_size
        if state.topology is not self._topology:
            self._lay_out_new(state)
        if self._picture is None:
            self._picture_size = size
        elif not self._lending.keeps(self._picture_size, size):
            self._picture, self._picture_size = refit(self._picture, size), size

    def _lay_out_new(self, state: State) -> None:
        """Lay out another flow; or the same with more parts, when it is time to, with what there is as its seed."""
        now, previous = self.host.now_ms(), self._picture
        if not self._grows(state):
            self._growth, self._picture, previous = Growth(), None, None
        elif self._growth.is_due(now):
            self._growth.begin(now)
        else:
            return
        self._topology, self._open_zone = state.topology, None
        is_seed = previous is not None and len(previous.cards) > YOUNG
        self._lay_out(state.topology, previous if is_seed else None)
        if self._picture is not previous:
            self._picture_size = self._pane_size

    def _lay_out(self, topology: Topology, previous: Picture | None) -> None:
        if not topology.nodes:
            return
        if len(topology.nodes) < INLINE_BELOW:
            self._picture = lay_out(topology, self._pane_size, previous=previous)
            self._growth.end()
            return
        work = partial(self._lay_out_beside, topology, self._pane_size, previous)
        self.run_worker(work, thread=True, exclusive=True, group="layout")

    def _lay_out_beside(self, topology: Topology, size: tuple[int, int], previous: Picture | None) -> None:
        """Runs in a thread."""
        picture = lay_out(topology, size, previous=previous)
        self.app.call_from_thread(self._adopt_for, topology, picture, size)

    def _adopt_for(self, topology: Topology, picture: Picture, size: tuple[int, int]) -> None:
        if topology is self._topology:
            self._growth.end()
            self._adopt(picture, size)

    def _adopt(self, picture: Picture, size: tuple[int, int] | None = None) -> None:
        self._picture, self._picture_size = picture, size or self._pane_size
        self._redraw()

    def _waiting_placard(self) -> Placard | None:
        if self._picture is None and self._topology is not None and self._topology.nodes:
            return Placard((f"Laying out {len(self._topology.nodes)} parts",))
        return None

    # Choosing

    def choose_at(self, x: int, y: int) -> None:
        """Choose the card or edge in a cell of the pane, by message; a folded zone opens."""
        if self._rows is None:
            return
        picture, viewport = self._rows.view.picture, self._rows.view.viewport
        card = picture.card_at(x - viewport.x, y - viewport.y)
        if card is not None:
            part = picture.cards[card].part
            if is_fold(part.id):
                self._open_fold(part.zone)
            else:
                self.post_message(self.NodeSelected(part.id))
            return
        route = _route_near(picture, self._rows.view.looks, x - viewport.x, y - viewport.y)
        if route is not None:
            self.post_message(self.EdgeSelected(picture.routes[route].way.members[0]))

    def _open_fold(self, zone: Zone) -> None:
        if self._topology is not None:
            self._open_zone = zone
            self._adopt(lay_out(self._topology, self._pane_size, open_zone=zone))


def _route_near(picture: Picture, looks: Looks, x: int, y: int) -> int | None:
    """The edge in a cell or, when there is none, right beside it; of several the one nearest to the light."""
    for cell in ((x, y), (x - 1, y), (x + 1, y)):
        routes = picture.routes_at(*cell)
        if routes:
            return max(routes, key=lambda route: looks.edges[route].stage)
    return None


def _shows_all(viewport: Viewport, picture: Picture) -> bool:
    return viewport.shows((0, 0, picture.width, picture.height))


def _turned_to_selected(viewport: Viewport, picture: Picture, selection: Selection | None) -> Viewport:
    if selection is None or selection.kind != "node":
        return viewport
    card = picture.parts.part_of.get(selection.element_id)
    return viewport if card is None else turned_to(viewport, picture, [picture.cards[card].rect])
