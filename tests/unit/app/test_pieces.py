"""Small pure pieces of the application: counts, lines being typed, lists of flows, hits."""

from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.app.count import read_count
from connectome_tui.app.finder import hit_near
from connectome_tui.app.flow_list import FlowList, first_choice
from connectome_tui.app.line_editor import LineEditor
from connectome_tui.app.pulse import earliest, moves_by_itself
from connectome_tui.events.flow import ALL_FLOWS, FlowSummary
from connectome_tui.store.state import State, TickDisplay, WaitProgress

KEYS = st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "ctrl+u", "ctrl+k", "ctrl+w", "x", " "])


def test_a_count_is_at_least_one() -> None:
    """No digits mean one; more than anything could release is cut."""
    assert [read_count(digits) for digits in ("", "1", "250")] == [1, 1, 250]
    assert read_count("9" * 30) == 1_000_000_000


@given(st.lists(KEYS, max_size=60))
def test_the_cursor_stays_inside_the_line(keys: list[str]) -> None:
    """Whatever is pressed, the cursor stands somewhere in the text."""
    editor = LineEditor()
    for key in keys:
        editor = editor.pressed(key) or editor.typed(key)
        assert 0 <= editor.cursor <= len(editor.text)


def test_a_line_is_edited_in_its_middle() -> None:
    """Letters go in at the cursor; a word is taken away whole; a pasted newline becomes a blank."""
    editor = LineEditor.of("get check")
    assert editor.pressed("ctrl+w") == LineEditor("get ", 4)
    moved = LineEditor("ac", 1).typed("b")
    assert moved == LineEditor("abc", 2)
    assert LineEditor().typed("a\nb").text == "a b"
    assert editor.pressed("f1") is None


def summaries() -> list[FlowSummary]:
    return [
        FlowSummary("a", "GET /x", 10.0, 5.0, 3, 0),
        FlowSummary("b", "POST /y", 5.0, 50.0, 9, 2, through=("api", "redis")),
        FlowSummary("c", "POST /z", 20.0, 1.0, 9, 1),
    ]


def test_a_list_keeps_what_is_in_hand() -> None:
    """Sorting and narrowing keep the flow in hand when it is still there, else take the first."""
    flows = FlowList(summaries(), at=3)
    assert flows.chosen_id == "c"
    assert flows.next_order().chosen_id == "c"
    assert flows.typed("post").chosen_id == "c"
    assert flows.typed("get").chosen_id == "a"
    assert flows.typed("nothing").chosen_id is None
    assert FlowList(summaries()).chosen_id == ALL_FLOWS


def test_words_narrow_by_title_result_and_node() -> None:
    """Every word has to be found, in the title, the result, the names of nodes or the id."""
    flows = FlowList(summaries())
    assert [flow.id for flow in flows.typed("post redis").shown] == ["b"]
    assert [flow.id for flow in flows.typed("POST").shown] == ["b", "c"]


def test_the_largest_flow_is_in_hand_first() -> None:
    """The picker begins at the flow with the most events, the earliest of these."""
    assert FlowList(summaries()).row(first_choice(summaries())) == summaries()[1]
    assert first_choice([]) == 0


def test_the_hit_to_begin_with() -> None:
    """The nearest hit before the place in hand; ahead, the first from there on."""
    hits = (3, 7, 12)
    assert [hit_near(hits, at, ahead=False) for at in (1, 3, 8, 99)] == [0, 0, 1, 2]
    assert [hit_near(hits, at, ahead=True) for at in (1, 3, 8, 99)] == [0, 0, 2, 2]
    assert hit_near((), 5, ahead=False) == -1


def test_only_what_moves_asks_for_frames() -> None:
    """A wait on the clock moves until it is full, one in the flow's time never; the tick moves while realtime plays."""
    waiting = State(wait_progress=WaitProgress(started_at_ms=1000.0))
    assert moves_by_itself(waiting, 2000.0, waits_on_clock=True)
    assert not moves_by_itself(waiting, 5000.0, waits_on_clock=True)
    assert not moves_by_itself(waiting, 2000.0, waits_on_clock=False)
    playing = State(mode="realtime", tick_display=TickDisplay(nominal_interval_ms=1000.0, since_ms=0.0))
    assert moves_by_itself(playing, 0.0, waits_on_clock=False)
    assert earliest(None, 5.0, 3.0) == 3.0
    assert earliest(None, None) is None
