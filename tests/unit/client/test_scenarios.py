"""Scenarios from a window (CLIENT-7), against a server core with scenarios in memory."""

import asyncio
from collections.abc import Callable, Sequence

from connectome_tui.client.requests import Failure
from connectome_tui.client.scenarios import ScenarioRunner
from connectome_tui.clock import HeldClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import TOPICS
from connectome_tui.net.items import ScenarioItem
from connectome_tui.server.keeping import Actor
from connectome_tui.server.scenario_port import Loaded, LoadOutcome, NotLoaded
from tests.hosting import Stage, stepped
from tests.windows import CoreDialer, make_client


class MadeScenarios:
    """Implements `Scenarios` of the server: two that work, one in trouble. `hold` keeps an answer back."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.held: list[Callable[[], None]] = []
        self.hold = False
        self.made: set[str] = set()
        self.loads: list[tuple[str, bool]] = []
        self.listeners: list[Callable[[], None]] = []

    def items(self) -> Sequence[ScenarioItem]:
        """What there is."""
        return (
            ScenarioItem(name="checkout", title="A checkout", session="checkout-1", made="checkout" in self.made),
            ScenarioItem(name="refund", title="A refund", session="refund-1", made="refund" in self.made),
            ScenarioItem(name="broken", title="Broken", session="broken-1", trouble="no such file"),
        )

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:
        """Make or reset, now or when the test says."""
        del actor
        self.loads.append((name, reset))

        def answer() -> None:
            stage, session = self.stage, f"{name}-1"
            assert stage is not None, "the stage is set"
            if name not in {"checkout", "refund"}:
                done(NotLoaded("scenario.failed", f"{name}: no such file"))
                return
            if session not in stage.core.sessions:
                stage.host(session, events=3)
            elif reset:
                stage.core.sessions[session].replace(stepped(3, HeldClock(stage.clock)), scenario=name)
            self.made.add(name)
            for listener in self.listeners:
                listener()
            done(Loaded(session))

        if self.hold:
            self.held.append(answer)
        else:
            answer()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back when items change."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


class Played:
    """A window with scenarios."""

    def __init__(self) -> None:
        self.server = MadeScenarios()
        self.stage = Stage(scenarios=self.server)
        self.server.stage = self.stage
        self.stage.host("other", events=3)
        self.dialer = CoreDialer(self.stage.core)
        self.client = make_client(self.dialer, self.stage.clock, topics=TOPICS)
        self.phases: list[str] = []
        self.runner = ScenarioRunner(self.client, self._note)

    def _note(self) -> None:
        if not self.phases or self.phases[-1] != self.runner.now.phase:
            self.phases.append(self.runner.now.phase)

    async def settle(self) -> None:
        """Let everything through."""
        for _ in range(20):
            await asyncio.sleep(0)
            self.dialer.deliver()
        self.stage.pass_time(1000)
        for _ in range(20):
            await asyncio.sleep(0)
            self.dialer.deliver()

    async def connect(self) -> None:
        """Connect, and have the last values."""
        self.client.connect()
        await self.settle()

    def restart(self) -> None:
        """The server ends, and another one with what it kept has no session of a scenario any more."""
        self.stage = self.server.stage = Stage(scenarios=self.server, keeper=self.stage.keeper, clock=self.stage.clock)
        self.stage.host("other", events=3)
        self.dialer.port = self.stage.core
        self.dialer.wire.cut()

    async def close(self) -> None:
        """End everything."""
        self.runner.close()
        self.client.teardown()
        for _ in range(5):
            await asyncio.sleep(0)


def code(answer: str | Failure | None) -> str:
    """The code of a refusal; empty for none."""
    return answer.code if isinstance(answer, Failure) else ""


async def test_loading_makes_the_session_goes_over_and_waits_until_it_is_ready() -> None:
    """Making, selecting, waiting, ready, in this order; then a step that belongs to it is sent (CLIENT-7)."""
    played = Played()
    await played.connect()
    assert code(played.runner.send("checkout", NextStep())) == "scenario.not_loaded"
    played.phases.clear()
    assert played.runner.load("checkout") is None
    assert code(played.runner.send("checkout", NextStep())) == "scenario.not_ready"
    await played.settle()
    assert played.phases == ["making", "selecting", "waiting", "ready"]
    assert played.client.connection.active_session == "checkout-1"
    assert isinstance(played.runner.send("checkout", NextStep()), str)
    await played.settle()
    assert played.stage.core.sessions["checkout-1"].state.cursor == 1
    assert played.stage.core.sessions["other"].state.cursor == 0
    await played.close()


async def test_a_step_says_what_is_missing() -> None:
    """Not connected, not loaded, not ready, failed: each its own line, nothing is sent (CLIENT-7)."""
    played = Played()
    refused = played.runner.send("checkout", NextStep())
    assert code(refused) == "client.not_connected"
    assert code(played.runner.load("checkout")) == "client.not_connected"
    await played.connect()
    assert code(played.runner.load("nothing")) == "scenario.unknown"
    assert code(played.runner.load("broken")) == "scenario.failed"
    played.runner.load("checkout")
    refused = played.runner.send("refund", NextStep())
    assert isinstance(refused, Failure)
    assert "refund is not loaded" in refused.message
    await played.close()


async def test_another_session_asks_first_and_the_question_follows_what_happens() -> None:
    """A prompt while another session is active; it goes when the scenario's own is, whoever chose it (CLIENT-7)."""
    played = Played()
    await played.connect()
    played.runner.load("checkout")
    await played.settle()
    assert played.runner.prompt is None
    played.client.select("other")
    await played.settle()
    prompt = played.runner.prompt
    assert prompt is not None
    assert (prompt.scenario, prompt.session, prompt.active) == ("checkout", "checkout-1", "other")
    refused = played.runner.send("checkout", NextStep())
    assert code(refused) == "scenario.elsewhere"
    assert played.stage.core.sessions["other"].state.cursor == 0
    played.client.select("checkout-1")
    await played.settle()
    assert played.runner.prompt is None
    assert isinstance(played.runner.send("checkout", NextStep()), str)
    played.client.select("other")
    await played.settle()
    assert played.runner.go_over() is None
    await played.settle()
    assert played.client.connection.active_session == "checkout-1"
    assert played.runner.now.phase == "ready"
    played.client.select("other")
    await played.settle()
    played.dialer.wire.cut()
    assert played.runner.prompt is None, "without a connection no session is active"
    await played.close()


