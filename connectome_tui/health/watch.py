"""The same checkers beside a running session: they make its health badges (HEALTH-2)."""

from collections.abc import Mapping
from typing import Any

from connectome_tui.engine.runtime import CommandOutcome
from connectome_tui.health.checker import Checker, Guard, attach, unguarded
from connectome_tui.health.registry import WATCHED
from connectome_tui.session import SteppedSession
from connectome_tui.store.state import HealthBadge


class StepperHealth:
    """What the checkers say of a stepped session, from now on."""

    def __init__(self, session: SteppedSession, guard: Guard[Any] = unguarded) -> None:
        self._session = session
        self._checkers: dict[str, list[Checker]] = {
            module: [kind(session) for kind in kinds] for module, kinds in WATCHED.items()
        }
        for checkers in self._checkers.values():
            attach(checkers, session, guard)

    @property
    def findings(self) -> int:
        """How much was found so far."""
        return sum(len(checker.findings) for checkers in self._checkers.values() for checker in checkers)

    def badges(self) -> Mapping[str, HealthBadge]:
        """The health of each part as of now: a finding is an error, and lines that could not be read a warning."""
        return {module: self._badge(module) for module in self._checkers}

    def _badge(self, module: str) -> HealthBadge:
        checkers = self._checkers[module]
        findings = [finding for checker in checkers for finding in checker.findings]
        if findings:
            return HealthBadge("ERROR", findings[0])
        if module == "sources" and (skipped := self._session.store.state.source.skipped_lines):
            return HealthBadge("WARN", skipped_text(skipped))
        return HealthBadge("OK", f"{len(checkers)} checks hold")


class HealthWatch:
    """Watches a session from now on. Badges change in commits of their own, and only when a health does."""

    def __init__(self, session: SteppedSession) -> None:
        self._session = session
        self._health = StepperHealth(session)
        self._findings = 0
        session.engine.dock_engine_command_dispatched.connect(self._after_command)
        self.refresh()

    def refresh(self) -> None:
        """Commit the badges when they are not those in the state; to be called when the source has news, too."""
        badges = self._health.badges()
        if badges != self._session.store.state.health_badges:
            self._session.store.set_health_badges(badges)

    def _after_command(self, _outcome: CommandOutcome) -> None:
        findings = self._health.findings
        if findings != self._findings:
            self._findings = findings
            self.refresh()


def skipped_text(lines: tuple[int, ...]) -> str:
    """`3 lines could not be read: 12, 40, 77`."""
    named = ", ".join(str(line) for line in lines[:5])
    more = ", …" if len(lines) > 5 else ""
    return f"{len(lines)} line{'' if len(lines) == 1 else 's'} could not be read: {named}{more}"
