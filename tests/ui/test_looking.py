"""Looking around: selection and detail, panes, sizes, help, commands, themes; the stepper never moves by it."""

import pytest
from textual import events
from textual._compositor import LayoutUpdate
from textual.driver import Driver

from connectome_tui.app.actions.steps import StepActions
from connectome_tui.app.commands import COMMANDS
from connectome_tui.app.looks import LookChoice
from tests.ui.driving import driven, failing_flow, make_app, painted, pressed, rows, text, typed


async def test_a_row_is_selected_by_keys_and_opened_by_enter() -> None:
    """J and k move the selection, Enter opens its detail, Escape closes it; the cursor stays where it is."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "8", "n", "k", "k")
        assert app.state.view.selection is not None
        assert app.state.view.selection.arrival_index == 6
        assert "Detail" not in text(app)
        assert "esc no selection" in rows(app)[-1]
        await pressed(pilot, "enter")
        assert "Detail · event 7" in text(app)
        assert "esc close" in rows(app)[-1]
        await pressed(pilot, "k")
        assert "Detail · event 6" in text(app)
        await pressed(pilot, "escape")
        assert app.state.view.selection is None
        assert "Detail" not in text(app)
        assert app.state.cursor == 8


async def test_g_shows_the_first_row_or_card_also_when_it_is_selected_already() -> None:
    """G selects the first row, or card, and brings it back into view when it was scrolled out of it."""
    app = make_app(failing_flow())
    async with driven(app, (80, 20)) as pilot:
        await pressed(pilot, "1", "0", "n", "g", "end")
        assert not any("call 1 " in row for row in rows(app))
        await pressed(pilot, "g")
        assert any("call 1 " in row for row in rows(app))
        await pressed(pilot, "escape", "tab", "g")
        first = app.state.topology.nodes[0]
        assert app.state.view.selection is not None
        assert app.state.view.selection.element_id == first.id
        graph = app.main_screen.graph
        graph.pan(200, 0)
        await painted(pilot)
        assert not any(first.title in row for row in rows(app)[1:8])
        await pressed(pilot, "g")
        assert any(first.title in row for row in rows(app)[1:8])


async def test_a_click_selects_a_row_and_a_card() -> None:
    """A click on a row shows the event, a click on a card the part, each with the focus on its pane."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "8", "n")
        line = next(y for y, row in enumerate(rows(app)) if "call 3" in row and "→" in row)
        await pilot.click(offset=(10, line))
        await painted(pilot)
        assert "Detail · event 3" in text(app)
        assert app.state.view.focused_pane == "log"
        y, x = next((y, row.index(" db ")) for y, row in enumerate(rows(app)[:20]) if " db " in row)
        await pilot.click(offset=(x + 1, y))
        await painted(pilot)
        assert app.state.view.selection is not None
        assert app.state.view.selection.element_id == "store:db"
        assert app.state.view.focused_pane == "graph"
        assert "Detail · db" in text(app)


@pytest.mark.parametrize(("kind", "covered"), [("event", "graph"), ("node", "log")])
async def test_the_detail_covers_the_other_pane_when_narrow(kind: str, covered: str) -> None:
    """Below 100 columns the detail covers the pane that the selection was not made in; Now stays."""
    app = make_app(failing_flow())
    async with driven(app, (80, 24)) as pilot:
        await pressed(pilot, "8", "n", *(["tab"] if kind == "node" else []), "j", "enter")
        assert "Detail" in text(app)
        assert ("Log" in text(app)) == (covered != "log")
        assert any(f"─ GRAPH {rule}" in text(app) or f"━ GRAPH {rule}" in text(app) for rule in "─━") == (
            covered != "graph"
        )
        assert "Step 8 of 10" in text(app)
        await pressed(pilot, "n", "escape")
        assert "Step 9 of 10" in text(app)
        assert "call 9" in text(app)
        assert "Log" in text(app)


async def test_a_covered_pane_comes_back_as_of_the_newest_commit() -> None:
    """What was released while a pane was covered is on it when it comes back."""
    app = make_app(failing_flow())
    async with driven(app, (80, 24)) as pilot:
        await pressed(pilot, "4", "n", "tab", "j", "enter", "n", "n")
        assert not any("→" in row and "call 6" in row for row in rows(app)[15:])
        await pressed(pilot, "escape")
        assert any("→" in row and "call 6" in row for row in rows(app)[15:])


async def test_the_detail_is_always_there_on_a_wide_screen() -> None:
    """From 160 columns on the detail shows the newest event while nothing is selected."""
    app = make_app()
    async with driven(app, (200, 55)) as pilot:
        await pressed(pilot, "3", "n")
        assert "Detail · event 3" in text(app)
        await pressed(pilot, "n")
        assert "Detail · event 4" in text(app)


async def test_tab_goes_round_the_panes_that_are_shown() -> None:
    """Tab focuses graph, log and, when it is shown, the detail; Shift+Tab goes the other way."""
    app = make_app(failing_flow())
    async with driven(app) as pilot:
        await pressed(pilot, "n")
        seen = []
        for _ in range(2):
            await pressed(pilot, "tab")
            seen.append(app.state.view.focused_pane)
        assert seen == ["graph", "log"]
        await pressed(pilot, "j", "enter", "tab")
        assert app.state.view.focused_pane == "detail"
        await pressed(pilot, "shift+tab")
        assert app.state.view.focused_pane == "log"


