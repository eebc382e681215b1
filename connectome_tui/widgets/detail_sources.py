"""The detail of live sources: how each stands, what it counted, and what became of it (STORE-10)."""

from collections.abc import Mapping

from connectome_tui.events.numbers import grouped
from connectome_tui.store.state import LiveSourceState, LiveStatus, State
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.live_marks import is_holding
from connectome_tui.widgets.painting import Run

_KEY_WIDTH = 13
_PHASE_TOKENS = {"connected": "ok", "listening": "ok", "connecting": "warn", "error": "error"}


def shows_sources(state: State) -> bool:
    """Whether the detail is about the sources: asked for, or nothing is selected while events pass by."""
    if state.live is None:
        return False
    selection = state.view.selection
    if selection is not None:
        return selection.kind == "source"
    is_searching = state.view.search is not None and state.view.search.current >= 0
    return not is_holding(state) and state.inspection_index is None and not is_searching


def sources_document(live: LiveStatus, writer: DetailWriter, glyphs: Glyphs) -> DetailDocument:
    """Each source with its counters, then the session: counters that are 0 are left out, but for the first two."""
    writer.gap()
    for source in live.sources:
        _write_source(writer, source)
        writer.gap()
    _write_session(writer, live)
    count = len(live.sources)
    return writer.document(f"Detail {glyphs.dot} {count} source{'' if count == 1 else 's'}")


def _write_source(writer: DetailWriter, source: LiveSourceState) -> None:
    counters, phase = source.counters, source.status.phase
    writer.line(Run(source.name, "text.strong", "b"), Run(f"   {source.kind}", "text.muted"))
    writer.pair("state", Run(phase, _PHASE_TOKENS.get(phase, "text.muted")), key_width=_KEY_WIDTH)
    if source.status.message:
        writer.text_pair("", source.status.message, "text.muted", key_width=_KEY_WIDTH)
    _write_count(writer, "received", counters.received, always=True)
    _write_count(writer, "decoded", counters.decoded)
    _write_count(writer, "handed over", counters.shown_ready, always=True)
    _write_count(writer, "waiting", counters.waiting)
    _write_count(writer, "bad", counters.bad, "warn")
    _write_count(writer, "told to wait", counters.rate_limited, "warn")
    _write_count(writer, "connections", counters.connections)
    _write_count(writer, "bytes", counters.bytes_received)
    _write_reasons(writer, "dropped", counters.dropped, "error")
    _write_reasons(writer, "refused", counters.refused, "warn")
    _write_reasons(writer, "not shown", counters.skipped, "text.muted")


def _write_session(writer: DetailWriter, live: LiveStatus) -> None:
    writer.heading("Session")
    _write_count(writer, "arrived", live.arrived, always=True)
    _write_count(writer, "shown", live.shown, always=True)
    _write_count(writer, "held", live.held)
    if live.evicted:
        writer.pair(
            "gone", Run(grouped(live.evicted)), Run(f"   {live.evicted_why}", "text.muted"), key_width=_KEY_WIDTH
        )
    _write_count(writer, "dropped", live.overflowed, "error")
    _write_count(writer, "nodes left out", live.nodes_left_out, "warn")
    if live.recording_trouble:
        writer.text_pair("recording", live.recording_trouble, "error", key_width=_KEY_WIDTH)
    else:
        writer.text_pair("recording", live.recording or "none", "text.muted", key_width=_KEY_WIDTH)
    if live.recording_notice:
        writer.text_pair("", live.recording_notice, "warn", key_width=_KEY_WIDTH)


def _write_count(writer: DetailWriter, key: str, count: int, token: str = "text", *, always: bool = False) -> None:
    if count or always:
        writer.pair(key, Run(grouped(count), token), key_width=_KEY_WIDTH)


def _write_reasons(writer: DetailWriter, key: str, reasons: Mapping[str, int], token: str) -> None:
    shown = [(reason, count) for reason, count in reasons.items() if count]
    for number, (reason, count) in enumerate(shown):
        name = "" if number else key
        writer.pair(name, Run(grouped(count), token), Run(f"   {reason}", "text.muted"), key_width=_KEY_WIDTH)
