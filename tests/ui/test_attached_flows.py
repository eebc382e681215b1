"""Choosing in a window (SPAN-7, CLIENT-5): flows of the session for all, a session for oneself, and what is said."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectome_tui.app.attached_app import AttachedApp
from connectome_tui.app.session_picker import SessionPicker
from connectome_tui.app.shared_flow_picker import SharedFlowPicker
from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.events.flow import ALL_FLOWS, Flow
from connectome_tui.server.keeping import SERVER_ACTOR
from connectome_tui.session import start_session
from connectome_tui.store.state import HealthBadge
from tests.factories import ListRecording, make_event, make_flow
from tests.hosting import LOOK_TOKEN, Stage, acted
from tests.ui.driving_attached import DrivenWindow, Windows, shared

BOTH_SIZES = [(120, 40), (80, 24)]
TITLES = ("All flows", "GET /products", "POST /checkout", "POST /refund")


class Recording(ListRecording):
    """Three requests, which can be stepped one after the other too."""

    def __init__(self) -> None:
        super().__init__([made(1, "GET /products", 5), made(2, "POST /checkout", 9), made(3, "POST /refund", 7)])

    def flow(self, flow_id: str) -> Flow:
        """All of them are a flow of their own."""
        return made(0, "All flows", 21, flow_id=ALL_FLOWS) if flow_id == ALL_FLOWS else super().flow(flow_id)


def made(number: int, title: str, events: int, *, flow_id: str = "") -> Flow:
    listed = [
        make_event(at, id=f"{title}{at}", at_ms=1000.0 * number + at, duration_ms=10.0) for at in range(1, events + 1)
    ]
    return make_flow(listed, flow_id=flow_id or f"flow-{number}", title=title)


def staged(flow_id: str = ALL_FLOWS) -> Stage:
    """A server with that recording."""
    stage = Stage()
    clock = HeldClock(stage.clock)
    stage.host("shop", start_session(Recording(), flow_id, clock=clock), clock=clock)
    return stage


def listed(window: DrivenWindow) -> Sequence[str]:
    """The titles in the list, from top to bottom."""
    return [title for row in window.rows()[5:-1] for title in TITLES if title in row]


async def pressed(windows: Windows, window: DrivenWindow, *keys: str) -> None:
    """Press keys, each in its own turn."""
    for key in keys:
        window.press(key)
        await windows.settle()


@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_o_lists_the_flows_and_enter_steps_one_for_all(size: tuple[int, int]) -> None:
    """The list is that of the picker; what is chosen is stepped in every window, and the others are told who did it."""
    async with shared(stage=staged()) as windows:
        ada, ben = await windows.open("ada", size=size), await windows.open("ben", size=size)
        assert "o flows" in ada.rows()[-1] or size[0] < 100
        await pressed(windows, ada, "o")
        assert isinstance(ada.app.screen, SharedFlowPicker)
        assert listed(ada) == list(TITLES)
        assert "3 flows" in ada.text()
        await pressed(windows, ada, *"refund")
        assert listed(ada) == ["POST /refund"]
        await pressed(windows, ada, "enter")
        for window in (ada, ben):
            assert window.app.screen is window.app.main_screen
            assert "Step 0 of 7" in window.text()
        assert "ada opened POST /refund" in ben.rows()[-1]
        assert "opened" not in ada.rows()[-1]
        await pressed(windows, ben, "n")
        assert "Step 1 of 7" in ada.text()


async def test_a_log_that_others_see_is_not_replaced_unasked() -> None:
    """With others here and something released, it is asked first; alone, or at the beginning, it is not."""
    stage = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada")
        await pressed(windows, ada, "n", "o", "home", "down", "enter")
        assert "Step 0 of 5" in ada.text()
        await windows.open("ben")
        await windows.passed(1000)
        await pressed(windows, ada, "n", "o", "down", "enter")
        assert "Open POST /checkout for all 2 who are here?" in ada.text()
        await pressed(windows, ada, "escape")
        assert isinstance(ada.app.screen, SharedFlowPicker)
        await pressed(windows, ada, "enter", "enter")
        assert "Step 0 of 9" in ada.text()
        await pressed(windows, ada, "o", "a")
        assert "Step 0 of 21" in ada.text()


async def test_the_flow_that_is_stepped_is_in_hand() -> None:
    """The list opens where the session is."""
    async with shared(stage=staged("flow-1")) as windows:
        ada = await windows.open("ada")
        await pressed(windows, ada, "o")
        (row,) = [row for row in ada.rows() if row.startswith("▌")]
        assert "GET /products" in row


async def test_one_click_takes_a_row_in_hand_and_the_next_chooses_it() -> None:
    """A single click does for nobody what it does for all: neither list chooses by it (SPAN-7, CLIENT-5)."""
    stage = staged()
    stage.host("other", events=4)
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", session="shop")
        for keys, title, expected in (("o", "POST /refund", "Step 0 of 7"), (("o", "left"), "other", "Step 0 of 4")):
            await pressed(windows, ada, *keys)
            listing = ada.app.screen
            line = next(y for y, row in enumerate(ada.rows()) if title in row and y > 4)
            await ada.pilot.click(offset=(20, line))
            await windows.settle()
            assert ada.app.screen is listing
            assert ada.rows()[line].startswith("▌")
            await ada.pilot.click(offset=(20, line))
            await windows.settle()
            assert expected in ada.text()


@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_sessions_stand_beside_the_flows(size: tuple[int, int]) -> None:
    """Left leads to the sessions and right back, and so do clicks on their names; a session is one's own choice."""
    stage = staged()
    stage.host("other", events=4)
    async with shared(stage=stage) as windows:
        ada, ben = await windows.open("ada", session="shop", size=size), await windows.open("ben", session="shop")
        await pressed(windows, ada, "o")
        assert "› Flows of shop" in ada.rows()[1]
        await pressed(windows, ada, "left")
        assert isinstance(ada.app.screen, SessionPicker)
        assert "› Sessions     Flows of shop" in ada.rows()[1]
        await pressed(windows, ada, "right")
        assert isinstance(ada.app.screen, SharedFlowPicker)
        for x, expected in ((5, SessionPicker), (20, SharedFlowPicker)):
            await ada.pilot.click(offset=(x, 1))
            await windows.settle()
            assert isinstance(ada.app.screen, expected)
        await pressed(windows, ada, "left", "down", "enter")
        assert "Step 0 of 4" in ada.text()
        assert "Step 0 of 21" in ben.text()
        assert "opened" not in ada.rows()[-1]
        await pressed(windows, ada, "o")
        assert isinstance(ada.app.screen, SessionPicker)
        assert "Flows" not in ada.rows()[1]


