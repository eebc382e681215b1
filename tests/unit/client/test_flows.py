"""The flows of the session in hand, as a window fetches them and `ctl` prints them (SPAN-7)."""

from typing import Any

import msgspec
import pytest

from connectome_tui.client import flows as client_flows
from connectome_tui.client.flows import CHANGED, NO_SENSE, FlowListing
from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import ANSWER_MS, Failure
from connectome_tui.client.shared_flows import flows_object, flows_text
from connectome_tui.clock import HeldClock
from connectome_tui.net.command_codec import OpenFlow
from connectome_tui.net.flows import FlowItem, FlowsSource
from connectome_tui.net.frames import (
    Ack,
    CommandFrame,
    CommitsBaseline,
    ErrorFrame,
    Flows,
    FlowsGet,
    SessionSelect,
    Snapshot,
)
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_wire import encode
from tests.hosting import stepped
from tests.windows import ClientRig

SOURCE = FlowsSource(name="shop.json", format="otlp-json", events=9, errors=2)


class Window(ClientRig):
    """A window whose session is here."""

    def __init__(self) -> None:
        super().__init__(session="checkout")
        self.came: list[FlowListing | Failure] = []
        self.client.connect()
        self.server.welcome()
        (select,) = self.server.heard_only(SessionSelect)
        self.server.say(Ack(accepted=True, id=select.id, revision="1"))
        session = stepped(3, HeldClock(self.clock))
        baseline = baseline_of(session.store.state, flow=session.flow)
        self.server.say(
            CommitsBaseline(session="checkout", revision=baseline.revision, data=msgspec.Raw(encode(baseline)))
        )
        assert self.client.why_not() is None

    def fetch(self) -> Any:
        """Ask for the flows."""
        return self.client.fetch_flows(self.came.append)

    def asked(self) -> FlowsGet:
        """The one page that was asked for."""
        (frame,) = self.server.heard_only(FlowsGet)
        return frame


def item(number: int, **more: Any) -> FlowItem:
    fields: dict[str, Any] = {"title": f"GET /{number}", "started_at_ms": 1000.0 * number, "duration_ms": 12.5}
    return FlowItem(id=f"f{number}", events=number, **fields | more)


def part(asked: FlowsGet, *items: FlowItem, total: int, **more: Any) -> Flows:
    fields: dict[str, Any] = {"session": "checkout", "flow": "all", "source": SOURCE}
    return Flows(id=asked.id, first=asked.first, total=total, items=items, **fields | more)


def test_flows_are_fetched_page_by_page_and_shown_as_they_come() -> None:
    """Nothing is asked before somebody wants it; then each page asks for the next, until all are here."""
    window = Window()
    assert not window.server.heard_only(FlowsGet)
    window.fetch()
    first = window.asked()
    window.server.say(part(first, item(1), item(2), total=3))
    second = window.asked()
    assert (first.first, second.first) == (0, 2)
    window.server.say(part(second, item(3, errors=1, result="500", through=("a", "b")), total=3))
    assert not window.server.heard_only(FlowsGet)
    some, whole = window.came
    assert isinstance(some, FlowListing)
    assert isinstance(whole, FlowListing)
    assert ([flow.id for flow in some.flows], some.is_whole) == (["f1", "f2"], False)
    assert ([flow.id for flow in whole.flows], whole.is_whole) == (["f1", "f2", "f3"], True)
    flow = whole.flows[2]
    assert (flow.title, flow.errors, flow.result, flow.through) == ("GET /3", 1, "500", ("a", "b"))
    assert whole.source == SOURCE


