"""What a checker is: it watches the docks of a session and remembers what was wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeVar

from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.session import LiveSession, SteppedSession
from connectome_tui.store.docks import CommitTransaction
from connectome_tui.store.state import HealthStatus

Module = Literal["state_store", "runtime_engine", "event_model", "flow_canvas", "sources", "sync", "server"]

Record = TypeVar("Record")

MAX_FINDINGS: Final = 8
"""So many findings are kept; more of the same tell nothing new."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a checker says: its status, what it looked at so often, and what it found."""

    module: Module
    checker: str
    indicator: str
    status: HealthStatus
    observed: int
    findings: tuple[str, ...] = ()


class Looker:
    """Looks on at a session. What it finds stays found; one that saw nothing answers UNKNOWN."""

    module: ClassVar[Module]
    name: ClassVar[str]
    indicator: ClassVar[str]

    def __init__(self) -> None:
        self.observed = 0
        self.findings: list[str] = []

    def on_commit(self, transaction: CommitTransaction) -> None:
        """Look at a commit; cheap, for it runs at each of them."""

    def on_outcome(self, outcome: CommandOutcome) -> None:
        """Look at what a command or a deadline did."""

    def conclude(self) -> None:
        """Look at the whole once the run is over."""

    def check(self, holds: object, finding: str) -> None:
        """Count one look, and keep the finding when it does not hold."""
        self.observed += 1
        if not holds and len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)

    @property
    def result(self) -> CheckResult:
        """What was found so far."""
        status: HealthStatus = "ERROR" if self.findings else "OK" if self.observed else "UNKNOWN"
        return CheckResult(self.module, self.name, self.indicator, status, self.observed, tuple(self.findings))


class Checker(Looker):
    """Looks on at the stepping of a recorded flow."""

    def __init__(self, session: SteppedSession) -> None:
        super().__init__()
        self.session = session


class LiveChecker(Looker):
    """Looks on at a session that follows live sources."""

    def __init__(self, session: LiveSession) -> None:
        super().__init__()
        self.session = session


Guard = Callable[[Callable[[Record], None]], Callable[[Record], None]]
"""Puts something around what looks on, so that it can fail without failing what it looks at."""


def unguarded(observer: Callable[[Record], None]) -> Callable[[Record], None]:
    """What fails in looking on fails the commit, and is seen at once."""
    return observer


def attach(checkers: Sequence[Looker], session: SteppedSession | LiveSession, guard: Guard[Any] = unguarded) -> None:
    """Let checkers look on at a session from now on."""
    for checker in checkers:
        if type(checker).on_commit is not Looker.on_commit:
            session.store.dock_store_commit_transaction.connect(guard(checker.on_commit))
        if type(checker).on_outcome is not Looker.on_outcome:
            session.engine.dock_engine_command_dispatched.connect(guard(checker.on_outcome))
