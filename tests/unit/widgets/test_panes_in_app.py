"""The panes in an application: what they repaint, how they scroll, what they say when clicked."""

from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.geometry import Region

from connectome_tui.engine.commands import Inspect, InspectBy, NextStep, RuntimeCommand
from connectome_tui.events.flow import EventDetail, Flow
from connectome_tui.session import SteppedSession
from connectome_tui.store.state import FilterState, Selection, State
from connectome_tui.widgets.detail_panel import DetailPanel
from connectome_tui.widgets.footer import Footer, FooterContent, KeyHint
from connectome_tui.widgets.glyphs import UNICODE, Glyphs
from connectome_tui.widgets.header import Header
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.log_panel import LogPanel
from connectome_tui.widgets.now_bar import NowBar
from connectome_tui.widgets.palette import DARK, Palette
from connectome_tui.widgets.standing import ALONE, Standing
from tests.factories import make_event, make_flow
from tests.unit.widgets.stepped import FLOW_START_MS, stepped


class PanesApp(App[None]):
    """A host of panes that does nothing else."""

    CSS = """
    Screen { layout: vertical; }
    Header, Footer { height: 1; }
    NowBar { height: 4; }
    LogPanel { height: 10; }
    DetailPanel { height: 1fr; }
    """
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, session: SteppedSession) -> None:
        super().__init__()
        self.session = session
        self.palette: Palette = DARK
        self.glyphs: Glyphs = UNICODE
        self.footer_content = FooterContent((KeyHint("space", "next", 9),))
        self.clock_ms = FLOW_START_MS
        self.selected: list[int] = []
        self.followed: list[int] = []
        self.log_panel, self.now_bar, self.detail = LogPanel(), NowBar(), DetailPanel()
        self.panes: list[LinePane] = [Header(), self.now_bar, self.log_panel, self.detail, Footer()]
        session.store.subscribe(self._on_commit)

    @property
    def state(self) -> State:
        return self.session.store.state

    @property
    def flow(self) -> Flow:
        return self.session.flow

    @property
    def standing(self) -> Standing:
        return ALONE

    def now_ms(self) -> float:
        return self.clock_ms

    def compose(self) -> ComposeResult:
        yield from self.panes

    def _on_commit(self, old: State, new: State) -> None:
        for pane in self.panes:
            pane.on_commit(old, new)

    def dispatch(self, command: RuntimeCommand) -> None:
        self.session.engine.dispatch_runtime_command(command)

    def look(self, **changes: Any) -> None:
        """Commit another view."""
        fields = {name: getattr(self.state.view, name) for name in self.state.view.__dataclass_fields__}
        self.session.store.set_view(type(self.state.view)(**fields | changes))

    def on_log_panel_entry_selected(self, message: LogPanel.EntrySelected) -> None:
        self.selected.append(message.arrival_index)
        self.look(selection=Selection("event", message.arrival_index))

    def on_detail_panel_entry_followed(self, message: DetailPanel.EntryFollowed) -> None:
        self.followed.append(message.arrival_index)

    def texts(self, pane: LinePane) -> list[str]:
        """What a pane shows."""
        return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


def app_of(events: int, steps: int) -> PanesApp:
    return PanesApp(stepped(make_flow(events, flow_id="f"), steps))


def repaints(pane: LinePane) -> list[Region]:
    """Note the regions that a pane asks to repaint from now on."""
    asked: list[Region] = []
    refresh = pane.refresh

    def noting(*regions: Region, **options: Any) -> LinePane:
        asked.extend(regions or (pane.size.region,))
        return refresh(*regions, **options)

    pane.refresh = noting  # type: ignore[method-assign]
    return asked


async def test_a_step_repaints_no_more_than_what_changed() -> None:
    """Header, footer and the rows that stay are not sent again; the log's new row is."""
    app = app_of(10, 3)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        asked = [repaints(pane) for pane in app.panes]
        app.dispatch(NextStep())
        assert asked[0] == asked[4] == []
        assert sorted({region.y for region in asked[2]}) == [0, 3, 4]
        assert [region.width for region in asked[2] if region.y == 0] == [1]
        await pilot.pause()
        assert "call 4" in app.texts(app.log_panel)[4]


async def test_a_commit_that_a_pane_does_not_show_repaints_nothing() -> None:
    """Slices are compared by identity: another badge leaves the log alone."""
    app = app_of(10, 3)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        asked = repaints(app.log_panel)
        app.session.store.set_health_badges(dict(app.state.health_badges))
        assert asked == []