def test_no_more_are_fetched_than_can_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many a server says that it has, a window takes so many (SERVER-9)."""
    monkeypatch.setattr(client_flows, "MOST_FLOWS", 2)
    window = Window()
    window.fetch()
    window.server.say(part(window.asked(), item(1), item(2), total=10**9))
    assert not window.server.heard_only(FlowsGet)
    (listing,) = window.came
    assert isinstance(listing, FlowListing)
    assert listing.is_whole


def test_what_comes_of_no_use_is_said() -> None:
    """A refusal, silence, a lost connection, another recording meanwhile, nonsense: one line each, and an end."""
    for answer, expected in (
        (lambda asked: ErrorFrame(code="limit.rate", message="wait", id=asked.id), "limit.rate"),
        (lambda asked: part(asked, total=5), NO_SENSE.code),
        (lambda asked: Snapshot(id=asked.id, topic="catalog", revision="1", data=[]), NO_SENSE.code),
    ):
        window = Window()
        window.fetch()
        window.server.say(answer(window.asked()))
        (failure,) = window.came
        assert isinstance(failure, Failure)
        assert failure.code == expected
    window = Window()
    window.fetch()
    window.server.say(part(window.asked(), item(1), total=2))
    window.server.say(part(window.asked(), item(2), total=2, source=FlowsSource(name="another", format="x")))
    assert window.came[1:] == [CHANGED]
    window = Window()
    window.fetch()
    window.pass_time(ANSWER_MS + 1.0)
    assert [failure.code for failure in window.came if isinstance(failure, Failure)] == ["client.no_answer"]
    window = Window()
    window.fetch()
    window.server.drop()
    assert [failure.code for failure in window.came if isinstance(failure, Failure)] == ["client.disconnected"]
    refused = window.fetch()
    assert isinstance(refused, Failure)
    assert "Not connected" in refused.message


def test_who_closes_the_list_hears_no_more() -> None:
    """The answer that is under way finds nobody, and nothing else is asked."""
    window = Window()
    stop = window.fetch()
    asked = window.asked()
    stop()
    window.server.say(part(asked, item(1), total=2))
    assert not window.came
    assert not window.server.heard_only(FlowsGet)


def test_a_live_session_has_no_flows() -> None:
    """An empty list is whole at once."""
    window = Window()
    window.fetch()
    window.server.say(part(window.asked(), total=0, flow="", source=None))
    (listing,) = window.came
    assert isinstance(listing, FlowListing)
    assert (listing.flows, listing.source, listing.is_whole) == ((), None, True)


def test_a_flow_is_opened_by_a_command_like_any_other() -> None:
    """It carries an intent and the run that was seen, and its answer comes back (SERVER-5, CLIENT-6)."""
    window = Window()
    answers: list[Answer] = []
    sent = window.client.send(OpenFlow("f2"), answers.append)
    (frame,) = window.server.heard_only(CommandFrame)
    assert (frame.kind, frame.payload, frame.session) == ("open_flow", {"flow_id": "f2"}, "checkout")
    assert frame.session_id == window.client.store.state.session_id
    assert frame.intent_id == sent
    window.server.say(Ack(accepted=False, intent_id=frame.intent_id, code="flow.unknown", message="no such flow"))
    (answer,) = answers
    assert (answer.accepted, answer.code, answer.message) == (False, "flow.unknown", "no such flow")


def test_flows_are_printed_with_a_star_at_the_one_that_is_stepped() -> None:
    """All flows stand first; control characters of titles are made visible; every field is in the object."""
    parts = [
        part(FlowsGet(id=1), item(1, errors=2, result="500"), total=2, flow="f2"),
        part(FlowsGet(id=2, first=1), item(2, title="a\x1b[31m"), total=2, flow="f2"),
    ]
    every, first, second = flows_text(parts)
    assert every.split() == ["all", "0.0ms", "9", "events", "2", "failed", "All", "flows"]
    assert first.split() == ["f1", "12ms", "1", "events", "2", "failed", "GET", "/1", "500"]
    assert second.startswith("* f2 ")
    assert "\x1b" not in second
    made = flows_object(parts)
    assert (made["session"], made["flow"], [flow["id"] for flow in made["flows"]]) == ("checkout", "f2", ["f1", "f2"])
    assert made["source"]["name"] == "shop.json"
    live = [part(FlowsGet(id=1), total=0, flow="", source=None)]
    assert list(flows_text(live)) == ["checkout is live: what comes is one flow"]
    assert flows_object(live)["source"] is None
