"""Catalog, presence, scenarios and sources by revision sync (CLIENT-2 to CLIENT-5, SERVER-3)."""

import asyncio
from typing import Any

from connectome_tui.client.refreshing import Refreshing
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import NextStep
from connectome_tui.net.frames import TOPICS, ErrorFrame, NotifyCatalog, Snapshot, SnapshotGet, Topic, encode_frame
from connectome_tui.net.items import CatalogItem
from connectome_tui.server.keeping import Actor
from tests.hosting import Stage, acted
from tests.windows import ClientRig, CoreDialer, KeptNotes, make_client, make_welcome


async def settle(*dialers: CoreDialer) -> None:
    """Let tasks and messages go on until nothing moves."""
    for _ in range(50):
        await asyncio.sleep(0)
        moved = [dialer.deliver() for dialer in dialers]
        if not any(moved):
            await asyncio.sleep(0)


async def joined(stage: Stage, name: str = "ada", **more: Any) -> tuple[WindowClient, CoreDialer]:
    """A window with all last values."""
    dialer = CoreDialer(stage.core)
    client = make_client(dialer, stage.clock, name, session="checkout", topics=TOPICS, **more)
    client.connect()
    await settle(dialer)
    return client, dialer


async def test_all_last_values_come_and_follow() -> None:
    """The catalog and who is here are there after connecting, and change when the server says so (SERVER-3)."""
    stage = Stage()
    stage.host()
    ada, ada_dialer = await joined(stage)
    assert [item.name for item in ada.catalog.items] == ["checkout"]
    assert not ada.catalog.freshness.stale
    bob, bob_dialer = await joined(stage, "bob")
    stage.pass_time(10_000)
    await settle(ada_dialer, bob_dialer)
    assert sorted(item.actor for item in ada.presence) == ["ada", "bob"]
    assert sorted(item.actor for item in bob.presence) == ["ada", "bob"]
    stage.host("billing")
    stage.pass_time(10_000)
    await settle(ada_dialer, bob_dialer)
    assert {item.name for item in ada.catalog.items} == {"checkout", "billing"}
    bob.teardown()
    stage.pass_time(10_000)
    await settle(ada_dialer)
    assert [item.actor for item in ada.presence] == ["ada"]
    ada.teardown()
    await settle(ada_dialer, bob_dialer)


async def test_a_session_that_plays_leaves_room_for_other_notes() -> None:
    """CLIENT-8: of 200 notes none is spent on a catalog that says the same sessions as before."""
    stage, notes = Stage(), KeptNotes()
    stage.host(events=60)
    client, dialer = await joined(stage, notes=notes)
    for _ in range(20):
        acted(stage.core.sessions["checkout"], NextStep(), Actor("bob~1", "bob"))
        stage.pass_time(10_000)
        await settle(dialer)
    assert client.catalog.items[0].steps == 20
    stage.host("billing")
    stage.pass_time(10_000)
    await settle(dialer)
    assert notes.events("catalog").count("refreshed") == 2
    client.teardown()
    await settle(dialer)


async def test_a_lost_connection_makes_the_catalog_stale_and_empties_the_rest() -> None:
    """Who is here is not known without a connection; the list of sessions stays, as stale (CLIENT-2)."""
    stage = Stage()
    stage.host()
    client, dialer = await joined(stage)
    told: list[str] = []
    client.subscribe(told.append)
    dialer.wire.cut()
    assert client.catalog.freshness.stale
    assert [item.name for item in client.catalog.items] == ["checkout"]
    assert client.presence == ()
    assert {"connection", "catalog", "presence"} <= set(told)
    client.teardown()
    await settle(dialer)


async def test_another_session_begins_without_the_values_of_the_one_before() -> None:
    """Values are kept by session and topic: going over empties them, and asks anew (CLIENT-2)."""
    stage = Stage()
    stage.host()
    stage.host("billing")
    client, dialer = await joined(stage)
    assert client.presence
    seen: list[int] = []
    client.subscribe(lambda change: seen.append(len(client.presence)) if change == "presence" else None)
    client.select("billing")
    dialer.deliver()
    assert client.presence == ()
    stage.pass_time(1000)
    await settle(dialer)
    assert [item.session for item in client.presence] == ["billing"]
    assert seen[0] == 0
    client.teardown()
    await settle(dialer)


