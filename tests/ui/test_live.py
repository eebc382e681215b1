"""Following live sources on the screen (ENGINE-5, STORE-10, STORE-11, SCREENS "States")."""

import threading

from connectome_tui.events.live import ConnectionStatus, LiveCounters
from connectome_tui.session import LiveOptions
from connectome_tui.store.retention import Retention
from tests.factories import make_event
from tests.live_sources import FakeSource
from tests.ui.driving import painted, pressed, rows, settled, text
from tests.ui.driving_live import live_app
from tests.unit.live import MemoryRecorder


async def test_before_anything_came_the_address_and_a_line_to_paste_are_shown() -> None:
    """The empty screen says what it waits for, where, and what to paste; the first event takes its place."""
    async with live_app() as driven:
        assert "Waiting for the first span" in text(driven.app)
        assert "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" in text(driven.app)
        assert "● live   realtime · x1   ✓ healthy" in rows(driven.app)[0]
        driven.source.bring(1)
        await driven.drained()
        assert "Waiting for the first" not in text(driven.app)
        assert "api" in text(driven.app)
        assert "Step 1 " in text(driven.app)


async def test_what_has_come_is_to_be_stepped() -> None:
    """As stepper the empty screen says how many events wait and which key releases one (ENGINE-5)."""
    async with live_app(options=LiveOptions(session_id="live", stepper=True)) as driven:
        driven.source.bring(3)
        await driven.drained()
        assert "3 events to step: press Space" in text(driven.app)
        assert "Press Space to release the first event" in text(driven.app)
        await pressed(driven.pilot, "space")
        assert "press Space" not in text(driven.app)
        assert "Step 1 " in text(driven.app)


async def test_recordings_that_went_are_said() -> None:
    """Issue 3, item 6: when the limit takes a recording away, the footer says so, and the detail of the sources."""
    recorder = MemoryRecorder()
    async with live_app(recorder=recorder) as driven:
        recorder.notice = "the oldest recording (3 MB) went"
        driven.source.bring(1)
        await driven.drained()
        assert "the oldest recording (3 MB) went" in rows(driven.app)[-1]
        await pressed(driven.pilot, "s")
        assert "the oldest recording (3 MB) went" in " ".join(text(driven.app).split())


async def test_what_came_from_threads_is_drained_in_order() -> None:
    """Batches of a thread become rows in their order, and the newest is lit (STORE-11)."""
    async with live_app() as driven:
        thread = threading.Thread(target=lambda: [driven.source.bring(10) for _ in range(20)])
        thread.start()
        thread.join()
        await driven.drained()
        assert [entry.event.id for entry in driven.app.state.ledger] == [f"e{number}" for number in range(1, 201)]
        assert "call 200" in rows(driven.app)[-2]
        assert driven.app.state.active_focus.active_node_id == "store:db"


async def test_time_goes_on_after_a_drain_that_a_thread_asked_for() -> None:
    """The timers that a drain sets belong to the application, whoever handed over what was drained."""
    async with live_app() as driven:
        driven.source.bring(1)
        await driven.drained()
        ticks: list[None] = []
        driven.app.main_screen.now_bar.on_tick = lambda: ticks.append(None)  # type: ignore[method-assign]
        thread = threading.Thread(
            target=lambda: driven.source.give([make_event(2)], wait_actions={0: "start"}),
        )
        thread.start()
        thread.join()
        await driven.drained()
        await settled(driven.pilot, lambda: bool(ticks))


async def test_a_drain_is_one_commit() -> None:
    """What was handed over together appears in one commit (STORE-4)."""
    async with live_app() as driven:
        before = driven.app.state.commit_id
        driven.source.bring(50)
        await driven.drained()
        assert {entry.commit_id for entry in driven.app.state.ledger} == {before + 1}


async def test_p_lets_what_comes_wait_in_the_recording() -> None:
    """Paused, nothing is released, the count that waits is shown, and resuming drains in order (ENGINE-5)."""
    async with live_app(recorder=MemoryRecorder()) as driven:
        driven.source.bring(3)
        await driven.drained()
        await pressed(driven.pilot, "p")
        assert "‖ paused" in rows(driven.app)[0]
        driven.source.bring(1204)
        await driven.drained()
        assert "waiting 1 204 in the recording" in text(driven.app)
        assert driven.app.state.cursor == 3
        assert rows(driven.app)[-1].lstrip().startswith("p resume")
        await pressed(driven.pilot, "p")
        await driven.passed(1)
        assert driven.app.state.cursor == 1207
        assert [entry.event.id for entry in driven.app.state.ledger][-1] == "e1207"
        assert "● live" in rows(driven.app)[0]


