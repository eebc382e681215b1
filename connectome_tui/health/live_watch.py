"""The live checkers beside a running session: they make its health badges (HEALTH-2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectome_tui.events.numbers import counted, grouped
from connectome_tui.health.checker import Guard, LiveChecker, attach, unguarded
from connectome_tui.health.live_checks import LIVE_CHECKERS
from connectome_tui.session import LiveSession
from connectome_tui.store.selectors import is_cut_off
from connectome_tui.store.state import HealthBadge, LiveStatus


class LiveHealth:
    """What the live checkers say of a session, from now on."""

    def __init__(self, session: LiveSession, guard: Guard[Any] = unguarded) -> None:
        self._session = session
        self._checkers: Sequence[LiveChecker] = [kind(session) for kind in LIVE_CHECKERS]
        attach(self._checkers, session, guard)

    def badges(self) -> Mapping[str, HealthBadge]:
        """The health of each part as of now: a finding, or a process that ended, is an error; else a warning."""
        badges: dict[str, HealthBadge] = {}
        for module in dict.fromkeys(checker.module for checker in self._checkers):
            checkers = [checker for checker in self._checkers if checker.module == module]
            findings = [finding for checker in checkers for finding in checker.findings]
            badges[module] = (
                HealthBadge("ERROR", findings[0]) if findings else HealthBadge("OK", f"{len(checkers)} checks hold")
            )
        live = self._session.store.state.live
        if badges["sources"].status == "OK" and live is not None:
            if trouble := trouble_of(live):
                badges["sources"] = HealthBadge("ERROR" if has_lost_process(live) else "WARN", trouble)
            elif cut_off := [source for source in live.sources if is_cut_off(source)]:
                badges["sources"] = HealthBadge("UNKNOWN", f"{cut_off[0].name}: {cut_off[0].status.message}")
        return badges


class LiveHealthWatch:
    """Watches a live session from now on. `refresh` is to be called after drains and commands."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._health = LiveHealth(session)
        self.refresh()

    def refresh(self) -> None:
        """Commit the badges when they are not those in the state."""
        badges = self._health.badges()
        if badges != self._session.store.state.health_badges:
            self._session.store.set_health_badges(badges)


def has_lost_process(live: LiveStatus) -> bool:
    """Whether a process that receives for this session is gone; it is started again."""
    return any(source.kind == "receiver" and source.status.phase == "error" for source in live.sources)


def trouble_of(live: LiveStatus) -> str:
    """What is wrong with the sources or the recording, in one line; empty when nothing is."""
    if live.recording_trouble:
        return f"not recorded any more: {live.recording_trouble}"
    for source in live.sources:
        if source.status.phase == "error":
            return f"{source.name}: {source.status.message or 'the connection failed'}"
    if live.dropped:
        return "dropped: " + ", ".join(f"{grouped(count)} ({reason})" for reason, count in sorted(live.dropped.items()))
    bad = sum(source.counters.bad for source in live.sources)
    if bad:
        return f"{counted(bad, 'record')} could not be read"
    return ""
