"""Windows on a shared session (CLIENT): one truth in all of them, and what each says of how it stands."""

import asyncio
from pathlib import Path

import pytest

from connectome_tui.app import remote_find
from connectome_tui.app.attached_app import AttachedApp
from connectome_tui.client.diagnostics import DiagnosticsEntry, DiagnosticsError
from connectome_tui.engine.commands import NextStep
from connectome_tui.server.keeping import SERVER_ACTOR
from connectome_tui.session import export_lines
from connectome_tui.store.state import Selection
from tests.hosting import LOOK_TOKEN, Stage, acted
from tests.ui.driving_attached import DrivenWindow, Windows, shared

BOTH_SIZES = [(120, 40), (80, 24)]


async def stepped(windows: Windows, window: DrivenWindow, count: int) -> None:
    """Release so many events from a window."""
    window.press(*str(count), "n")
    await windows.settle()


async def test_a_step_in_one_window_is_a_step_in_all() -> None:
    """Next in one window shows the same event, focus and step in another (ENGINE-7)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 3)
        await windows.passed(5000)
        for window in (ada, ben):
            assert "Step 3 of 40" in window.text()
            assert "2 here" in window.rows()[0]
        assert ada.rows() == ben.rows()


async def test_two_nexts_at_once_are_two_events_in_one_order() -> None:
    """Two windows that press Next at the same moment release two events, the same ones for both (SERVER-5)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        ada.press("n")
        ben.press("n")
        await windows.settle()
        assert ada.app.state.cursor == ben.app.state.cursor == 2
        assert ada.rows()[1:] == ben.rows()[1:]


async def test_commits_that_come_together_are_one_picture() -> None:
    """Any number of commits that arrive in one turn of the loop are painted as one frame (STORE-4)."""
    async with shared() as windows:
        ada = await windows.open("ada")
        shown: list[int] = []
        ada.app.main_screen.on_commit = lambda old, new: shown.append(new.cursor)  # type: ignore[method-assign]  # noqa: ARG005
        hosted = windows.stage.core.sessions["checkout"]
        for _ in range(5):
            acted(hosted, NextStep(), SERVER_ACTOR)
        await windows.settle()
        assert shown == [5]


@pytest.mark.parametrize("size", BOTH_SIZES)
async def test_a_lost_connection_shows_what_was_without_colour(size: tuple[int, int]) -> None:
    """The banner says since when and what is tried; panes keep their shape and lose every hue (CLIENT-1, SCREENS)."""
    async with shared() as windows:
        ada = await windows.open("ada", size=size)
        await stepped(windows, ada, 4)
        before = ada.rows()
        ada.dialer.cut()
        await windows.settle()
        rows = ada.rows()
        assert "Connection lost at" in rows[1]
        assert "tep 4 as it was then." in rows[1]
        assert ("next try in" if size[0] > 100 else "retry in") in rows[1]
        assert "reconnecting" in rows[0]
        assert rows[0].rstrip().endswith("? unknown" if size[0] > 100 else "?")
        log = next(row for row in rows if " Log " in row)
        assert "stale · 4 events" in log
        assert rows[-1].startswith(" ctrl+r retry now")
        assert "space" not in rows[-1]
        assert "restart" not in rows[-1]
        assert [row for row in before if "call 4" in row][-1] in rows
        assert hues(ada) == set()


async def test_colour_comes_back_at_once_with_the_session() -> None:
    """After the resume nothing is stale, and what happened meanwhile is there, without a gap or a repeat (SERVER-7)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 4)
        ada.dialer.cut()
        await windows.settle()
        await stepped(windows, ben, 5)
        ada.dialer.is_reachable = True
        ada.press("ctrl+r")
        await windows.settle()
        await windows.passed(5000)
        assert "Step 9 of 40" in ada.text()
        assert "Connection lost" not in ada.text()
        assert ada.rows()[2:] == ben.rows()[2:]
        assert hues(ada)


async def test_the_wait_stands_still_while_the_connection_is_lost() -> None:
    """Waits are drawn in the server's time, of which nothing is known without a connection."""
    async with shared() as windows:
        ada = await windows.open("ada")
        await windows.passed(700)
        lost_at = ada.app.now_ms()
        ada.dialer.cut()
        await windows.settle()
        await windows.passed(300)
        assert ada.app.now_ms() == lost_at


async def test_a_refused_token_is_said_and_nothing_is_tried_again() -> None:
    """A window whose token opens nothing says so, names the key that tries again, and waits for it (CLIENT-2)."""
    async with shared() as windows:
        ada = await windows.open("ada", auth=lambda: "wrong")
        await windows.passed(60_000)
        assert "The server refuses this token" in ada.text()
        assert "Nothing is tried again; Ctrl+R tries once more" in ada.text()
        assert len(ada.dialer.wires) == 1


