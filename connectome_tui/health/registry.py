"""All checkers, by module (HEALTH-1)."""

from collections.abc import Mapping, Sequence
from typing import Final

from connectome_tui.health.checker import Checker, LiveChecker, Looker
from connectome_tui.health.engine_checks import MinimumDuration, NoAutoplayLeak, SingleStep, SpeedIsNoAuthorisation
from connectome_tui.health.event_checks import RequiredFields, SentencesSaySomething, UniqueIds
from connectome_tui.health.export_check import ExportEqualsLedger
from connectome_tui.health.live_checks import LIVE_CHECKERS
from connectome_tui.health.source_checks import BufferBounds, StreamIntegrity
from connectome_tui.health.store_checks import (
    AtomicCommit,
    LedgerIsAppendOnly,
    RestartFollowsPolicy,
    SingleActiveFocus,
    WaitTimerClamps,
)

WATCHED: Final[Mapping[str, Sequence[type[Checker]]]] = {
    "state_store": (
        LedgerIsAppendOnly,
        SingleActiveFocus,
        AtomicCommit,
        WaitTimerClamps,
        ExportEqualsLedger,
        RestartFollowsPolicy,
    ),
    "runtime_engine": (SingleStep, SpeedIsNoAuthorisation, MinimumDuration, NoAutoplayLeak),
    "sources": (StreamIntegrity, BufferBounds),
}
"""What also watches a running session and makes its badges (HEALTH-2)."""

LIVE: Final[Mapping[str, Sequence[type[LiveChecker]]]] = {
    module: tuple(kind for kind in LIVE_CHECKERS if kind.module == module) for module in ("state_store", "sources")
}
"""What watches a live session (HEALTH-2), by module."""

STEPPED_MODULES: Final = ("state_store", "runtime_engine", "event_model", "flow_canvas", "sources")
MODULES: Final = (*STEPPED_MODULES, "sync", "server")


def checkers_by_module() -> Mapping[str, Sequence[type[Checker]]]:
    """Every checker that looks at stepping.

    The layout is imported here and not with the module: a running session does not need it.
    """
    from connectome_tui.health.canvas_checks import LayoutIsDeterministic, SteppingMovesNothing, TopologyHoldsEvents

    every = {
        **WATCHED,
        "event_model": (RequiredFields, UniqueIds, SentencesSaySomething),
        "flow_canvas": (TopologyHoldsEvents, SteppingMovesNothing, LayoutIsDeterministic),
    }
    return {module: every[module] for module in STEPPED_MODULES}


def checkers_of(module: str) -> Sequence[type[Looker]]:
    """Every checker of a module: of stepping, of live sessions, and those with a run of their own."""
    from connectome_tui.health.server_checks import SERVER_CHECKERS
    from connectome_tui.health.sync_checks import SYNC_CHECKERS

    own: Mapping[str, Sequence[type[Looker]]] = {"sync": SYNC_CHECKERS, "server": SERVER_CHECKERS}
    return (*checkers_by_module().get(module, ()), *LIVE.get(module, ()), *own.get(module, ()))
