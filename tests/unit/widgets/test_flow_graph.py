"""The flow graph as a pane: it follows commits, repaints what changed, and answers to mouse and keys."""

import pytest
from textual.geometry import Region

from connectome_tui.engine.commands import Inspect
from connectome_tui.events.topology import ZONES, Edge, Node, Topology
from connectome_tui.graph.detail_levels import Level
from connectome_tui.graph.picture import lay_out
from connectome_tui.session import SteppedSession
from connectome_tui.widgets.glyphs import ASCII
from connectome_tui.widgets.palette import NO_COLOUR
from tests.factories import make_event, make_flow
from tests.unit.widgets.graph_host import GraphHost
from tests.unit.widgets.stepped import stepped

SIZE = (120, 20)


def host(steps: int = 0, session: SteppedSession | None = None, **options: object) -> GraphHost:
    """The pane with the small checkout in it."""
    return GraphHost(session or stepped(steps=steps), **options)  # type: ignore[arg-type]


def place_of(app: GraphHost, text: str) -> tuple[int, int]:
    """The cell in which a text begins."""
    return next((line.index(text), y) for y, line in enumerate(app.text()) if text in line)


async def test_it_shows_the_flow_before_the_first_step() -> None:
    """SCREENS "before the first step": every card and zone is there."""
    app = host()
    async with app.run_test(size=SIZE):
        text = "\n".join(app.text())
    assert all(title in text for title in ("gateway", "api", "worker", "sqlite", "BACKEND", "GRAPH"))


async def test_stepping_changes_styles_alone() -> None:
    """GRAPH-3: no step moves a card; only labels, marks and heavy lines come and go."""
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        titles = ("gateway", "api ", "worker", "sqlite")
        before = [place_of(app, title) for title in titles]
        for _ in range(4):
            app.step()
            await pilot.pause()
            assert [place_of(app, title) for title in titles] == before


async def test_a_step_repaints_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """SCREENS "Drawing": a step repaints the cards and the edge that changed, not the pane."""
    app = host(steps=1)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted: list[Region] = []
        monkeypatch.setattr(app.graph, "repaint", lambda *regions: painted.extend(regions))
        app.step()
        assert 0 < sum(region.area for region in painted) < 400
        painted.clear()
        app.session.store.set_health_badges({})
        assert painted == []


async def test_what_is_painted_is_what_a_fresh_pane_shows() -> None:
    """STORE-4: after any steps and looks back the pane shows what it would show opened there."""
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        for move in (None, None, None, 1, 2, None, 0):
            if move is None:
                app.step()
            else:
                app.session.engine.dispatch_runtime_command(Inspect(app.state.ledger.start + move))
            await pilot.pause()
            followed = [app.graph.draw_line(y) for y in range(SIZE[1])]
            app.graph.fit()
            assert followed == [app.graph.draw_line(y) for y in range(SIZE[1])]


async def test_a_click_selects_a_card_or_an_edge() -> None:
    """Issue 2: cards and edges are chosen with the mouse, by message; the rest of the pane is nothing."""
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(app.graph, offset=place_of(app, "worker"))
        x, y = place_of(app, "─▶")
        await pilot.click(app.graph, offset=(x, y))
        await pilot.click(app.graph, offset=(0, 19))
        await pilot.pause()
    assert app.chosen == ["service:worker", "service:gateway→service:api"]


async def test_drag_wheel_and_keys_pan_and_fit_returns() -> None:
    """Issue 2: the drawing follows the hand, and `f` frames it again."""
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        home = place_of(app, "worker")
        await pilot.mouse_down(app.graph, offset=(60, 18))
        await pilot.hover(app.graph, offset=(57, 17))
        await pilot.mouse_up(app.graph, offset=(57, 17))
        assert place_of(app, "worker") == (home[0] - 3, home[1] - 1)
        assert app.chosen == []
        app.graph.pan(-3, -1)
        assert place_of(app, "worker") == home
        app.graph.pan(10, 2)
        app.graph.fit()
        assert place_of(app, "worker") == home


async def test_zoom_takes_the_next_level() -> None:
    """SCREENS "Levels of detail": `+` and `-` change the level, down to one card for each zone."""
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        levels = []
        for by in (-1, -1, -1, -1, -1, 1, 1, 1, 1, 1):
            app.graph.zoom(by)
            await pilot.pause()
            levels.append(app.graph.picture.level if app.graph.picture else None)
        assert levels[:5] == [Level.DETAIL, Level.TITLE, Level.CHIP, Level.ZONES, Level.ZONES]
        assert levels[5:] == [Level.CHIP, Level.TITLE, Level.DETAIL, Level.STEPS, Level.STEPS]