async def test_a_token_that_is_refused_later_is_said_in_the_banner() -> None:
    """What was seen stays, stale; the banner says that nothing is tried again."""
    tokens = ["open-sesame"]
    async with shared() as windows:
        ada = await windows.open("ada", auth=lambda: tokens[0])
        await stepped(windows, ada, 2)
        tokens[0] = "wrong"
        ada.dialer.cut(reachable=True)
        await windows.settle()
        ada.press("ctrl+r")
        await windows.settle()
        assert "The server refuses this token" in ada.rows()[1]
        assert "Nothing is tried again." in ada.rows()[1]
        assert "Step 2 of 40" in ada.text()


async def test_looking_back_goes_on_without_a_connection_and_ends_with_it() -> None:
    """Offline, N looks back at what is here, for this window alone; the resumed window is with the others again."""
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 6)
        ada.dialer.cut()
        await windows.settle()
        ada.press("2", "N")
        await windows.settle()
        assert "looking at 4 of 6" in ada.text()
        ada.dialer.is_reachable = True
        ada.press("ctrl+r")
        await windows.settle()
        assert "looking at" not in ada.text()
        assert not ada.app.standing.is_detached


async def test_a_read_only_window_looks_and_does_not_step() -> None:
    """It offers no step, a step is refused in its own words, and looking back is its own (SERVER-9)."""
    async with shared() as windows:
        ada, eve = await windows.open("ada"), await windows.open("eve", auth=lambda: LOOK_TOKEN)
        await stepped(windows, ada, 3)
        assert "read-only" in eve.rows()[0]
        assert "space next" not in eve.rows()[-1]
        eve.press("n")
        await windows.settle()
        assert "read-only" in eve.rows()[-1]
        assert ada.app.state.cursor == 3
        eve.press("N")
        await windows.settle()
        assert "looking at 2 of 3" in eve.text()
        assert "looking at" not in ada.text()


async def test_an_own_view_is_shared_with_nobody_and_ends_with_the_same_key() -> None:
    """After `d` looking back and selecting are this window's own; `d` again returns to what all see."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 5)
        ada.press("d")
        await windows.settle()
        assert "own view" in ada.rows()[0]
        ada.press("2", "N")
        await windows.settle()
        ada.press("g")
        await windows.settle()
        assert "looking at 3 of 5" in ada.text()
        assert "looking at" not in ben.text()
        assert ben.app.state.view.selection is None
        ben.press("n")
        await windows.settle()
        assert ada.app.state.cursor == 6
        ada.press("d")
        await windows.settle()
        assert "own view" not in ada.rows()[0]
        assert "looking at" not in ada.text()
        assert ada.app.state.view.selection is None


async def test_looking_back_and_selecting_are_for_all_who_follow() -> None:
    """N, a selection and a scrolled log in one window are seen in the others (SERVER-2)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 30)
        ada.press("N")
        await windows.settle()
        assert "looking at 29 of 30" in ben.text()
        ada.press("G")
        await windows.settle()
        ada.press("k")
        await windows.settle()
        assert ben.app.state.view.selection == ada.app.state.view.selection
        assert ben.app.state.view.selection == Selection("event", arrival_index=29)
        await windows.passed(200)
        ben.press("home")
        await windows.settle()
        await windows.passed(200)
        assert any("call 1 " in row for row in ada.rows())
        assert ada.rows()[-14:-1] == ben.rows()[-14:-1]


async def test_the_log_stands_at_one_place_in_all_windows() -> None:
    """A row that was selected far up, and left again, leaves no window behind; who comes late sees the same place."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 30)
        ada.press("g")
        await windows.settle()
        await windows.passed(200)
        assert any("call 1 " in row for row in ben.rows())
        ada.press("end")
        await windows.settle()
        await windows.passed(200)
        eve = await windows.open("eve")
        for window in (ada, ben, eve):
            assert "call 30 " in window.rows()[-2]


async def test_looking_back_brings_all_logs_to_one_place() -> None:
    """A log that was scrolled follows again after a look back, for who is here and for who comes late."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ada, 30)
        ben.press("home")
        await windows.settle()
        await windows.passed(200)
        ada.press("N")
        await windows.settle()
        await windows.passed(200)
        late = await windows.open("late")
        for window in (ada, ben, late):
            assert any(row.startswith("▌") and "call 29 " in row for row in window.rows())
        ada.press("G")
        await windows.settle()
        await windows.passed(200)
        assert ada.app.state.shared.log_index is None
        eve = await windows.open("eve")
        for window in (ada, ben, late, eve):
            assert "call 30 " in window.rows()[-2]