async def test_every_size_shows_what_fits() -> None:
    """The screen follows the terminal's size; below 60x16 one line says what is needed, and all comes back."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n")
        for width, height in ((52, 14), (60, 16), (80, 24), (99, 29), (100, 30), (160, 45), (240, 70), (20, 5)):
            await pilot.resize_terminal(width, height)
            await painted(pilot)
            shown = rows(app)
            assert len(shown) == height
            assert {len(row) for row in shown} == {width}
            if width < 60:
                assert f"needs 60x16, has {width}x{height}"[: width - 1] in text(app)
            else:
                assert "Step 5 of 40" in text(app)
                assert "? help" in shown[-1]
                assert sum("→" in row and "call" in row for row in shown) >= 4


async def test_help_lies_over_the_screen() -> None:
    """? shows the keys in force and how to read the picture; another key closes it and does nothing else."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, "?")
        assert "How a call is made" in text(app)
        assert "next event; 10n ten" in text(app)
        await pressed(pilot, "n")
        assert "How a call is made" not in text(app)
        assert app.state.cursor == 0


async def test_help_fits_the_smallest_usual_screen() -> None:
    """At 80x24 both columns of the help are whole."""
    app = make_app()
    async with driven(app, (80, 24)) as pilot:
        await pressed(pilot, "?")
        for wanted in ("not yet", "commands, help, quit", "graphQuery ", "graphLink ", "esc close"):
            assert wanted in text(app)
        for brief, right in (("look back, to the head", "───▶"), ("search, next, previous", "╌╌╌◷")):
            assert f"{brief}  {right}" in text(app)


async def test_the_palette_runs_commands_by_name() -> None:
    """: opens the palette of commands; what is typed narrows it and Enter runs the one in hand."""
    app = make_app()
    async with driven(app) as pilot:
        await pressed(pilot, ":")
        await typed(pilot, "start the flow")
        assert "r               Start the flow again" in text(app)
        assert "Fit the graph" not in text(app)
        await pressed(pilot, "enter")
        assert len(app.state.ledger.sessions) == 2


async def test_paste_runs_no_command() -> None:
    """Pasted text is not taken for keys: the q in it does not quit, nothing is released."""
    app = make_app()
    async with driven(app) as pilot:
        app.post_message(events.Paste("nnnq\n"))
        await painted(pilot)
        assert app.is_running
        assert app.state.cursor == 0


async def test_theme_is_changed_while_it_runs() -> None:
    """L goes from dark to light: every cell is painted in the other palette."""
    app = make_app(look=LookChoice(colours="truecolor"))
    async with driven(app) as pilot:
        await pressed(pilot, "n", "L")
        assert app.palette.is_light
        from connectome_tui.app.picture import screen_picture

        backgrounds = {run.style.background for row in screen_picture(app).rows for run in row}
        assert app.palette.hex_of("base") in backgrounds
        assert "#0b0e14" not in backgrounds


async def test_no_colour_sends_no_colour() -> None:
    """With NO_COLOR no cell has a colour; the lit card is told by reverse."""
    app = make_app(look=LookChoice(colours="none"))
    async with driven(app) as pilot:
        await pressed(pilot, "n")
        from connectome_tui.app.picture import screen_strips

        styles = [segment.style for strip in screen_strips(app) for segment in strip if segment.style]
        assert all(style.color is None and style.bgcolor is None for style in styles)
        assert any(style.reverse for style in styles)


async def test_ascii_draws_with_ascii_alone() -> None:
    """With --ascii no other character is on the screen: main, help and picker."""
    app = make_app(look=LookChoice(colours="truecolor", ascii_only=True))
    async with driven(app) as pilot:
        await pressed(pilot, "5", "n", "j", "enter")
        assert text(app).isascii()
        await pressed(pilot, "?")
        assert text(app).isascii()
        await pressed(pilot, "escape", ":")
        assert text(app).isascii()
        await pressed(pilot, "escape", "o")
        assert text(app).isascii()


async def test_each_command_can_be_run() -> None:
    """Every row of the table has its action, and running it on a stepped flow raises nothing."""
    for command in COMMANDS:
        if command.id in {"other.suspend", "other.quit"}:
            continue
        app = make_app(failing_flow())
        async with driven(app) as pilot:
            await pressed(pilot, "5", "n", "k")
            app.main_screen.run_command(command)
            await painted(pilot)


async def test_q_and_ctrl_c_quit() -> None:
    """q, Ctrl+Q and Ctrl+C end the program with status 0."""
    for key in ("q", "ctrl+q", "ctrl+c"):
        app = make_app()
        async with driven(app) as pilot:
            pilot.app.post_message(events.Key(key, None))
            await pilot.pause()
        assert not app.is_running
        assert app.return_code == 0


async def test_all_is_painted_anew_when_the_program_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind `fg` nothing of the screen is left on the terminal, so every cell is sent again."""
    app = make_app()
    async with driven(app) as pilot:
        updates: list[object] = []
        monkeypatch.setattr(app, "_display", lambda _screen, update: updates.append(update))
        app.post_message(Driver.SignalResume())
        await painted(pilot)
        assert any(isinstance(update, LayoutUpdate) for update in updates)


async def test_a_mistake_ends_the_program_with_a_plain_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception is not swallowed: status 1, and a traceback without the values of variables."""

    def broken(_actions: StepActions) -> None:
        secret = "the user's data"
        raise ZeroDivisionError(len(secret))

    monkeypatch.setattr(StepActions, "restart", broken)
    app = make_app()

    async def restart() -> None:
        async with driven(app) as pilot:
            await pressed(pilot, "r")
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await restart()
    assert app.return_code == 1
    shown = capsys.readouterr().err
    assert "in broken" in shown
    assert "the user's data" not in shown.replace('secret = "the user\'s data"', "")