async def test_the_lit_card_is_always_in_view() -> None:
    """Issue 2: in a pane that is too small the view turns to the active node and its edge at every step."""
    names = [f"service:part-{number}" for number in range(8)]
    events = [make_event(at + 1, from_node_id=names[at], to_node_id=names[at + 1]) for at in range(7)]
    app = GraphHost(stepped(make_flow(events), steps=0))
    async with app.run_test(size=(44, 8)) as pilot:
        for at in range(7):
            app.step()
            await pilot.pause()
            assert any(f"part-{at + 1}" in line for line in app.text())


async def test_a_banner_takes_one_row_of_the_drawing_and_gives_it_back() -> None:
    """SCREENS "disconnected": a graph that fitted exactly keeps level and place, and a row of it is cut."""
    fan = [make_event(at, from_node_id="service:gateway", to_node_id=f"service:part-{at}") for at in range(1, 5)]
    app = GraphHost(stepped(make_flow(fan), steps=2))
    levels = {height: lay_out(app.state.topology, (80, height)).level for height in range(6, 30)}
    tall = next(height for height in range(29, 6, -1) if levels[height] != levels[height - 1])
    async with app.run_test(size=(80, tall)) as pilot:
        before = app.text()
        app.graph.lend(1)
        await pilot.resize_terminal(80, tall - 1)
        lent = app.text()
        assert sum(one != other for one, other in zip(lent, before, strict=False)) <= 1
        app.graph.lend(0)
        await pilot.resize_terminal(80, tall)
        assert app.text() == before


async def test_a_resize_lays_out_for_the_new_size() -> None:
    """SCREENS "Levels of detail": less room takes a lower level, and nothing is out of view that fits."""
    app = host(steps=2)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.resize_terminal(70, 11)
        await pilot.pause()
        assert len(app.text()) == 11
        assert all(any(title in line for line in app.text()) for title in ("gateway", "worker", "sqlite"))


async def test_commits_while_out_of_sight_are_caught_up_with() -> None:
    """STORE-4: a pane that comes back shows the newest state."""
    app = host(steps=1)
    async with app.run_test(size=SIZE) as pilot:
        app.graph.display = False
        await pilot.pause()
        app.step(3)
        app.graph.display = True
        await pilot.pause()
        assert any("✗" in line for line in app.text())


async def test_ascii_without_colour() -> None:
    """SCREENS "ASCII": the pane sends nothing but ASCII."""
    app = host(steps=4, palette=NO_COLOUR, glyphs=ASCII)
    async with app.run_test(size=SIZE):
        assert all(line.isascii() for line in app.text())


async def test_a_placard_takes_the_place_of_the_graph() -> None:
    """SCREENS "opening": centred lines and a bar, until the graph is shown again."""
    app = host()
    async with app.run_test(size=SIZE):
        app.graph.show_placard(["Opening a.jsonl", "29 400 spans", "esc cancel"], 0.5)
        text = "\n".join(app.text())
        assert "Opening a.jsonl" in text
        assert " 50 %" in text
        assert "gateway" not in text
        app.graph.hide_placard()
        assert "gateway" in "\n".join(app.text())


def many_parts(count: int) -> Topology:
    """Nodes in a chain, over all zones."""
    nodes = tuple(Node(id=f"n:{at}", title=f"part {at}", kind="n", zone=ZONES[at % 5]) for at in range(count))
    edges = tuple(Edge(from_node_id=f"n:{at}", to_node_id=f"n:{at + 1}", events=1) for at in range(count - 1))
    return Topology(nodes, edges)


async def test_a_large_flow_is_laid_out_in_a_thread_and_folded() -> None:
    """GRAPH.md "By size": the pane says what it does meanwhile, then shows folds, and a click opens one."""
    flow = make_flow(3)
    session = stepped(type(flow)(flow.summary, flow.events, many_parts(500)), steps=0)
    app = GraphHost(session)
    async with app.run_test(size=(160, 60)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = "\n".join(app.text())
        assert "BACKEND +" in text
        await pilot.click(app.graph, offset=place_of(app, "BACKEND +"))
        await pilot.pause()
        assert "AGENTS 100" in "\n".join(app.text()) or "AGENTS +" in "\n".join(app.text())
        assert app.chosen == []