async def test_the_graph_turns_for_all_and_nobody_fights() -> None:
    """A pan in one window turns the other by the node in its middle; what was followed is not written again."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        ada.press("tab", "right", "right", "right", "right", "right")
        await windows.settle()
        await windows.passed(300)
        shared_view = ada.app.state.shared
        assert shared_view.graph_centre is not None
        assert ben.app.state.shared == shared_view
        revision = windows.stage.core.sessions["checkout"].revision
        await windows.passed(2000)
        assert windows.stage.core.sessions["checkout"].revision == revision
        ben.press("f")
        await windows.settle()
        await windows.passed(300)
        assert ada.app.state.shared.graph_centre is None


async def test_who_released_an_event_and_who_is_here_stand_in_the_detail() -> None:
    """The detail of an event names who released it; `h` lists who is here (CLIENT-1)."""
    async with shared() as windows:
        ada, ben = await windows.open("ada"), await windows.open("ben")
        await stepped(windows, ben, 2)
        await windows.passed(5000)
        ada.press("j", "enter")
        await windows.settle()
        assert "released  by ben" in ada.text()
        ada.press("escape", "h")
        await windows.settle()
        await windows.passed(200)
        assert "2 windows here" in ada.text()
        assert "you" in ada.text()
        assert ben.app.state.view.selection is None


async def test_a_count_is_released_and_a_refusal_said() -> None:
    """10n releases ten; Next in realtime is refused with its reason."""
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 10)
        assert ada.app.state.cursor == 10
        ada.press("m")
        await windows.settle()
        ada.press("n")
        await windows.settle()
        assert "!" in ada.rows()[-1]
        assert ada.app.state.cursor == 10


async def test_search_and_errors_are_what_the_server_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search counts hits in the whole log, and goes on as events come."""
    monkeypatch.setattr(remote_find, "ASKED_EVERY_SECONDS", 0.0)
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 12)
        ada.press("/", *"call")
        await windows.settle()
        assert "12 of 12" in ada.rows()[-1]
        ada.press("enter", "n")
        await windows.settle()
        assert "12 of 13" in ada.text()
        ada.press("e")
        await windows.settle()
        assert "No error was released so far" in ada.rows()[-1]


async def test_the_selector_tells_sessions_and_goes_over_to_one() -> None:
    """With several sessions the user chooses; `o` goes over, and nothing of the session before is left (CLIENT-5)."""
    stage = Stage()
    stage.host("checkout", events=5)
    stage.host("billing", events=7)
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada")
        assert "Choose a session   2 sessions" in ada.text()
        ada.press("enter")
        await windows.settle()
        await stepped(windows, ada, 2)
        assert "Step 2 of 5" in ada.text()
        ada.press("o", *"bill", "enter")
        await windows.settle()
        assert "Step 0 of 7" in ada.text()
        assert "ws://10.0.4.7:7717/billing" in ada.rows()[0]


async def test_the_selector_says_why_nothing_can_be_chosen() -> None:
    """Not reachable with the next try, or none there: in the count's place, and the reason in the first row."""
    async with shared() as windows:
        ada = await windows.open("ada")
        ada.dialer.cut()
        await windows.settle()
        ada.press("o")
        await windows.settle()
        assert "not reachable, next try in" in ada.rows()[2]
        assert "Not connected" in ada.rows()[5]
        ada.press("enter")
        await windows.settle()
        assert "!" in ada.rows()[-1]
    async with shared(stage=Stage()) as windows:
        bare = await windows.open("ada")
        assert "none there" in bare.rows()[2]


async def test_a_window_that_ends_leaves_nothing_behind() -> None:
    """After the window has ended the server has no connection of it, and the client no task (CLIENT-9)."""
    async with shared() as windows:
        ada = await windows.open("ada")
        assert windows.stage.core.connections == 1
    ada.dialer.pump()
    assert ada.client.in_flight == 0
    assert ada.client.next_deadline_ms() is None
    assert windows.stage.core.connections == 0
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def hues(window: DrivenWindow) -> set[str]:
    """The colours of the body that are no greys."""
    app: AttachedApp = window.app
    found: set[str] = set()
    with app._context():
        for pane in (app.main_screen.graph, app.main_screen.now_bar, app.main_screen.log_panel):
            for y in range(pane.size.height):
                for segment in pane.draw_line(y):
                    colour = segment.style.color if segment.style else None
                    if colour is not None and segment.text.strip() and segment.text.strip() != "stale":
                        red, green, blue = colour.get_truecolor()
                        if max(red, green, blue) - min(red, green, blue) > 24:
                            found.add(colour.get_truecolor().hex)
    return found


