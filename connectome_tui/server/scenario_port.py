"""What the server core asks of scenarios (CLIENT-7); `server/scenarios.py` makes sessions of YAML files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from connectome_tui.net.items import ScenarioItem
from connectome_tui.server.keeping import Actor


@dataclass(frozen=True, slots=True)
class Loaded:
    """The session of a scenario is there: it was handed to `ServerCore.add_session`, or is the one that was there."""

    session: str


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """It could not be made; nothing of it is left (no session half made)."""

    code: Literal["scenario.unknown", "scenario.failed", "session.exists"]
    message: str


LoadOutcome = Loaded | NotLoaded


class Scenarios(Protocol):
    """Offers scenarios and makes their sessions. All calls are made on the loop's thread, and so are the answers."""

    def items(self) -> Sequence[ScenarioItem]:
        """What there is, and what was made from it."""
        ...

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:
        """Make the session of a scenario, or begin it anew; `done` is called once, perhaps before this returns.

        A session that is there stays as it is without `reset`. With it, `HostedSession.replace` begins anew.
        """
        ...

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back when `items` would answer otherwise; the answer ends it."""
        ...


class NoScenarios:
    """Of a server that has none."""

    def items(self) -> Sequence[ScenarioItem]:
        return ()

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:  # noqa: ARG002
        done(NotLoaded("scenario.unknown", f"there is no scenario {name!r:.80}: the server was started without any"))

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:  # noqa: ARG002
        return lambda: None
