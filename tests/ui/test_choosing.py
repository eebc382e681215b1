"""Choosing a flow (SPAN-7)."""

from typing import Any

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.picker import Picker
from connectome_tui.events.flow import Flow
from tests.factories import ListRecording, make_event, make_flow
from tests.ui.driving import driven, make_app, pressed, rows, settled, text, typed


def flows() -> list[Flow]:
    """Three requests and a single event."""

    def flow(number: int, title: str, events: int, **fields: Any) -> Flow:
        made = [
            make_event(at, id=f"{title}{at}", at_ms=1000.0 * number + at, duration_ms=10.0 * number, **fields)
            for at in range(1, events + 1)
        ]
        return make_flow(made, flow_id=f"flow-{number}", title=title)

    return [
        flow(1, "GET /products", 5),
        flow(2, "POST /checkout", 9, status="error"),
        flow(3, "POST /refund", 7),
        flow(4, "PUBLISH", 1),
    ]


def list_app() -> ConnectomeApp:
    return make_app(ListRecording(flows()))


def titles(app: ConnectomeApp) -> list[str]:
    """The titles in the list, from top to bottom."""
    known = ("All flows", "GET /products", "POST /checkout", "POST /refund", "PUBLISH")
    return [title for row in rows(app)[5:-1] for title in known if title in row]


async def test_the_picker_opens_first() -> None:
    """With more than one flow the picker opens, "All flows" first, then by start; one flow opens at once."""
    app = list_app()
    async with driven(app):
        assert isinstance(app.screen, Picker)
        assert titles(app) == ["All flows", "GET /products", "POST /checkout", "POST /refund", "PUBLISH"]
        assert "4 flows" in text(app)
    app = make_app(ListRecording(flows()[:1]))
    async with driven(app):
        assert app.state.flow is not None
        assert app.state.flow.title == "GET /products"


async def test_letters_narrow_and_enter_steps() -> None:
    """What is typed, `a` in it too, narrows; Enter opens the flow in hand."""
    app = list_app()
    async with driven(app) as pilot:
        await typed(pilot, "refa")
        assert titles(app) == []
        assert "0 of 4" in text(app)
        await pressed(pilot, "backspace")
        assert titles(app) == ["POST /refund"]
        await pressed(pilot, "enter")
        assert app.state.flow is not None
        assert app.state.flow.id == "flow-3"
        await pressed(pilot, "space")
        assert app.state.cursor == 1


async def test_a_key_behind_enter_is_not_lost() -> None:
    """Keys typed ahead, Enter and Space at once, open the flow and release its first event."""
    app = list_app()
    async with driven(app) as pilot:
        await pressed(pilot, "enter", "space", "space")
        assert app.state.cursor == 2


async def test_tab_goes_through_the_orders() -> None:
    """Tab sorts by duration, events and errors, largest first, and back by start; the flow in hand stays in hand."""
    app = list_app()
    async with driven(app) as pilot:
        await pressed(pilot, "tab")
        assert titles(app)[1:] == ["PUBLISH", "POST /refund", "POST /checkout", "GET /products"]
        assert "took ▾" in text(app)
        await pressed(pilot, "tab")
        assert titles(app)[1:] == ["POST /checkout", "POST /refund", "GET /products", "PUBLISH"]
        await pressed(pilot, "tab", "tab")
        assert "start ▴" in text(app)
        in_hand = next(row for row in rows(app) if row.startswith("▌"))
        assert "POST /checkout" in in_hand


async def test_escape_clears_then_leaves() -> None:
    """Escape drops what was typed; with nothing typed it goes back to the flow, or ends the program without one."""
    app = list_app()
    async with driven(app) as pilot:
        await typed(pilot, "ref")
        await pressed(pilot, "escape")
        assert len(titles(app)) == 5
        await pressed(pilot, "enter", "n", "o", "escape")
        assert app.screen is app.main_screen
        assert app.state.cursor == 1
    app = list_app()
    async with driven(app) as pilot:
        await pressed(pilot, "escape")
        await pilot.pause()
        assert not app.is_running


async def test_a_click_takes_a_flow_in_hand_and_the_next_opens_it() -> None:
    """The mouse chooses as the keys do."""
    app = list_app()
    async with driven(app) as pilot:
        line = next(y for y, row in enumerate(rows(app)) if "POST /refund" in row)
        await pilot.click(offset=(20, line))
        await pilot.click(offset=(20, line))
        await settled(pilot, lambda: app.state.flow is not None)
        assert app.state.flow is not None
        assert app.state.flow.id == "flow-3"


async def test_another_flow_is_chosen_later() -> None:
    """O opens the picker over a stepped flow; the flow chosen there begins at its start with an empty log."""
    app = list_app()
    async with driven(app) as pilot:
        await pressed(pilot, "enter", "n", "n", "o", "end", "enter")
        assert app.state.flow is not None
        assert app.state.flow.title == "PUBLISH"
        assert (app.state.cursor, len(app.state.ledger)) == (0, 0)
        assert "Nothing released yet" in text(app)


async def test_the_flow_named_on_the_command_line_opens() -> None:
    """`--flow ID` opens that flow without the picker; an unknown id is an error that names it."""
    app = make_app(ListRecording(flows()), flow_id="flow-2")
    async with driven(app):
        assert app.state.flow is not None
        assert app.state.flow.id == "flow-2"
    app = make_app(ListRecording(flows()), flow_id="nowhere")
    async with app.run_test() as pilot:
        await pilot.pause()
    assert app.source_error is not None
    assert "nowhere" in str(app.source_error)


async def test_steps_asked_for_are_released_in_the_flow_that_is_chosen() -> None:
    """`--at N` waits for the choice and then holds for that flow."""
    app = make_app(ListRecording(flows()), at=4)
    async with driven(app) as pilot:
        await pressed(pilot, "enter")
        await settled(pilot, lambda: app.state.cursor == 4)