async def test_the_log_is_copied_whole_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`Y` in a window writes the same bytes as the export of the server's session (STORE-12)."""
    monkeypatch.setenv("CONNECTOME_STATE_DIR", str(tmp_path))
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 12)
        ada.press("r")
        await windows.settle()
        await stepped(windows, ada, 7)
        ada.press("Y")
        await windows.settle()
        await windows.settle()
        hosted = windows.stage.core.sessions["checkout"]
        assert (tmp_path / "log.jsonl").read_bytes() == b"".join(export_lines(hosted.state.ledger, "jsonl"))
        ada.dialer.cut()
        await windows.settle()
        ada.press("W")
        await windows.settle()
        assert (tmp_path / "log.txt").read_bytes() == b"".join(export_lines(hosted.state.ledger, "text"))


async def test_an_event_is_copied_with_its_attributes_once_they_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attributes of an event are the server's: `y` waits for them instead of copying without (LOG-3)."""
    monkeypatch.setenv("CONNECTOME_STATE_DIR", str(tmp_path))
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 3)
        ada.press("y")
        await windows.settle()
        await windows.settle()
        hosted = windows.stage.core.sessions["checkout"]
        (_, *lines) = export_lines(hosted.state.ledger, "jsonl")
        assert (tmp_path / "event.json").read_bytes() == lines[2]


async def test_an_event_whose_attributes_never_came_is_copied_as_text_without_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`y` says what is missing and which key does without it; that key does (LOG-4, SCREENS "Footer")."""
    monkeypatch.setenv("CONNECTOME_STATE_DIR", str(tmp_path))
    async with shared() as windows:
        ada = await windows.open("ada", size=(80, 24))
        await stepped(windows, ada, 3)
        ada.dialer.cut()
        await windows.settle()
        ada.press("y")
        await windows.settle()
        assert "Its attributes are not here: w copies it as text" in ada.rows()[-1]
        ada.press("w")
        await windows.settle()
        assert "call 3" in (tmp_path / "event.txt").read_text()


async def test_what_happened_to_the_connection_is_shown() -> None:
    """`D` lays the notes over the screen, newest first, and says when they cannot be read (CLIENT-8)."""
    notes = [
        DiagnosticsEntry(1, 1e12, "connection", "connected", "service", {"actor_id": "ada~1"}),
        DiagnosticsEntry(2, 1e12, "connection", "lost", "service", {"why": "the network is gone"}),
        DiagnosticsEntry(3, 1e12, "command", "inspect", "user", {"accepted": True, "code": "", "revision": "107"}),
    ]

    def unreadable() -> list[DiagnosticsEntry]:
        raise DiagnosticsError("diagnostics.sqlite: this is another kind of file")

    async with shared() as windows:
        ada = await windows.open("ada", read_notes=lambda: notes)
        ada.press("D")
        await windows.settle()
        shown = [row for row in ada.rows() if "connection" in row]
        assert "why the network is gone" in shown[0]
        assert "actor_id ada~1" in shown[1]
        assert any("accepted · revision 107 · by user" in row for row in ada.rows())
        ben = await windows.open("ben", read_notes=unreadable)
        ben.press("D")
        await windows.settle()
        assert "another kind of file" in ben.text()


async def test_a_count_of_an_own_look_back_moves_that_alone() -> None:
    """While a detached window looks back, a counted Next goes forward there like a single one; nothing is released."""
    async with shared() as windows:
        ada = await windows.open("ada", detached=True)
        await stepped(windows, ada, 6)
        ada.press("4", "N")
        await windows.settle()
        ada.press("2", "n")
        await windows.settle()
        assert "looking at 4 of 6" in ada.text()
        assert windows.stage.core.sessions["checkout"].state.cursor == 6


async def test_a_late_window_pages_back_by_itself() -> None:
    """Who comes late has the newest page at once; older rows are dots until they have come (STORE-15)."""
    async with shared(events=900) as windows:
        for _ in range(900):
            acted(windows.stage.core.sessions["checkout"], NextStep(), SERVER_ACTOR)
        ada = await windows.open("ada")
        ben = await windows.open("ben", detached=True)
        assert "Step 900 of 900" in ben.text()
        held = ben.client.store.entries_held
        assert held < 900
        ben.press("home")
        await windows.settle()
        assert any(" call 1 " in row for row in ben.rows())
        assert "own view" in ben.rows()[0]
        assert not any(" call 1 " in row for row in ada.rows())


async def test_other_sizes_of_terminal_change_nothing_but_places() -> None:
    """A window that is made small and large again, also while its connection is lost, shows the same."""
    async with shared() as windows:
        ada = await windows.open("ada")
        await stepped(windows, ada, 4)
        ada.dialer.cut()
        await windows.settle()
        before = ada.rows()
        for size in ((50, 12), (80, 24), (165, 50), (120, 40)):
            await ada.pilot.resize_terminal(*size)
            await windows.settle()
        assert ada.rows() == before