async def test_a_scenario_that_was_made_is_begun_anew_and_memory_is_no_proof() -> None:
    """Loaded again it resets its session; when that is gone from the server it is made, whatever is remembered."""
    played = Played()
    await played.connect()
    assert not played.runner.needs_reset("checkout")
    played.runner.load("checkout")
    await played.settle()
    assert played.runner.needs_reset("checkout")
    played.runner.send("checkout", NextStep())
    await played.settle()
    played.runner.load("checkout")
    await played.settle()
    assert played.stage.core.sessions["checkout-1"].state.cursor == 0
    assert played.runner.now.phase == "ready"
    played.restart()
    played.client.retry_now()
    await played.settle()
    assert not played.runner.needs_reset("checkout")
    played.runner.load("checkout")
    await played.settle()
    assert played.runner.now.phase == "ready"
    assert played.server.loads == [("checkout", False), ("checkout", True), ("checkout", False)]
    await played.close()


async def test_a_disconnect_in_the_middle_leaves_nothing_half_made() -> None:
    """Lost while the session is being made: no session in hand, a failure that says so, and loading again works."""
    played = Played()
    await played.connect()
    played.server.hold = True
    played.runner.load("checkout")
    await played.settle()
    assert played.runner.now.phase == "making"
    played.dialer.wire.cut()
    assert (played.runner.now.phase, played.client.connection.active_session) == ("failed", None)
    assert "load it again" in played.runner.now.error
    for answer in played.server.held:
        answer()
    assert played.runner.now.phase == "failed", "an answer to the connection before changes nothing"
    played.server.hold = False
    played.client.retry_now()
    await played.settle()
    assert code(played.runner.send("checkout", NextStep())) == "scenario.failed"
    assert played.runner.load("checkout") is None
    await played.settle()
    assert played.runner.now.phase == "ready"
    assert played.client.connection.active_session == "checkout-1"
    await played.close()


async def test_a_scenario_is_ready_again_when_the_connection_is() -> None:
    """A connection that is lost and comes back takes up its session: not ready in between, then ready (CLIENT-7)."""
    played = Played()
    await played.connect()
    played.runner.load("checkout")
    await played.settle()
    played.dialer.wire.cut()
    assert played.runner.now.phase == "waiting"
    assert code(played.runner.send("checkout", NextStep())) == "client.not_connected"
    played.client.retry_now()
    await played.settle()
    assert played.runner.now.phase == "ready"
    assert isinstance(played.runner.send("checkout", NextStep()), str)
    await played.close()


async def test_a_session_that_ended_meanwhile_is_not_waited_for() -> None:
    """The connection comes back and the server has the session no more: the scenario failed, and says so (CLIENT-7)."""
    played = Played()
    await played.connect()
    played.runner.load("checkout")
    await played.settle()
    played.restart()
    played.client.retry_now()
    await played.settle()
    assert played.runner.now.phase == "failed"
    assert "load it again" in played.runner.now.error
    await played.close()


async def test_the_newest_load_counts() -> None:
    """Two scenarios loaded in one moment: what becomes of the first changes nothing any more."""
    played = Played()
    await played.connect()
    played.server.hold = True
    played.runner.load("checkout")
    played.runner.load("refund")
    await played.settle()
    for answer in played.server.held:
        answer()
    await played.settle()
    assert (played.runner.now.name, played.runner.now.phase) == ("refund", "ready")
    assert played.client.connection.active_session == "refund-1"
    await played.close()


async def test_a_scenario_that_cannot_be_made_says_why() -> None:
    """The server's refusal is the line that the user sees, and it is noted as the scenario's (CLIENT-7, CLIENT-8)."""
    played = Played()
    await played.connect()
    items = played.client.scenarios
    assert [item.name for item in items] == ["checkout", "refund", "broken"]
    played.client._values._values["scenarios"] = (ScenarioItem(name="gone", title="", session="gone-1"),)
    played.runner.load("gone")
    await played.settle()
    assert played.runner.now.phase == "failed"
    assert "no such file" in played.runner.now.error
    await played.close()