async def test_without_a_recording_the_buffer_is_shown_and_drops_are_told() -> None:
    """The bounded buffer shows how full it is and what was dropped; the badge warns, a gap row follows (ENGINE-5)."""
    async with live_app() as driven:
        driven.source.bring(1)
        await driven.drained()
        await pressed(driven.pilot, "p")
        driven.source.bring(700)
        driven.source.bring(512)
        await driven.drained()
        assert "━ 1000/1000 · 212 dropped" in text(driven.app)
        assert rows(driven.app)[0].endswith("! source ")
        await pressed(driven.pilot, "p")
        await driven.passed(1)
        assert driven.app.state.cursor == 1001
        assert "1 gap · 1 001 events" in text(driven.app)
        await pressed(driven.pilot, "home")
        assert "gap · 212 events dropped" in text(driven.app)


async def test_narrow_screens_say_what_waits_in_the_active_row() -> None:
    """At 80x24 the counts stand beside the wait bar, the sparklines are gone."""
    async with live_app(size=(80, 24), recorder=MemoryRecorder()) as driven:
        await pressed(driven.pilot, "p")
        driven.source.bring(1204)
        await driven.drained()
        assert "waiting 1 204  ─" in text(driven.app)
        assert "/s" not in rows(driven.app)[0]


async def test_while_paused_one_can_look_around() -> None:
    """Looking back, searching and filtering work while paused, on what was released (ENGINE-8)."""
    async with live_app() as driven:
        driven.source.bring(30)
        await driven.drained()
        await pressed(driven.pilot, "p", "N", "N")
        assert "looking at 28 of 30" in text(driven.app)
        await pressed(driven.pilot, "G", "/", *"call 12", "enter")
        assert "1 of 1" in text(driven.app)
        await pressed(driven.pilot, "escape", "\\", *"call:code", "enter")
        assert "30 of 30 events" in text(driven.app)
        driven.source.bring(5)
        await driven.drained()
        await pressed(driven.pilot, "p")
        await driven.passed(1)
        assert "35 of 35 events" in text(driven.app)


async def test_the_stepper_steps_what_has_come() -> None:
    """With `--stepper` events wait, and each Next releases one; without any it says so."""
    options = LiveOptions(session_id="live", stepper=True)
    async with live_app(recorder=MemoryRecorder(), options=options) as driven:
        driven.source.bring(2)
        await driven.drained()
        assert "waiting 2 in the recording" in text(driven.app)
        assert driven.app.state.cursor == 0
        await pressed(driven.pilot, "space")
        assert [entry.event.id for entry in driven.app.state.ledger] == ["e1"]
        await pressed(driven.pilot, "space", "space")
        assert driven.app.state.cursor == 2
        assert "Nothing waits" in rows(driven.app)[-1]


async def test_a_pinned_focus_stays() -> None:
    """After `i` the focus stays at its event while the log goes on, and `i` lets it follow (STORE-11)."""
    async with live_app() as driven:
        driven.source.bring(1)
        await driven.drained()
        await pressed(driven.pilot, "i")
        driven.source.give([make_event(7, to_node_id="service:other")])
        await driven.drained()
        assert driven.app.state.active_focus.active_node_id == "store:db"
        assert "pinned" in rows(driven.app)[0]
        assert "call 7" in text(driven.app)
        await pressed(driven.pilot, "i")
        assert driven.app.state.active_focus.active_node_id == "service:other"


async def test_rates_of_the_last_minute_stand_in_the_header() -> None:
    """Events and errors a second are shown as sparklines, and leave when the minute is over."""
    async with live_app() as driven:
        assert "/s" not in rows(driven.app)[0]
        for _ in range(5):
            driven.source.bring(20)
            driven.source.bring(2, status="error")
            await driven.drained()
            await driven.passed(1000)
        assert "█ 22/s" in rows(driven.app)[0]
        assert "█ 2.0/s" in rows(driven.app)[0]
        await driven.passed(61_000)
        assert "  0/s " in rows(driven.app)[0]


async def test_a_lost_connection_has_a_banner_with_the_next_try() -> None:
    """The banner says why and when, Ctrl+R tries now, and it goes with the connection."""
    async with live_app(source=FakeSource("events.example/live", "sse")) as driven:
        driven.source.bring(1)
        lost = ConnectionStatus("error", "connection refused", driven.clock.now_ms() + 4000)
        driven.source.give(status=lost)
        await driven.drained()
        assert "◌ events.example/live: connection refused" in rows(driven.app)[1]
        assert "next try in 4 s · ctrl+r now" in rows(driven.app)[1]
        assert "◌ reconnecting" in rows(driven.app)[0]
        assert rows(driven.app)[-1].lstrip().startswith("ctrl+r retry now")
        await driven.passed(1000)
        assert "next try in 3 s" in rows(driven.app)[1]
        await pressed(driven.pilot, "ctrl+r")
        assert driven.source.retries == 1
        graph = driven.app.main_screen.graph.region
        driven.source.give(status=ConnectionStatus("connecting"))
        await driven.drained()
        assert "connection refused" in rows(driven.app)[1]
        assert "trying" in rows(driven.app)[1]
        assert driven.app.main_screen.graph.region == graph
        driven.source.give(status=ConnectionStatus("connected"))
        await driven.drained()
        assert "refused" not in rows(driven.app)[1]
        assert "● live" in rows(driven.app)[0]


