"""Stepped flows and looks for the tests of the panes."""

from typing import Any

from textual.geometry import Size

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import Flow
from connectome_tui.events.model import FlowEvent
from connectome_tui.session import SteppedSession, release_all, start_session
from connectome_tui.store.state import HealthBadge, State
from connectome_tui.widgets.glyphs import ASCII, UNICODE
from connectome_tui.widgets.log_painter import LogPainter
from connectome_tui.widgets.log_rows import Anchor
from connectome_tui.widgets.painting import Look
from connectome_tui.widgets.palette import DARK, NO_COLOUR
from tests.factories import ListRecording, make_event, make_flow

DARK_LOOK = Look(DARK, UNICODE)
MONO_LOOK = Look(NO_COLOUR, UNICODE)
ASCII_LOOK = Look(NO_COLOUR, ASCII)

FLOW_START_MS = 1_763_644_293_233.0
HEALTHY = {"store": HealthBadge("OK"), "engine": HealthBadge("OK"), "source": HealthBadge("OK")}


def shop_event(number: int, at_ms: float, start: str, end: str, **fields: Any) -> FlowEvent:
    """An event of the shop, `at_ms` after the start of its flow, child of the one before."""
    defaults: dict[str, Any] = {
        "at_ms": FLOW_START_MS + at_ms,
        "from_node_id": start,
        "to_node_id": end,
        "parent_event_id": f"e{number - 1}" if number > 1 else None,
    }
    return make_event(number, **defaults | fields)


def shop_events() -> list[FlowEvent]:
    """A small checkout: a request, calls behind it, a query that fails."""
    api, gateway, worker = "service:api", "service:gateway", "service:worker"
    return [
        shop_event(1, 0.0, gateway, gateway, label="POST /checkout", duration_ms=282.0, payload_summary="HTTP 200"),
        shop_event(2, 4.1, gateway, api, label="POST /orders", duration_ms=12.4, payload_summary="HTTP 200"),
        shop_event(
            3, 15.7, api, worker, label="run/charge_payment", trigger="async", call_type="graphLink", duration_ms=4.1
        ),
        shop_event(
            4,
            274.3,
            worker,
            "store:sqlite",
            label="select",
            call_type="graphQuery",
            duration_ms=1.0,
            status="error",
            payload_summary="select * from no_such_table",
        ),
    ]


def shop_flow(**details: Any) -> Flow:
    """The checkout as a flow."""
    return make_flow(shop_events(), flow_id="checkout", **details)


def stepped(flow: Flow | None = None, steps: int | None = None, *, clock: ManualClock | None = None) -> SteppedSession:
    """A session of which `steps` events were released (None: all, and the end not reached for yet)."""
    flow = flow or shop_flow()
    recording = ListRecording([flow], name="shop.otlp.jsonl")
    session = start_session(recording, flow.summary.id, clock=clock or ManualClock(FLOW_START_MS))
    session.store.set_health_badges(HEALTHY)
    list(release_all(session, len(flow.events) if steps is None else steps))
    return session


def log_texts(
    state: State,
    flow: Flow | None,
    *,
    width: int = 120,
    height: int = 10,
    anchor: Anchor | None = None,
    look: Look = DARK_LOOK,
) -> list[str]:
    """The log as text, with its rule, without blanks at the ends of lines."""
    lines = LogPainter().lines(state, flow, anchor, look, Size(width, height))
    return [line.text.rstrip() for line in lines]
