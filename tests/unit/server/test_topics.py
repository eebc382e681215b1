"""Topics that are a last value: catalog, presence, scenarios and sources (SERVER-3, SERVER-10)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import (
    Ack,
    FromServer,
    Invalidation,
    NotifyCatalog,
    NotifyPresence,
    NotifyScenarios,
    SessionCreate,
    SessionGoodbye,
    SessionList,
    Snapshot,
    SnapshotGet,
    Topic,
)
from connectome_tui.net.items import PresenceItem, ScenarioItem
from connectome_tui.server.keeping import Actor
from connectome_tui.server.limits import Limits
from connectome_tui.server.scenario_port import Loaded, LoadOutcome, NotLoaded
from connectome_tui.server.topics import Topics
from connectome_tui.server.trouble import Troubles
from connectome_tui.sync import compare_revisions, is_canonical_revision
from tests.hosting import LOOK_TOKEN, Stage, acted
from tests.links import Caller


def data(caller: Caller, topic: Topic) -> list[dict[str, Any]]:
    """A topic's items as this window gets them."""
    snapshot = caller.ask(SnapshotGet(id=1, topic=topic), Snapshot)
    return list(snapshot.data)


def invalidations(frames: list[FromServer]) -> list[str]:
    return [frame.topic for frame in frames if isinstance(frame, Invalidation)]


def test_the_catalog_lists_every_session_and_who_is_on_it() -> None:
    """Name, title, how far it is and how many look at it (CLIENT-3)."""
    stage = Stage()
    stage.host()
    stage.host("login")
    ada = stage.window()
    stage.window("bob", session="login")
    acted(stage.core.sessions["checkout"], NextStep(), Actor("x~1", "x"))
    items = ada.ask(SessionList(id=3), Snapshot)
    assert (items.id, items.topic) == (3, "catalog")
    listed = {item["name"]: item for item in items.data}
    assert list(listed) == ["checkout", "login"]
    assert (listed["checkout"]["steps"], listed["checkout"]["total"], listed["checkout"]["here"]) == (1, 5, 1)
    assert listed["checkout"]["title"] == "POST /checkout"
    assert listed["checkout"]["last_seen_at"] == stage.clock.now_ms()
    assert "steps" not in listed["login"]


def test_presence_says_who_is_where_with_which_role() -> None:
    """Coming, going to another session and leaving change who is here (SERVER-10)."""
    stage = Stage()
    stage.host()
    ada = stage.window(client="connectome 1")
    bob = stage.window("bob", auth=LOOK_TOKEN, origin="agent", session="")
    assert {item["actor"]: item.get("session", "") for item in data(ada, "presence")} == {"ada": "checkout", "bob": ""}
    (seen,) = [item for item in data(ada, "presence") if item["actor"] == "bob"]
    assert (seen["role"], seen["origin"]) == ("read-only", "agent")
    bob.say(SessionGoodbye())
    assert [item["actor"] for item in data(ada, "presence")] == ["ada"]


def test_a_change_is_told_once_and_a_burst_costs_little() -> None:
    """Any number of changes in a moment is one invalidation for each window (SYNC-5)."""
    stage = Stage()
    stage.host()
    ada = stage.window()
    stage.pass_time(10_000)
    ada.hear()
    others = [stage.window(f"w{number}", session="") for number in range(20)]
    stage.pass_time(1000)
    heard = [frame for frame in ada.hear() if isinstance(frame, NotifyPresence)]
    assert len(heard) == 1
    for other in others:
        other.drop()
    stage.pass_time(1000)
    assert len(ada.hear_only(NotifyPresence)) == 1
    stage.pass_time(10_000)
    assert invalidations(ada.hear()) == []


def test_revisions_are_canonical_and_grow_with_what_is_asked_for() -> None:
    """A snapshot is at least as new as the invalidation that announced it, also of a server begun again (SYNC-1)."""
    stage = Stage()
    stage.host()
    ada = stage.window()
    stage.pass_time(1000)
    told = [frame.revision for frame in ada.hear() if isinstance(frame, NotifyCatalog)]
    first = ada.ask(SnapshotGet(id=1, topic="catalog"), Snapshot)
    assert is_canonical_revision(first.revision)
    assert compare_revisions(first.revision, told[-1]) >= 0
    stage.host("login")
    second = ada.ask(SnapshotGet(id=1, topic="catalog"), Snapshot)
    assert compare_revisions(second.revision, first.revision) > 0
    assert ada.ask(SnapshotGet(id=1, topic="catalog"), Snapshot).revision == second.revision
    stage.clock.advance(60_000)
    other = Stage(keeper=stage.keeper, clock=stage.clock)
    other.host()
    later = other.window().ask(SnapshotGet(id=1, topic="catalog"), Snapshot)
    assert compare_revisions(later.revision, second.revision) > 0


def test_steps_alone_are_told_seldom() -> None:
    """A session that moves on fast does not make all windows ask for the catalog all the time (SERVER-9)."""
    stage = Stage()
    hosted = stage.host(events=500)
    ada = stage.window()
    stage.pass_time(10_000)
    ada.hear()
    for _ in range(200):
        acted(hosted, NextStep(), Actor("x~1", "x"))
        stage.pass_time(50)
    assert 1 <= len(ada.hear_only(NotifyCatalog)) <= 3


