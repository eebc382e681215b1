"""The detail of a card or an edge: what it is, how much went through it, and its latest events."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from connectome_tui.events.numbers import grouped
from connectome_tui.events.topology import Edge, Node
from connectome_tui.graph.unit_marks import UNIT_MARKS
from connectome_tui.store.ledger import Ledger
from connectome_tui.store.selectors import select_shown_index, select_step_number
from connectome_tui.store.state import State
from connectome_tui.widgets.badges import call_badge, call_glyph, trigger_badge
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run
from connectome_tui.widgets.palette import energy_token, took_token
from connectome_tui.widgets.times import took_text

_LATEST: Final = 50
_KEY_WIDTH: Final = 8
_TOOK_WIDTH: Final = 7


def node_document(state: State, node: Node, writer: DetailWriter, glyphs: Glyphs) -> DetailDocument:
    """A card: zone and detail, counts, where it is called from and what it calls, its latest events."""
    writer.gap()
    upto = select_shown_index(state)
    place = f" {glyphs.dot} ".join(text for text in (node.zone, node.detail) if text)
    title = f"Detail {glyphs.dot} {node.title}"
    head = [Run(node.title, "text.strong", "b"), Run(f"   {place}", "text.muted")]
    if upto is None:
        writer.line(*head)
        _write_neighbours(writer, state, node, None, glyphs)
        return writer.document(title)
    history = state.ledger.node_history(node.id, upto)
    writer.line(*head, *_counts(history.arrivals, history.errors, glyphs))
    _write_unit(writer, state, node, upto, glyphs)
    if history.energy is not None:
        writer.pair("energy", Run(f"{history.energy:.2f}", energy_token(history.energy)), key_width=_KEY_WIDTH)
    _write_neighbours(writer, state, node, upto, glyphs)
    if node.steps:
        writer.text_pair("steps", ", ".join(node.steps), key_width=_KEY_WIDTH)
    ledger = state.ledger
    _write_latest(
        writer, state, _newest_first(ledger, upto, lambda at: ledger.node_history(node.id, at).newest_index), glyphs
    )
    return writer.document(title)


def _write_unit(writer: DetailWriter, state: State, node: Node, upto: int, glyphs: Glyphs) -> None:
    """How a unit of a run stands, why, and since when; what it waits for while it waits (RUN-6)."""
    if node.column is None:
        return
    standing = state.ledger.unit_standing(node.id, upto)
    mark = UNIT_MARKS[standing.state if standing else "pending"]
    glyph = mark.ascii if glyphs.ascii_only else mark.glyph
    progress = f"   {standing.detail}" if standing and standing.detail else ""
    writer.pair("state", Run(f"{glyph} {mark.word}", mark.token, "b"), Run(progress), key_width=_KEY_WIDTH)
    event = state.ledger[standing.index].event if standing else None
    if event is not None and event.status == "error" and event.payload_summary:
        writer.text_pair("error", event.payload_summary, "error", key_width=_KEY_WIDTH)
    open_states = {"pending", "ready", "blocked"}
    if (standing.state if standing else "pending") in open_states and (waits := _waits_for(state, node, upto, glyphs)):
        writer.text_pair("needs", waits, key_width=_KEY_WIDTH)


def _waits_for(state: State, node: Node, upto: int, glyphs: Glyphs) -> str:
    """What the unit comes after and is not done, with how that stands."""
    names = []
    for other in node.after:
        standing = state.ledger.unit_standing(other, upto)
        mark = UNIT_MARKS[standing.state if standing else "pending"]
        if mark.word not in {"complete", "running"}:
            glyph = mark.ascii if glyphs.ascii_only else mark.glyph
            names.append(f"{glyph} {state.topology.title(other)} {mark.word}")
    return "  ".join(names)


def edge_document(state: State, edge: Edge, writer: DetailWriter, glyphs: Glyphs) -> DetailDocument:
    """An edge: what usually travels it, counts, its latest events."""
    topology = state.topology
    name = f"{topology.title(edge.from_node_id)} {glyphs.arrow} {topology.title(edge.to_node_id)}"
    writer.gap()
    upto = select_shown_index(state)
    ledger = state.ledger
    history = None if upto is None else ledger.edge_history(edge.id, upto)
    counts = () if history is None else _counts(history.events, history.errors, glyphs)
    writer.line(Run(name, "text.strong", "b"), *counts)
    writer.line(trigger_badge(edge.trigger, glyphs), Run("  "), call_badge(edge.call_type, glyphs))
    if upto is not None:
        newest = _newest_first(ledger, upto, lambda at: ledger.edge_history(edge.id, at).newest_index)
        _write_latest(writer, state, newest, glyphs)
    return writer.document(f"Detail {glyphs.dot} {name}")


def _counts(events: int, errors: int, glyphs: Glyphs) -> Sequence[Run]:
    counted = Run(f"   {grouped(events)} event{'' if events == 1 else 's'}")
    if not errors:
        return (counted,)
    return (counted, Run(f"   {glyphs.error} {grouped(errors)} error{'' if errors == 1 else 's'}", "error", "b"))


def _write_neighbours(writer: DetailWriter, state: State, node: Node, upto: int | None, glyphs: Glyphs) -> None:
    """`from api ×1  worker ×8`; what was not travelled so far has no count."""
    title = state.topology.title

    def named(edge: Edge, other: str) -> str:
        events = 0 if upto is None else state.ledger.edge_history(edge.id, upto).events
        return f"{title(other)} {glyphs.times}{grouped(events)}" if events else title(other)

    coming = [named(edge, edge.from_node_id) for edge in state.topology.edges if edge.to_node_id == node.id]
    going = [named(edge, edge.to_node_id) for edge in state.topology.edges if edge.from_node_id == node.id]
    for key, names in (("from", coming), ("to", going)):
        if names:
            writer.text_pair(key, "  ".join(names), key_width=_KEY_WIDTH)


def _newest_first(ledger: Ledger, upto: int, newest_at: Callable[[int], int]) -> Iterator[int]:
    """The latest entries of something in the session of `upto`; `newest_at` gives the newest one up to an entry."""
    first = max(ledger.session_at(upto).first_index, ledger.start)
    while upto >= first and (index := newest_at(upto)) >= first:
        yield index
        upto = index - 1


def _write_latest(writer: DetailWriter, state: State, newest_first: Iterator[int], glyphs: Glyphs) -> None:
    """A line for each of the latest events, newest first."""
    for count, index in enumerate(islice(newest_first, _LATEST)):
        if count == 0:
            writer.heading("Latest events")
        writer.step_line(index, *_latest_runs(state, state.ledger, index, glyphs))


def _latest_runs(state: State, ledger: Ledger, index: int, glyphs: Glyphs) -> Sequence[Run]:
    event = ledger[index].event
    return (
        Run(f"{grouped(select_step_number(state, index)):>4}  ", "text.muted"),
        call_glyph(event.tone, glyphs),
        Run(f" {took_text(event.duration_ms):>{_TOOK_WIDTH}}  ", took_token(event.duration_ms)),
        Run(event.label, "error" if event.status == "error" else "text"),
    )