def topics_of(rig: ClientRig, topic: Topic = "catalog") -> list[SnapshotGet]:
    """Questions for one topic that the window has sent."""
    return [frame for frame in rig.server.heard_only(SnapshotGet) if frame.topic == topic]


async def played() -> tuple[ClientRig, SnapshotGet]:
    """A window with a catalog alone, on a played server that has been asked for it."""
    rig = ClientRig(topics=("catalog",))
    rig.client.connect()
    rig.server.welcome()
    await settle()
    (asked,) = topics_of(rig)
    return rig, asked


def listed(asked: SnapshotGet, *names: str, revision: str = "1") -> Snapshot:
    """A catalog with these sessions."""
    data = [{"name": name, "last_seen_at": 1.0} for name in names]
    return Snapshot(id=asked.id, topic="catalog", revision=revision, data=data)


async def test_an_answer_behind_a_disconnect_changes_nothing() -> None:
    """The list comes when the connection it was asked over has ended: nothing is applied, it stays stale (CLIENT-2)."""
    rig, asked = await played()
    user = rig.server.user
    rig.server.drop()
    assert user is not None
    user.received(encode_frame(listed(asked, "checkout")))
    await settle()
    assert rig.client.catalog.items == ()
    assert rig.client.catalog.freshness.stale
    assert not rig.client.catalog.freshness.loading
    rig.pass_time(1000)
    rig.server.open()
    rig.server.say(make_welcome())
    await settle()
    (again,) = topics_of(rig)
    rig.server.say(listed(again, "billing", revision="0"))
    await settle()
    assert [item.name for item in rig.client.catalog.items] == ["billing"]
    assert rig.client.catalog.freshness.fetched_for.endswith("/2")
    rig.client.teardown()
    await settle()


async def test_failures_wait_longer_and_a_manual_retry_passes_once() -> None:
    """1, 2, 4 s; refused before its time; a manual retry does not wait, this once; success resets (CLIENT-4)."""
    rig, asked = await played()
    catalog = rig.client.catalog
    for wait in (1000, 2000, 4000):
        rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="the disk is full"))
        await settle()
        assert catalog.freshness.next_allowed_refresh == rig.clock.now_ms() + wait
        assert "next try in" in catalog.opened()
        rig.pass_time(wait - 1)
        await settle()
        assert topics_of(rig) == []
        rig.pass_time(1)
        await settle()
        (asked,) = topics_of(rig)
    assert catalog.freshness.retry_count == 3
    rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="the disk is full"))
    await settle()
    assert catalog.retry() == ""
    await settle()
    (asked,) = topics_of(rig)
    rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="the disk is full"))
    await settle()
    assert catalog.freshness.retry_count == 5
    assert catalog.freshness.next_allowed_refresh == rig.clock.now_ms() + 16_000
    assert "next try in 16 s" in catalog.opened(), "the retry passed once, and no more"
    rig.client.teardown()
    await settle()


async def test_success_resets_the_wait() -> None:
    """After a list that came, the next failure waits one second again (CLIENT-4)."""
    rig, asked = await played()
    rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="no"))
    await settle()
    rig.client.catalog.retry()
    await settle()
    (asked,) = topics_of(rig)
    rig.server.say(listed(asked, "checkout"))
    await settle()
    fresh = rig.client.catalog.freshness
    assert (fresh.retry_count, fresh.last_error, fresh.next_allowed_refresh, fresh.stale) == (0, "", None, False)
    assert fresh.last_refreshed == fresh.last_attempt == rig.clock.now_ms()
    rig.server.say(NotifyCatalog(topic="catalog", revision="2"))
    await settle()
    assert rig.client.catalog.freshness.stale
    (asked,) = topics_of(rig)
    rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="no"))
    await settle()
    assert rig.client.catalog.freshness.next_allowed_refresh == rig.clock.now_ms() + 1000
    rig.client.teardown()
    await settle()


async def test_a_burst_of_news_costs_two_questions() -> None:
    """A hundred invalidations while one question is under way: one more question (SYNC-5)."""
    rig, asked = await played()
    for revision in range(2, 102):
        rig.server.say(NotifyCatalog(topic="catalog", revision=str(revision)))
    await settle()
    assert topics_of(rig) == []
    rig.server.say(listed(asked, "checkout", revision="50"))
    await settle()
    (again,) = topics_of(rig)
    rig.server.say(listed(again, "checkout", "billing", revision="101"))
    await settle()
    assert topics_of(rig) == []
    assert len(rig.client.catalog.items) == 2
    rig.client.teardown()
    await settle()


