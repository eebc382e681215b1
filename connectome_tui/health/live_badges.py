"""The health of a live session, from what its sources and its recording say of themselves (HEALTH-2, STORE-10)."""

from collections.abc import Iterator, Mapping

from connectome_tui.store.state import HealthBadge, LiveSourceState, LiveStatus


def live_badges(live: LiveStatus) -> Mapping[str, HealthBadge]:
    """The badges of a live session: what is lost is an error, what was dropped or is tried again a warning."""
    return {
        "state_store": HealthBadge("OK", "one commit a batch"),
        "runtime_engine": HealthBadge("OK", "releases what comes"),
        "sources": next(_troubles(live), HealthBadge("OK", f"{len(live.sources)} followed")),
    }


def _troubles(live: LiveStatus) -> Iterator[HealthBadge]:
    """What is wrong, the worst first."""
    yield from (
        HealthBadge("ERROR", f"{source.name}: {source.status.message or 'lost'}")
        for source in live.sources
        if source.status.phase == "error" and (source.status.next_retry_ms is None or source.kind == "receiver")
    )
    if live.recording_trouble:
        yield HealthBadge("ERROR", live.recording_trouble)
    yield from (
        HealthBadge("WARN", f"{source.name}: {source.status.message or 'not connected'}")
        for source in live.sources
        if is_cut_off(source)
    )
    dropped = live.dropped
    if dropped:
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
        yield HealthBadge("WARN", f"{sum(dropped.values())} dropped: {reasons}")
    bad = sum(source.counters.bad for source in live.sources)
    if bad:
        yield HealthBadge("WARN", f"{bad} could not be read")


def is_cut_off(source: LiveSourceState) -> bool:
    """Whether a source has no connection and will try again."""
    return source.status.phase in {"error", "disconnected"} and source.status.next_retry_ms is not None