def test_a_window_that_read_nothing_hears_what_it_missed() -> None:
    """Invalidations do not pile up for a slow window; when it reads again it is told to ask (SERVER-9)."""
    stage = Stage(limits=Limits(waiting_bytes=2000))
    stage.host()
    slow = stage.window(session="")
    slow.say(SessionList(id=1))
    while slow.link.waiting_bytes < 2001:
        slow.say(SessionList(id=1))
    stage.window("bob")
    waiting = slow.link.waiting_bytes
    stage.pass_time(1000)
    assert slow.link.waiting_bytes == waiting
    slow.hear()
    slow.user.writable()
    assert set(invalidations(slow.hear())) == {"catalog", "presence", "scenarios", "source"}


def test_a_topic_that_cannot_be_read_keeps_its_last_value_and_is_reported() -> None:
    """A projection fails loudly, and what it said last goes on being true (SERVER-10)."""
    troubles = Troubles()
    topics = Topics(ManualClock(), Limits(), troubles, lambda _message: 0)
    items: dict[str, PresenceItem] | None = {"a": PresenceItem(actor_id="a", actor="ada")}

    def read() -> dict[str, PresenceItem]:
        if items is None:
            raise RuntimeError("gone")
        return items

    topics.add("presence", read)
    first = topics.snapshot("presence", 1)
    items = None
    topics.touch("presence")
    assert topics.snapshot("presence", 1) == first
    assert troubles.count == 1


class FakeScenarios:
    """Makes a session when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool, str]] = []
        self.done: list[Callable[[LoadOutcome], None]] = []
        self.listeners: list[Callable[[], None]] = []
        self.made = False

    def items(self) -> Sequence[ScenarioItem]:
        return [ScenarioItem(name="shop", title="A shop", session="checkout", made=self.made)]

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:
        self.asked.append((name, reset, actor.name))
        self.done.append(done)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


@pytest.fixture
def scenarios() -> FakeScenarios:
    return FakeScenarios()


def test_a_session_of_a_scenario_is_answered_when_it_is_ready(scenarios: FakeScenarios) -> None:
    """The ack comes when the session is there, and everybody hears of it (CLIENT-7)."""
    stage = Stage(scenarios=scenarios)
    ada = stage.window(session="")
    stage.pass_time(1000)
    ada.hear()
    ada.say(SessionCreate(id=5, scenario="shop", reset=True))
    assert ada.hear() == []
    assert scenarios.asked == [("shop", True, "ada")]
    hosted = stage.host()
    scenarios.made = True
    scenarios.done[0](Loaded("checkout"))
    (ack,) = ada.hear_only(Ack)
    assert (ack.id, ack.accepted, ack.revision) == (5, True, str(hosted.revision))
    stage.pass_time(1000)
    heard = ada.hear()
    assert NotifyScenarios in [type(frame) for frame in heard]
    assert data(ada, "scenarios")[0]["made"] is True


def test_a_scenario_that_fails_says_why(scenarios: FakeScenarios) -> None:
    """No session is half made, and whoever asked is told the reason (CLIENT-7)."""
    stage = Stage(scenarios=scenarios)
    ada = stage.window(session="")
    ada.say(SessionCreate(id=5, scenario="shop"))
    scenarios.done[0](NotLoaded("scenario.failed", "shop.yaml:3: no such file: trace.json"))
    (ack,) = ada.hear_only(Ack)
    assert (ack.accepted, ack.code, ack.message) == (False, "scenario.failed", "shop.yaml:3: no such file: trace.json")


def test_who_left_meanwhile_is_not_answered(scenarios: FakeScenarios) -> None:
    """A load that ends when whoever asked is gone harms nobody (CLIENT-7)."""
    stage = Stage(scenarios=scenarios)
    ada = stage.window(session="")
    ada.say(SessionCreate(id=5, scenario="shop"))
    ada.drop()
    stage.host()
    scenarios.done[0](Loaded("checkout"))
    assert ada.hear() == []


def test_scenarios_are_for_who_may_change_something(scenarios: FakeScenarios) -> None:
    """A read-only window resets nothing (SERVER-9); a server without scenarios says that it has none."""
    stage = Stage(scenarios=scenarios)
    eve = stage.window("eve", auth=LOOK_TOKEN, session="")
    assert eve.ask(SessionCreate(id=5, scenario="shop"), Ack).code == "auth.read_only"
    assert scenarios.asked == []
    bare = Stage().window(session="")
    assert bare.ask(SessionCreate(id=5, scenario="shop"), Ack).code == "scenario.unknown"


def test_scenarios_that_change_are_told(scenarios: FakeScenarios) -> None:
    """A file that is new is offered to windows that are here (CLIENT-7)."""
    stage = Stage(scenarios=scenarios)
    ada = stage.window(session="")
    ada.ask(SnapshotGet(id=1, topic="scenarios"), Snapshot)
    stage.pass_time(1000)
    ada.hear()
    scenarios.made = True
    scenarios.listeners[0]()
    stage.pass_time(1000)
    assert len(ada.hear_only(NotifyScenarios)) == 1
    stage.core.close()
    assert scenarios.listeners == []
