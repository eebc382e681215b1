"""The events that a benchmark's own live source makes: as long as real ones, with ids that tell their order."""

from typing import Final

from connectome_tui.events.model import FlowEvent

_PLACES: Final = tuple(
    (f"service:{name}", f"{kind}:{other}")
    for name in ("gateway", "api", "inventory", "pricing", "worker", "mailer", "search", "billing")
    for kind, other in (("store", "redis"), ("store", "postgres"), ("service", "worker"), ("service", "search"))
    if name != other
)
TRACE: Final = 8
"""So many events belong to the first of them."""
_LABELS: Final = tuple(f"POST /orders/{number}" for number in range(503))


def event_id(number: int) -> str:
    """The id of the event of this number."""
    return f"4fd0b6131f19f39a:{number:016x}"


def made_event(number: int, at_ms: float) -> FlowEvent:
    """The event of this number, one in a thousand of them failed."""
    place = _PLACES[number % len(_PLACES)]
    is_bad = number % 997 == 996
    return FlowEvent(
        id=event_id(number),
        at_ms=at_ms,
        from_node_id=place[0],
        to_node_id=place[1],
        trigger="direct",
        call_type="graphQuery" if number % 3 == 1 else "code",
        label=_LABELS[number % len(_LABELS)],
        duration_ms=number % 1500 + 0.5,
        payload_summary="HTTP 500" if is_bad else "HTTP 200",
        status="error" if is_bad else "ok",
        parent_event_id=event_id(number - number % TRACE) if number % TRACE else None,
    )
