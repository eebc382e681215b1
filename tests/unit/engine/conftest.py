"""An engine over a store and a clock that stands still."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep, RuntimeCommand, RuntimeReleaseResult
from connectome_tui.engine.runtime import RuntimeEngine
from connectome_tui.events.flow import Flow
from connectome_tui.store.state import State
from connectome_tui.store.store import RestartPolicy, Store
from tests.factories import make_flow


@dataclass
class Rig:
    """One engine in hand: `send` commands, read `state`, move `clock`."""

    clock: ManualClock
    store: Store
    engine: RuntimeEngine

    @property
    def state(self) -> State:
        return self.store.state

    @property
    def labels(self) -> list[str]:
        return [entry.event.label for entry in self.state.ledger]

    def send(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        return self.engine.dispatch_runtime_command(command)

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            self.send(NextStep())

    def tick(self, ms: float = 1000.0) -> RuntimeReleaseResult | None:
        self.clock.advance(ms)
        return self.engine.serve_deadline()


@pytest.fixture
def make_rig() -> Callable[..., Rig]:
    """Makes an engine that has a flow open."""

    def make(flow: Flow | int = 3, policy: RestartPolicy = "boundary") -> Rig:
        clock = ManualClock(50_000.0)
        store = Store(policy)
        engine = RuntimeEngine(store, clock)
        engine.load_flow(make_flow(flow) if isinstance(flow, int) else flow)
        return Rig(clock, store, engine)

    return make