async def test_the_log_follows_until_it_is_scrolled() -> None:
    """New rows push old ones up; scrolled it stays, says what is newer, and follows again at the end."""
    app = app_of(40, 30)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "call 30" in app.texts(app.log_panel)[-1]
        app.log_panel.scroll_rows(-5)
        app.dispatch(NextStep())
        lines = app.texts(app.log_panel)
        assert "↓ 6 newer" in lines[0]
        assert "call 25" in lines[-1]
        app.log_panel.scroll_to_bottom()
        app.dispatch(NextStep())
        assert "call 32" in app.texts(app.log_panel)[-1]
        app.log_panel.scroll_to_top()
        assert "call 1 " in app.texts(app.log_panel)[1] + " "


async def test_the_wheel_scrolls_the_log() -> None:
    """Three rows a notch, both ways."""
    app = app_of(40, 30)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot._post_mouse_events([_wheel_up()], app.log_panel, offset=(5, 5))
        assert "call 27" in app.texts(app.log_panel)[-1]


def _wheel_up() -> Any:
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_a_click_selects_a_row() -> None:
    """The row says which entry it is; the rule, and rows that are no events, say nothing."""
    events = [make_event(1, at_ms=0.0), make_event(2, at_ms=5000.0)]
    app = PanesApp(stepped(make_flow(events, flow_id="f")))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for y in (0, 1, 2, 3, 7):
            await pilot.click(app.log_panel, offset=(10, y))
        assert app.selected == [0, 1]
        assert app.texts(app.log_panel)[3].startswith("▌")


async def test_keys_move_the_selection() -> None:
    """First the row in focus, then its neighbours, never beyond the ends, and always in view."""
    app = app_of(40, 30)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for delta in (-1, -1, -1, 1, 9):
            app.log_panel.move_selection(delta)
            await pilot.pause()
        app.log_panel.select_first()
        await pilot.pause()
        assert app.selected == [29, 28, 27, 28, 29, 0]
        assert app.texts(app.log_panel)[1].startswith("▌")


async def test_looking_back_brings_the_row_into_view() -> None:
    """The row looked at is on the screen, and at the head the log follows again (ENGINE-8)."""
    app = app_of(40, 30)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.dispatch(Inspect(3))
        assert [line[:1] for line in app.texts(app.log_panel)].count("▌") == 1
        app.dispatch(InspectBy(-1))
        assert any(line.startswith("▌") and "call 3 " in line + " " for line in app.texts(app.log_panel))
        app.dispatch(Inspect(None))
        assert "call 30" in app.texts(app.log_panel)[-1]


async def test_a_filter_comes_and_goes() -> None:
    """Rows that do not pass are gone while it lasts, and all are back after it."""
    app = app_of(10, 8)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.look(log_filter=FilterState("x", (2, 5)))
        assert len([line for line in app.texts(app.log_panel)[1:] if line]) == 2
        app.look(log_filter=None)
        assert len([line for line in app.texts(app.log_panel)[1:] if line]) == 8


async def test_time_moves_the_wait_bar_alone() -> None:
    """Between commits only the cells of the bar are painted again (WAIT-1)."""
    app = PanesApp(stepped(make_flow(3, flow_id="f", waits_on_clock=True, wait_actions={0: "start"}), 1))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        asked = repaints(app.now_bar)
        app.clock_ms += 1700
        app.now_bar.on_tick()
        assert {region.y for region in asked} == {1}
        assert app.texts(app.now_bar)[1].endswith("1.7 s")


async def test_another_theme_draws_everything_anew() -> None:
    """What was drawn in one palette is never shown in another."""
    app = app_of(10, 3)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        from connectome_tui.widgets.palette import NO_COLOUR

        app.palette = NO_COLOUR
        for pane in app.panes:
            pane.repaint()
            for y in range(pane.size.height):
                assert all(style is None or style.color is None for _, style, _ in pane.render_line(y))


async def test_the_detail_scrolls_opens_and_follows() -> None:
    """A long value opens in place, a step is followed by message, and another subject begins at the top."""
    details = {3: EventDetail(attributes={f"key{number}": "x" * 900 for number in range(5)})}
    app = PanesApp(stepped(make_flow(6, flow_id="f", details=details), 4))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Detail · event 4" in app.texts(app.detail)[0]
        app.detail.move_cursor(1)
        app.detail.activate()
        await pilot.pause()
        assert app.followed == [2]
        app.detail.move_cursor(1)
        app.detail.activate()
        assert any("enter closes" in line for line in app.texts(app.detail))
        app.detail.scroll_to_bottom()
        assert "e4" in "".join(app.texts(app.detail)[-3:])
        app.dispatch(NextStep())
        assert "Detail · event 5" in app.texts(app.detail)[0]
        assert "call 5" in app.texts(app.detail)[2]


async def test_a_click_in_the_detail() -> None:
    """What can be followed or opened can be clicked."""
    app = app_of(6, 4)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = app.texts(app.detail)
        y = next(number for number, line in enumerate(lines) if line.startswith("  parent"))
        await pilot.click(app.detail, offset=(lines[y].index("3"), y))
        await pilot.click(app.detail, offset=(3, y))
        assert app.followed == [2]
