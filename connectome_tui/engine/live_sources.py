"""The sources of a live session as the state shows them, and what their batches change (STORE-10)."""

from collections.abc import Sequence
from dataclasses import replace

from connectome_tui.engine.holding import Held
from connectome_tui.events.live import LiveBatch
from connectome_tui.store.rates import counted
from connectome_tui.store.state import LiveSourceState, LiveStatus


def with_batches(live: LiveStatus, batches: Sequence[LiveBatch], now_ms: float) -> LiveStatus:
    """The status after these batches arrived: connections, counters, and the rates of the last minute."""
    sources = {source.name: source for source in live.sources}
    events = errors = 0
    for batch in batches:
        known = sources.get(batch.source) or LiveSourceState(batch.source, "")
        if batch.status is not None or batch.counters is not None:
            known = replace(known, status=batch.status or known.status, counters=batch.counters or known.counters)
        sources[batch.source] = known
        events += len(batch.events)
        errors += sum(event.status == "error" for event in batch.events)
    rates = counted(live.rates, now_ms, events, errors) if events else live.rates
    return replace(live, sources=tuple(sources.values()), arrived=live.arrived + events, rates=rates)


def with_held(live: LiveStatus, waiting: Held) -> LiveStatus:
    """The status with what waits now, and what was lost of it."""
    counts, held, in_recording = waiting.counts, len(waiting), waiting.read is not None
    overflowed, unread = waiting.overflowed, waiting.unread
    known = (live.held, live.overflowed, live.unread, live.held_in_recording)
    if (held, overflowed, unread, in_recording) == known:
        return live
    return replace(
        live,
        sources=tuple(replace(source, held=counts.get(source.name, 0)) for source in live.sources),
        held=held,
        held_in_recording=in_recording,
        overflowed=overflowed,
        unread=unread,
    )
