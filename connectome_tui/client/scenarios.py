"""Scenarios on the server (CLIENT-7): load one, wait until its session is ready, and step only what belongs to it.

What there is, is always read from the server's own words: catalog, scenarios, and the session in hand.
What is remembered here decides on nothing but whether a session is begun anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from connectome_tui.client.intents import OnAnswer
from connectome_tui.client.requests import Failure, Reply
from connectome_tui.client.telling import Change
from connectome_tui.client.window import WindowClient
from connectome_tui.client.words import shown
from connectome_tui.engine.commands import RuntimeCommand
from connectome_tui.net.frames import Ack
from connectome_tui.net.items import ScenarioItem

Phase = Literal["none", "making", "selecting", "waiting", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class ScenarioState:
    """How far a scenario is: `making` its session on the server, `selecting` it, `waiting` for its state.

    One that `was_ready` waits for the connection to come back; another one fails with it.
    """

    name: str = ""
    session: str = ""
    phase: Phase = "none"
    error: str = ""
    was_ready: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioPrompt:
    """Another session is active than the one that a scenario belongs to."""

    scenario: str
    session: str
    active: str

    @property
    def question(self) -> str:
        """One line."""
        return f"{self.scenario} belongs to the session {self.session}, and {self.active} is active: go over to it?"


class ScenarioRunner:
    """The scenario in hand of one window. `on_change` is called when `now` or `prompt` may be another."""

    def __init__(self, client: WindowClient, on_change: Callable[[], None]) -> None:
        self._client = client
        self._on_change = on_change
        self._made: dict[str, tuple[str, str]] = {}
        self._ticket = 0
        self._end = client.subscribe(self._changed)
        self.now = ScenarioState()

    def close(self) -> None:
        """Look at the window no more."""
        self._ticket += 1
        self._end()

    @property
    def prompt(self) -> ScenarioPrompt | None:
        """What is to be asked before the scenario in hand is stepped; as things are now, whatever was asked before."""
        state, active = self.now, self._client.connection.active_session
        if state.phase in {"none", "failed"} or not state.session or active in {None, "", state.session}:
            return None
        assert active is not None, "excluded above"
        return ScenarioPrompt(state.name, state.session, active)

    def needs_reset(self, scenario: str) -> bool:
        """Whether loading it begins a session anew: it was made from it before, and is there still."""
        item = self._item(scenario)
        if item is None:
            return False
        listed = self._client.catalog.item(item.session)
        is_there = not self._client.catalog.freshness.stale and listed is not None
        remembered = self._made.get(scenario) == (self._client.connection.epoch, item.session)
        return is_there and (remembered or item.made or (listed is not None and listed.scenario == scenario))

    def load(self, scenario: str, *, reset: bool | None = None) -> Failure | None:
        """Make or reset the session of a scenario, go over to it, and wait for it; the answer says why not.

        `reset` None decides by what was made before.
        """
        item = self._item(scenario)
        refused = self._client.why_not()
        if refused is not None and refused.code not in {"client.no_session", "client.not_ready"}:
            return refused
        if item is None:
            return Failure("scenario.unknown", f"The server has no scenario {scenario!r}.")
        if item.trouble:
            return Failure("scenario.failed", f"{scenario}: {item.trouble}")
        self._ticket += 1
        ticket = self._ticket
        self._set(ScenarioState(scenario, item.session, "making"))
        begin_anew = self.needs_reset(scenario) if reset is None else reset
        return self._client.create_session(
            scenario, reset=begin_anew, on_reply=lambda reply: self._created(ticket, reply)
        )

    def take_up(self, scenario: str) -> Failure | None:
        """Go over to the session of a scenario that has made it already: it stays where it was."""
        item = self._item(scenario)
        if item is None:
            return Failure("scenario.unknown", f"The server has no scenario {scenario!r}.")
        refused = self._client.why_not(writes=False)
        if refused is not None and refused.code not in {"client.no_session", "client.not_ready"}:
            return refused
        self._set(ScenarioState(scenario, item.session, "selecting"))
        return self.go_over()

    def go_over(self) -> Failure | None:
        """Make the session of the scenario in hand the active one again."""
        state = self.now
        if not state.session:
            return Failure("scenario.unknown", "No scenario is loaded.")
        self._ticket += 1
        return self._select(self._ticket)

    def let_go(self) -> None:
        """The user means another session: no scenario is in hand any more."""
        self._ticket += 1
        self._set(ScenarioState())

    def why_not(self, scenario: str) -> Failure | None:
        """What is missing before a step of this scenario can be made; None when nothing is."""
        refused = self._client.why_not()
        if refused is not None and refused.code not in {"client.no_session", "client.not_ready"}:
            return refused
        state = self.now
        if state.name != scenario or state.phase == "none":
            return Failure("scenario.not_loaded", f"The scenario {scenario} is not loaded: load it first.")
        if state.phase == "failed":
            return Failure("scenario.failed", f"The scenario {scenario} is not ready: {state.error}")
        if (prompt := self.prompt) is not None:
            return Failure("scenario.elsewhere", prompt.question)
        if state.phase != "ready":
            return Failure(
                "scenario.not_ready", f"The scenario {scenario} is not ready yet: its session is on the way."
            )
        return refused

    def send(self, scenario: str, command: RuntimeCommand, on_answer: OnAnswer | None = None) -> str | Failure:
        """A step that belongs to a scenario: sent to its session, or refused with what is missing."""
        return self.why_not(scenario) or self._client.send(command, on_answer, "scenario")

    # What comes of it

    def _created(self, ticket: int, reply: Reply | Failure) -> None:
        if ticket != self._ticket:
            return
        if isinstance(reply, Ack) and not reply.accepted:
            reply = Failure(reply.code or "server.failed", shown(reply.message))
        if isinstance(reply, Failure):
            self._fail(reply.message)
            return
        self._made[self.now.name] = (self._client.connection.epoch, self.now.session)
        self._select(ticket)

    def _select(self, ticket: int) -> Failure | None:
        if self._client.connection.active_session == self.now.session:
            self._look()
            return None
        self._set(replace(self.now, phase="selecting", error=""))
        return self._client.select(self.now.session, lambda failure: self._selected(ticket, failure))

    def _selected(self, ticket: int, failure: Failure | None) -> None:
        if ticket != self._ticket:
            return
        if failure is not None:
            self._fail(failure.message)
        else:
            self._look()

    def _look(self) -> None:
        """Ready is what the connection says that it is."""
        connection = self._client.connection
        if connection.active_session == self.now.session:
            phase: Phase = "ready" if connection.ready else "waiting"
            self._set(replace(self.now, phase=phase, error="", was_ready=self.now.was_ready or connection.ready))

    def _changed(self, change: Change) -> None:
        if change not in {"connection", "session", "catalog", "scenarios"}:
            return
        state, connection = self.now, self._client.connection
        is_under_way = state.phase in {"making", "selecting", "waiting"} and not state.was_ready
        if is_under_way and connection.status != "connected":
            self._ticket += 1
            self._fail("")
            return
        if state.phase in {"waiting", "ready"}:
            if connection.active_session == state.session:
                self._look()
            elif connection.status != "connected":
                self._set(replace(state, phase="waiting"))
            elif connection.ready and connection.active_session is None:
                self._fail("its session is not in hand any more: load it again")
        self._on_change()

    def _item(self, scenario: str) -> ScenarioItem | None:
        return next((item for item in self._client.scenarios if item.name == scenario), None)

    def _fail(self, why: str) -> None:
        if self._client.connection.status != "connected":
            why = "the connection was lost before its session was ready: load it again"
        self._client.diagnostics.note("command", "scenario failed", {"scenario": self.now.name, "why": why}, "scenario")
        self._set(replace(self.now, phase="failed", error=why))

    def _set(self, state: ScenarioState) -> None:
        if state != self.now:
            self.now = state
            self._on_change()