async def test_a_stream_that_gave_up_says_how_to_try_again() -> None:
    """After an answer that will not change nothing is tried, unless the user asks: the banner names the key."""
    async with live_app(source=FakeSource("events.example/live", "sse")) as driven:
        driven.source.give(status=ConnectionStatus("error", "the server answered 404 Not Found"))
        await driven.drained()
        assert "the server answered 404 Not Found" in rows(driven.app)[1]
        assert "ctrl+r tries again" in rows(driven.app)[1]


async def test_an_ended_receiving_process_is_an_error() -> None:
    """While the receiving process is started again the source's badge is an error, and the session goes on."""
    async with live_app() as driven:
        driven.source.bring(3)
        status = ConnectionStatus("error", "the receiving process ended", driven.clock.now_ms() + 250)
        driven.source.give(status=status)
        await driven.drained()
        assert rows(driven.app)[0].endswith("✗ source ")
        driven.source.give(status=ConnectionStatus("listening"))
        driven.source.bring(1)
        await driven.drained()
        assert rows(driven.app)[0].endswith("✓ healthy ")
        assert driven.app.state.cursor == 4


async def test_retention_is_counted_on_the_screen() -> None:
    """What left the log is counted in its rule, and a place in the log that is looked at stays (STORE-10)."""
    async with live_app(options=LiveOptions(session_id="live", retention=Retention(100))) as driven:
        driven.source.bring(100)
        await driven.drained()
        await pressed(driven.pilot, "up", "up", "up")
        seen = rows(driven.app)[-2]
        driven.source.bring(40)
        await driven.drained()
        assert rows(driven.app)[-2].rstrip(" ▐") == seen.rstrip(" ▐")
        assert " gone" in rows(driven.app)[25]
        assert driven.app.state.live is not None
        assert driven.app.state.live.evicted + len(driven.app.state.ledger) == 140


async def test_the_sources_have_a_detail() -> None:
    """`s` shows what each source counted, and closes it again; at 200 columns it is there by itself."""
    counters = LiveCounters(received=812, shown_ready=800, waiting=12, dropped={"queue full": 7})
    async with live_app() as driven:
        driven.source.give(counters=counters)
        await driven.drained()
        await pressed(driven.pilot, "s")
        assert "received     812" in text(driven.app)
        assert "7   queue full" in text(driven.app)
        await pressed(driven.pilot, "s")
        assert "received     812" not in text(driven.app)
    async with live_app(size=(200, 55)) as driven:
        driven.source.give(counters=counters)
        await driven.drained()
        assert "received     812" in text(driven.app)


async def test_keys_that_are_for_recordings_say_so() -> None:
    """Flows and the order of time are for recordings: on a live source they do nothing but say why."""
    async with live_app() as driven:
        driven.source.bring(2)
        await driven.drained()
        assert " flows" not in rows(driven.app)[-1]
        assert " speed" not in rows(driven.app)[-1]
        await pressed(driven.pilot, "o")
        assert "one flow" in rows(driven.app)[-1]
        await pressed(driven.pilot, "T")
        assert "order of arrival" in rows(driven.app)[-1]


async def test_the_graph_grows_in_its_place_and_at_its_pace() -> None:
    """Parts that come are added without moving the ones there, a few times a second at most; `f` lays out afresh."""
    async with live_app() as driven:
        driven.source.give([make_event(1, from_node_id="service:a", to_node_id="service:b")])
        await driven.drained()
        graph = driven.app.main_screen.graph
        first = graph.picture
        assert first is not None
        place = [row.index(" a ") for row in rows(driven.app)[:20] if " a " in row]
        driven.source.give([make_event(2, from_node_id="service:b", to_node_id="service:c")])
        await driven.drained()
        assert graph.picture is not None
        assert len(graph.picture.cards) == 3
        assert [row.index(" a ") for row in rows(driven.app)[:20] if " a " in row] == place
        driven.source.give([make_event(3, from_node_id="service:c", to_node_id="service:d")])
        await driven.drained()
        assert len(graph.picture.cards) == 3
        await driven.passed(400)
        assert len(graph.picture.cards) == 4
        grown = graph.picture
        await pressed(driven.pilot, "f")
        assert graph.picture is not grown


async def test_everything_ends_with_the_program() -> None:
    """When the application ends its sources are stopped, and what they hand over later goes nowhere."""
    async with live_app() as driven:
        driven.source.bring(1)
        await driven.drained()
        source = driven.source
        await pressed(driven.pilot, "q")
        await painted(driven.pilot)
    assert source.stopped
