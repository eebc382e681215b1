"""What the connections of a server have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectome_tui.clock import Clock
from connectome_tui.server.flow_opener import FlowOpener
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import ServerKeeper
from connectome_tui.server.limits import Limits
from connectome_tui.server.permission import TokenCheck
from connectome_tui.server.presence import Presence
from connectome_tui.server.scenario_port import Scenarios
from connectome_tui.server.topics import Topics
from connectome_tui.server.trouble import Troubles
from connectome_tui.server.turns import Turns


@dataclass(frozen=True, slots=True)
class Services:
    """All calls are made on one thread. `unique` gives text that was never given before."""

    clock: Clock
    limits: Limits
    keeper: ServerKeeper
    tokens: TokenCheck
    scenarios: Scenarios
    unique: Callable[[], str]
    name: str
    topics: Topics
    presence: Presence
    flows: FlowOpener
    turns: Turns
    troubles: Troubles = field(default_factory=Troubles)
    sessions: dict[str, HostedSession] = field(default_factory=dict)