async def test_what_a_server_says_of_its_sessions_may_be_nonsense() -> None:
    """Items of another form, a revision that is none, another topic: told as a failure, nothing applied (CLIENT-3)."""
    for data, revision, topic in (
        ([{"name": 5}], "1", "catalog"),
        ("nothing", "1", "catalog"),
        ([], "01", "catalog"),
        ([], "1", "presence"),
    ):
        rig, asked = await played()
        rig.server.say(Snapshot(id=asked.id, topic=topic, revision=revision, data=data))  # type: ignore[arg-type]
        await settle()
        assert "makes no sense" in rig.client.catalog.freshness.last_error
        assert rig.client.catalog.freshness.last_refreshed is None
        rig.client.teardown()
        await settle()


async def test_the_selector_tells_its_cases_apart() -> None:
    """Loading, none there, listed, stale, not reachable: each with its words, and why it is disabled (CLIENT-5)."""
    rig = ClientRig(topics=("catalog",))
    catalog, client = rig.client.catalog, rig.client

    def kind() -> str:
        selector = catalog.selector(client.connection)
        assert bool(selector.line) == (selector.kind != "listed")
        assert selector.disabled_why or selector.items
        return selector.kind

    assert kind() == "not reachable"
    client.connect()
    rig.server.fail("nobody listens there")
    selector = catalog.selector(client.connection)
    assert selector.kind == "not reachable"
    assert "nobody listens there" in selector.disabled_why
    assert "next try in 1 s" in selector.disabled_why
    assert catalog.opened() == "not connected"
    rig.pass_time(1000)
    rig.server.welcome()
    assert kind() == "loading"
    await settle()
    assert kind() == "loading"
    (asked,) = topics_of(rig)
    rig.server.say(listed(asked))
    await settle()
    assert kind() == "none there"
    assert catalog.opened() == "", "an empty list is asked for again"
    await settle()
    (asked,) = topics_of(rig)
    rig.server.say(listed(asked, "checkout", revision="2"))
    await settle()
    assert kind() == "listed"
    assert catalog.opened() == ""
    await settle()
    assert topics_of(rig) == [], "a list that is true is not asked for again"
    rig.server.say(NotifyCatalog(topic="catalog", revision="3"))
    assert kind() == "stale"
    await settle()
    (asked,) = topics_of(rig)
    rig.server.say(ErrorFrame(id=asked.id, code="server.failed", message="the disk is full"))
    await settle()
    selector = catalog.selector(client.connection)
    assert (selector.kind, selector.disabled_why) == ("stale", "")
    assert "the disk is full; next try in 1 s" in selector.line
    assert selector.stale_since == catalog.freshness.last_refreshed
    rig.server.drop()
    selector = catalog.selector(client.connection)
    assert selector.kind == "not reachable"
    assert selector.stale_since is not None
    assert [item.name for item in selector.items] == ["checkout"]
    client.teardown()
    await settle()


def test_a_ticket_of_before_the_disconnect_is_worth_nothing() -> None:
    """Success and failure that are told late change neither freshness nor waits (CLIENT-2)."""
    clock = ManualClock()
    refreshing = Refreshing(clock, lambda: None, lambda: None, lambda: 1.0)
    refreshing.connected("c/1")
    ticket = refreshing.began()
    refreshing.disconnected()
    before = refreshing.now
    assert not refreshing.succeeded(ticket)
    assert not refreshing.failed(ticket, "late")
    refreshing.connected("c/2")
    assert not refreshing.succeeded(ticket)
    assert refreshing.now == before
    assert refreshing.refuses() == ""


async def test_the_catalog_says_what_moved_on() -> None:
    """An item says how far a session is and how many windows it has (CLIENT-3)."""
    stage = Stage()
    stage.host()
    client, dialer = await joined(stage)
    client.send(NextStep())
    dialer.deliver()
    stage.pass_time(20_000)
    await settle(dialer)
    (item,) = client.catalog.items
    assert isinstance(item, CatalogItem)
    assert (item.name, item.steps, item.total, item.here) == ("checkout", 1, 5, 1)
    assert item.last_seen_at > 0
    client.teardown()
    await settle(dialer)
