"""Scenarios in a window (CLIENT-7): made with a confirmation, and asked about before another session is stepped."""

from collections.abc import Callable, Sequence

from connectome_tui.net.items import ScenarioItem
from connectome_tui.server.keeping import Actor
from connectome_tui.server.scenario_port import Loaded, LoadOutcome
from tests.hosting import Stage
from tests.ui.driving_attached import DrivenWindow, Windows, shared


class OneScenario:
    """Implements `Scenarios`: `broken` makes the session `broken-1`."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.loaded: list[bool] = []

    def items(self) -> Sequence[ScenarioItem]:
        return (ScenarioItem(name="broken", title="It fails", session="broken-1", made=bool(self.loaded)),)

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:
        assert (name, actor.name) == ("broken", "ada")
        assert self.stage is not None
        if "broken-1" not in self.stage.core.sessions:
            self.stage.host("broken-1", events=9)
        self.loaded.append(reset)
        done(Loaded("broken-1"))

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        del listener
        return lambda: None


def staged() -> tuple[Stage, OneScenario]:
    """A server with a session and a scenario."""
    scenarios = OneScenario()
    stage = Stage(scenarios=scenarios)
    scenarios.stage = stage
    stage.host("checkout", events=5)
    return stage, scenarios


async def pressed(windows: Windows, window: DrivenWindow, *keys: str) -> None:
    """Press keys, one after the other, each in its own turn."""
    for key in keys:
        window.press(key)
        await windows.settle()


async def test_a_scenario_is_made_after_a_question_and_followed() -> None:
    """Enter on a scenario asks; yes makes its session, and the window goes over to it."""
    stage, scenarios = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", session="checkout")
        await pressed(windows, ada, "o", "down")
        assert "makes broken-1" in ada.text()
        await pressed(windows, ada, "enter")
        assert "Make the session broken-1 from the scenario broken?" in ada.text()
        await pressed(windows, ada, "escape")
        assert scenarios.loaded == []
        await pressed(windows, ada, "enter", "enter")
        assert len(scenarios.loaded) == 1
        assert "Step 0 of 9" in ada.text()
        assert "/broken-1" in ada.rows()[0]


async def test_a_step_elsewhere_is_asked_about_and_the_answer_is_followed() -> None:
    """With a scenario in hand, Next in another session asks; Enter goes over and steps nothing, `s` stays."""
    stage, _ = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", session="checkout")
        await pressed(windows, ada, "o", "down", "enter", "enter")
        await pressed(windows, ada, "o", "home", "enter")
        assert "Step 0 of 5" in ada.text()
        await pressed(windows, ada, "n")
        assert "broken belongs to the session broken-1, and checkout" in ada.text()
        assert stage.core.sessions["checkout"].state.cursor == 0
        await pressed(windows, ada, "enter")
        assert "Step 0 of 9" in ada.text()
        await pressed(windows, ada, "n")
        assert stage.core.sessions["broken-1"].state.cursor == 1
        await pressed(windows, ada, "o", "home", "enter")
        await windows.passed(5000)  # a server does not send whole sessions as fast as somebody can ask for them
        await pressed(windows, ada, "n", "s", "n")
        assert stage.core.sessions["checkout"].state.cursor == 1


async def test_a_scenario_that_somebody_else_made_is_asked_about_too() -> None:
    """Who chooses a scenario that is made already has it in hand, nothing of it begun anew (CLIENT-7)."""
    stage, scenarios = staged()
    async with shared(stage=stage) as windows:
        ada, ben = await windows.open("ada", session="checkout"), await windows.open("ben", session="checkout")
        await pressed(windows, ada, "o", "down", "enter", "enter", "n")
        await windows.passed(5000)
        await pressed(windows, ben, "o", "end", "enter")
        assert "Step 1 of 9" in ben.text()
        assert len(scenarios.loaded) == 1
        await windows.passed(5000)
        await pressed(windows, ben, "o", "home")
        assert "checkout" in next(row for row in ben.rows() if row.startswith("▌"))
        await pressed(windows, ben, "enter", "n")
        assert "broken belongs to the session broken-1, and checkout" in ben.text()
        assert stage.core.sessions["checkout"].state.cursor == 0


async def test_a_scenario_is_begun_anew_only_when_that_is_confirmed() -> None:
    """Delete asks, since the session starts over for all who follow it."""
    stage, scenarios = staged()
    async with shared(stage=stage) as windows:
        ada = await windows.open("ada", session="checkout")
        await pressed(windows, ada, "o", "down", "delete")
        assert "Begin the scenario broken anew?" in ada.text()
        await pressed(windows, ada, "enter")
        assert scenarios.loaded == [True]
