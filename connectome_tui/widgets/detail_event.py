"""The detail of an event: everything that is known of it, most wanted first."""

from collections.abc import Mapping
from typing import Any

from connectome_tui.events.durations import duration_text
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.store.entries import is_placeholder
from connectome_tui.store.ledger import Ledger, LedgerEntry
from connectome_tui.store.selectors import select_step_number
from connectome_tui.store.state import State
from connectome_tui.widgets.badges import call_badge, error_run, trigger_badge
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter
from connectome_tui.widgets.detail_values import value_text
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run, elide
from connectome_tui.widgets.palette import took_token
from connectome_tui.widgets.times import clock_text, is_wall_clock

_NAMED_CHILDREN = 200
_EXCEPTION = "exception."


def event_document(
    state: State, arrival_index: int, writer: DetailWriter, glyphs: Glyphs, released_by: str = ""
) -> DetailDocument:
    """The document of an entry, as of this state; `released_by` is the name of who asked for it."""
    entry = state.ledger[arrival_index]
    number = select_step_number(state, arrival_index)
    if entry.event.is_boundary:
        writer.line(Run("A new session begins.", "text.muted"))
        _write_who(writer, "begun", released_by)
        return writer.document("Detail")
    if is_placeholder(entry.event):
        writer.line(Run(f"This event is being fetched {glyphs.ellipsis}", "text.muted"))
        return writer.document(f"Detail {glyphs.dot} event {grouped(number)}")
    detail = state.ledger.detail(arrival_index)
    own_exception = _exception_of(detail.attributes)
    exception = own_exception or _exception_of_child(state.ledger, arrival_index)
    writer.gap()
    _write_head(writer, state, entry, glyphs)
    writer.gap()
    if entry.event.status == "error":
        failure = exception_line(exception) or detail.identity.get("message", "")
        if failure:
            writer.text_pair("failed", failure, "error")
    _write_times(writer, state, entry)
    _write_who(writer, "released", released_by)
    _write_relations(writer, state, entry)
    plain = {key: value for key, value in detail.attributes.items() if not (own_exception and key in own_exception)}
    writer.mapping("Attributes", plain)
    if exception:
        _write_exception(writer, exception)
    writer.mapping("Identity", {"id": entry.event.id} | dict(detail.identity))
    writer.mapping("Resource", detail.resource)
    if detail.raw is not None:
        writer.heading("Record")
        writer.text_pair("", value_text(detail.raw), key_width=0, name="Record")
    return writer.document(f"Detail {glyphs.dot} event {grouped(number)}")


def _write_head(writer: DetailWriter, state: State, entry: LedgerEntry, glyphs: Glyphs) -> None:
    event = entry.event
    title = state.ledger.session_at(entry.arrival_index).topology.title
    error = error_run(event, glyphs)
    writer.line(Run(event.label, "text.strong", "b"), *((Run("   "), *error) if error else ()))
    writer.line(
        Run(title(event.from_node_id)),
        Run(f" {glyphs.arrow} ", "text.muted"),
        Run(title(event.to_node_id)),
        Run("   "),
        trigger_badge(event.trigger, glyphs),
        Run("  "),
        call_badge(event.tone, glyphs),
    )


def _write_times(writer: DetailWriter, state: State, entry: LedgerEntry) -> None:
    event = entry.event
    if event.payload_summary:
        writer.text_pair("summary", event.payload_summary)
    flow = state.ledger.session_at(entry.arrival_index).flow or state.flow
    offset = signed_offset(event.at_ms - (flow.started_at_ms if flow is not None else 0.0))
    at = clock_text(event.at_ms, milliseconds=True) if is_wall_clock(event.at_ms) else ""
    writer.pair("start", *((Run(f"{at}   "),) if at else ()), Run(offset))
    if event.duration_ms is not None:
        share: tuple[Run, ...] = ()
        if flow is not None and flow.duration_ms > 0 and event.duration_ms >= 0:
            share = (Run(f"   {100 * event.duration_ms / flow.duration_ms:.1f} % of the flow", "text.muted"),)
        writer.pair("took", Run(duration_text(event.duration_ms), took_token(event.duration_ms)), *share)
    if event.rate_hint:
        writer.text_pair("rate", event.rate_hint)
    if event.step_key and event.step_key != event.label:
        writer.text_pair("step", event.step_key)
    if event.energy_delta is not None:
        writer.pair("energy", Run(f"{event.energy_delta:+.2f}"))


def _write_who(writer: DetailWriter, what: str, name: str) -> None:
    if name:
        writer.text_pair(what, f"by {name}")


def _write_relations(writer: DetailWriter, state: State, entry: LedgerEntry) -> None:
    event, index = entry.event, entry.arrival_index
    ledger = state.ledger
    parent = ledger.parent_index(index)
    if parent is not None:
        number = grouped(select_step_number(state, parent))
        writer.steps("parent", [(parent, elide(f"{number}  {ledger[parent].event.label}", writer.width - 14))])
    elif event.parent_event_id:
        writer.text_pair("parent", f"{event.parent_event_id} (not among the events here)", "text.muted")
    children = ledger.child_indexes(index)
    named = children[:_NAMED_CHILDREN]
    writer.steps("children", [(child, grouped(select_step_number(state, child))) for child in named])
    if len(children) > len(named):
        writer.pair("", Run(f"… {grouped(len(children) - len(named))} more", "text.muted"))
    if event.link_event_ids:
        writer.text_pair("links", "\n".join(event.link_event_ids))
    if event.notes:
        writer.text_pair("notes", event.notes.replace("; ", "\n"), "warn")


def _write_exception(writer: DetailWriter, exception: Mapping[str, Any]) -> None:
    writer.heading("Exception")
    for key, token in (("type", "error"), ("message", "text"), ("stacktrace", "text.muted")):
        value = exception.get(_EXCEPTION + key)
        if value:
            writer.text_pair("", value_text(value).strip("\n"), token, key_width=0, name=f"Exception.{key}")


def exception_line(exception: Mapping[str, Any]) -> str:
    """`OperationalError: no such table`: the class without its module, and the first line of the message."""
    kind = value_text(exception.get(f"{_EXCEPTION}type", "")).rpartition(".")[2]
    message = value_text(exception.get(f"{_EXCEPTION}message", "")).partition("\n")[0]
    return ": ".join(part for part in (kind, message) if part)


def signed_offset(offset_ms: float) -> str:
    """`+15.7 ms`, `−1.692 s`: when in the flow."""
    text = f"{offset_ms:+.1f} ms" if abs(offset_ms) < 1000 else f"{offset_ms / 1000:+.3f} s"
    return text.replace("-", "−")


def _exception_of(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in attributes.items() if key.startswith(_EXCEPTION)}


def _exception_of_child(ledger: Ledger, arrival_index: int) -> Mapping[str, Any]:
    """What a failed call's own exception event says, when it was released."""
    if ledger[arrival_index].event.status != "error":
        return {}
    for child in ledger.child_indexes(arrival_index)[:_NAMED_CHILDREN]:
        if is_exception(ledger[child].event):
            return _exception_of(ledger.detail(child).attributes)
    return {}


def is_exception(event: FlowEvent) -> bool:
    """Whether an event tells of an exception within its parent."""
    return event.call_type == "moment" and event.label == "exception"