async def test_a_window_that_may_look_only_is_told() -> None:
    """It lists the flows and opens none."""
    stage = staged()
    async with shared(stage=stage) as windows:
        eve = await windows.open("eve", auth=lambda: LOOK_TOKEN)
        await pressed(windows, eve, "o", "enter")
        assert "This window is read-only" in eve.rows()[-1]
        assert stage.core.sessions["shop"].state.script_total == 21
        await pressed(windows, eve, "down")
        assert "read-only" not in eve.rows()[-1]


async def test_what_the_server_refuses_is_said_in_the_list() -> None:
    """The list stays, with the reason; the next choice is free."""
    stage = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada")
        await pressed(windows, ada, "o")
        acted(stage.core.sessions["shop"], NextStep(), SERVER_ACTOR)
        running: Any = stage.core.sessions["shop"].running
        running.recording._flows.pop("flow-3")
        await pressed(windows, ada, "end", "enter")
        assert "has no flow" in ada.rows()[-1]
        await pressed(windows, ada, "up", "enter")
        assert "Step 0 of 9" in ada.text()


async def test_a_list_without_a_server_says_so_and_comes_back() -> None:
    """While the connection is lost the list says it; with the connection the flows are fetched anew (CLIENT-2)."""
    async with shared(stage=staged()) as windows:
        ada = await windows.open("ada")
        await pressed(windows, ada, "o")
        ada.dialer.cut()
        await windows.settle()
        assert "Not connected" in ada.rows()[-1]
        await pressed(windows, ada, "enter")
        assert "Not connected" in ada.rows()[-1]
        ada.dialer.is_reachable = True
        await pressed(windows, ada, "ctrl+r")
        assert listed(ada) == list(TITLES)
        assert "enter step" in ada.rows()[-1]
        await pressed(windows, ada, "escape")
        assert ada.app.screen is ada.app.main_screen


@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_an_address_without_a_session_means_the_only_one(size: tuple[int, int]) -> None:
    """Of a server with one session that one opens, of several the list does (CLIENT-5)."""
    stage = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", size=size)
        assert "Step 0 of 21" in ada.text()
        stage.host("other", events=4)
        ben = await windows.open("ben", size=size)
        assert isinstance(ben.app.screen, SessionPicker)
        assert "2 sessions" in ben.text()
        await pressed(windows, ben, "down", "enter")
        assert "Step 0 of 4" in ben.text()


@pytest.mark.parametrize("size", BOTH_SIZES)
@pytest.mark.parametrize("others", [0, 1])
async def test_an_address_with_no_such_session_says_so(size: tuple[int, int], others: int) -> None:
    """The list opens with the reason, also where there is one session only: another one was meant (CLIENT-5)."""
    stage = staged()
    for number in range(others):
        stage.host(f"other-{number}")
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", session="nosuch", size=size)
        assert isinstance(ada.app.screen, SessionPicker)
        assert "there is no session 'nosuch'" in ada.rows()[-1]
        await pressed(windows, ada, "enter")
        assert "Step 0 of 21" in ada.text()


async def test_what_turns_bad_is_said_once() -> None:
    """A badge that turns to an error says why in the footer; its own name stays in the header (SERVER-10)."""
    stage = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada")
        hosted = stage.core.sessions["shop"]
        stage.keeper.session("shop").trouble = OSError(28, "No space left on device")
        acted(hosted, NextStep(), SERVER_ACTOR)
        await windows.passed(100)
        assert "server: not kept on disk: [Errno 28] No space left on device" in ada.rows()[-1]
        assert "✗ server" in ada.rows()[0]
        await windows.passed(5000)
        assert "No space" not in ada.rows()[-1]
        acted(hosted, NextStep(), SERVER_ACTOR)
        await windows.passed(100)
        assert "No space" not in ada.rows()[-1]
        badges = dict(hosted.state.health_badges) | {"sources": HealthBadge("WARN", "3 lines could not be read")}
        hosted.running.store.set_health_badges(badges)
        await windows.passed(100)
        assert "3 lines" not in ada.rows()[-1]


async def test_diagnostics_that_are_not_kept_are_said() -> None:
    """The window goes on without them, and says so (CLIENT-8)."""
    async with shared(stage=staged()) as windows:
        ada = await windows.open("ada")
        ada.app.post_message(AttachedApp.NotesFailed("what happens is not kept: /x: disk full"))
        await windows.settle()
        assert "Diagnostics: what happens is not kept: /x: disk full" in ada.rows()[-1]
