"""The Now section, state by state."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from connectome_tui.engine.commands import Inspect, NextStep, Restart, SetMode, SetSpeed
from connectome_tui.session import release_all
from connectome_tui.store.state import Cause, Explanation, HealthBadge, State, WaitProgress
from connectome_tui.widgets.now_lines import now_lines
from connectome_tui.widgets.painting import CellLine, Look
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, FLOW_START_MS, HEALTHY, stepped


def lines(
    state: State, width: int = 120, height: int = 4, look: Look = DARK_LOOK, now_ms: float = FLOW_START_MS
) -> list[CellLine]:
    return list(now_lines(state, now_ms, look, width, height))


def texts(state: State, width: int = 120, height: int = 4, look: Look = DARK_LOOK) -> list[str]:
    return [line.text.strip() for line in lines(state, width, height, look)]


def test_the_rule_says_how_far_and_how_well() -> None:
    """`Step X of Y`, the flow as a bar, the health of each part (LOG-1)."""
    rule = lines(stepped(steps=2).store.state)[0]
    assert rule.text.startswith(" Step 2 of 4 ━")
    assert rule.text.endswith(" ✓ store  ✓ engine  ✓ source ")
    bar = rule.text[len(" Step 2 of 4 ") : -len(" ✓ store  ✓ engine  ✓ source ")]
    assert abs(bar.count("━") - bar.count("─")) <= 1


def test_without_a_total_the_rule_is_plain() -> None:
    """While the number of steps is not known no bar pretends that it is."""
    rule = texts(replace(stepped(steps=2).store.state, script_total=None))[0]
    assert rule.startswith("Step 2 ─")
    assert "━" not in rule


def test_the_end() -> None:
    """At the end the rule carries the word, and the sentence sums up (ENGINE-4)."""
    session = stepped()
    session.engine.dispatch_runtime_command(NextStep())
    shown = texts(session.store.state)
    assert "━━ end ━" in shown[0]
    assert shown[1].startswith("The end is reached: 4 events, 1 error. Press r to start again.")


def test_before_the_first_step() -> None:
    """Nothing is active, nothing waits, and the sentence says what to press."""
    shown = texts(stepped(steps=0).store.state)
    assert shown[0].startswith("Step 0 of 4 ─")
    assert shown[1].startswith("Press Space to release the first event of POST /checkout.")
    assert shown[1].endswith("wait ────────────────     –")
    assert shown[2].startswith("Active: ?")
    assert shown[3] == ""


def test_what_is_active_with_its_badges() -> None:
    """`Active: from → to : label` and the badges in full words (LOG-1)."""
    shown = lines(stepped().store.state)
    assert shown[2].text.startswith(" Active: worker → sqlite : select   ─▸ direct  ◆ graphQuery   ✗ error  ")
    at = shown[2].text.index
    assert shown[2].tokens_at(at("worker")) == ("text", "raised", "b")
    assert shown[2].tokens_at(at("─▸"))[0] == "trigger.direct"
    assert shown[2].tokens_at(at("◆"))[0] == "call.graphQuery"
    assert shown[2].tokens_at(at("✗")) == ("error", "raised", "b")
    assert shown[1].tokens_at(1) == ("text.strong", "raised", "b")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (120, "Active: worker → sqlite : select   ─▸ direct  ◆ graphQuery   ✗ error"),
        (100, "Active: worker → sqlite : select   ─▸ direct  ◆ graphQuery   ✗ error"),
        (90, "Active: worker → sqlite : select  ─▸ ◆ query  ✗ error"),
        (80, "Active: worker → sqlite : select  ─▸ ◆ query  ✗ error"),
        (70, "Active: worker → sqlite : select  ─▸ ◆ ✗"),
    ],
)
def test_badges_shrink_before_the_label(width: int, expected: str) -> None:
    """When it is narrow badges go to short words, then to glyphs; only then the label is elided."""
    assert texts(stepped().store.state, width)[2].startswith(expected + "  ")


def test_a_label_that_does_not_fit_is_elided_before_its_badges() -> None:
    """The badges always stand, behind as much of the label as there is room for."""
    text = texts(stepped(steps=3).store.state, 64)[2]
    assert "api → worker : run/cha…  ╌▹ ▲   ○" in text


def test_why() -> None:
    """The chain of causes, the node named where it changes (EVENT-9)."""
    assert texts(stepped().store.state)[3] == (
        "Why:    gateway POST /checkout › api POST /orders › worker run/charge_payment"
    )


def test_a_cause_that_is_called_like_its_node_is_named_once() -> None:
    """`agent › chat`, not `agent agent › agent chat`."""
    causes = (Cause(0, "agent:agent", "agent"), Cause(1, "agent:agent", "chat"))
    state = replace(stepped().store.state, current_explanation=Explanation("x", None, causes))
    assert texts(state)[3] == "Why:    agent › chat"


def test_the_nearest_cause_always_stands() -> None:
    """A chain that does not fit is elided from the left."""
    state = stepped().store.state
    causes = tuple(Cause(0, "service:api", f"step number {number}") for number in range(30))
    text = texts(replace(state, current_explanation=Explanation("x", None, causes)))[3]
    assert text.startswith("Why:    … › step number")
    assert text.endswith("step number 28 › step number 29")


def test_three_rows_have_no_why() -> None:
    """On a short screen the section ends with what is active."""
    assert len(lines(stepped().store.state, 80, 3)) == 3


def test_looking_back() -> None:
    """The rule says which entry is looked at, with its place on the bar (ENGINE-8)."""
    session = stepped()
    session.engine.dispatch_runtime_command(Inspect(session.store.state.ledger.start + 1))
    rule = lines(session.store.state)[0]
    assert rule.text.startswith(" Step 4 of 4 · looking at 2 of 4 ━")
    assert rule.tokens_at(rule.text.index("looking")) == ("focus", "base", "b")
    place = rule.text.index("●")
    assert rule.tokens_at(place) == ("focus", "base", "b")
    assert rule.tokens_at(place - 1)[0] == "text.muted"
    assert rule.tokens_at(place + 1)[0] == "line"


def test_looking_at_an_earlier_session() -> None:
    """Its steps are numbered in their own session, and the bar of this one has no place for it."""
    session = stepped()
    session.engine.dispatch_runtime_command(Restart())
    list(release_all(session, 1))
    session.engine.dispatch_runtime_command(Inspect(session.store.state.ledger.start + 2))
    rule = texts(session.store.state)[0]
    assert rule.startswith("Step 1 of 4 · looking at 3 of an earlier session ")
    assert "●" not in rule


@pytest.mark.parametrize(
    ("badges", "width", "expected"),
    [
        ({"source": HealthBadge("WARN")}, 120, "! source"),
        ({"engine": HealthBadge("ERROR"), "store": HealthBadge("OK")}, 120, "✗ engine  ✓ store"),
        ({"state_store": HealthBadge("UNKNOWN")}, 120, "· store"),
        (HEALTHY, 80, "✓ store  ✓ engine  ✓ source"),
        (HEALTHY, 47, "✓ store ✓ engine ✓ source"),
        (HEALTHY | {"source": HealthBadge("WARN")}, 40, "! source"),
        ({}, 120, "─"),
    ],
)
def test_health(badges: Mapping[str, HealthBadge], width: int, expected: str) -> None:
    """A glyph and a name for each part; where there is no room only what is not well."""
    state = replace(stepped(steps=2).store.state, health_badges=badges)
    assert texts(state, width)[0].endswith(expected)


def test_wait_and_tick_stand_in_a_column_of_their_own() -> None:
    """On a wide screen the right column has the wait bar above the tick, and the sentence ends before it."""
    state = replace(
        stepped().store.state,
        wait_progress=WaitProgress(FLOW_START_MS),
        wait_now_ms=FLOW_START_MS + 1700,
        current_explanation=Explanation("x" * 200),
    )
    shown = lines(state)
    assert shown[1].text.endswith("x…  wait ━━━━━━╸───────── 1.7 s ")
    assert shown[2].text.endswith("tick ○ x0 by hand           ")


def test_a_narrow_screen_has_both_in_the_active_row() -> None:
    """Below 100 columns wait and tick share the row of what is active."""
    state = replace(stepped().store.state, wait_progress=WaitProgress(FLOW_START_MS), wait_now_ms=FLOW_START_MS + 1700)
    assert texts(state, 80, 3)[2].endswith("○ x0  ━━━━────── 1.7 s")


def test_a_playing_flow_shows_its_tick() -> None:
    """With a speed the tick is a bar, and the real gap before the newest event is said (ENGINE-5)."""
    session = stepped(steps=2)
    session.engine.dispatch_runtime_command(SetSpeed("1x"))
    session.engine.dispatch_runtime_command(SetMode("realtime"))
    state = replace(session.store.state, real_gap_ms=12_400.0)
    line = lines(state, now_ms=FLOW_START_MS + 500)[2].text
    assert "tick ━━━━━━━━──────── x1  +12.4 s" in line


def test_ascii() -> None:
    """Without box drawing everything is still there."""
    shown = texts(stepped().store.state, 80, 3, ASCII_LOOK)
    assert all(text.isascii() for text in shown)
    assert "Active: worker > sqlite : select" in shown[2]
    assert "[----] x0" in shown[2]


def test_every_line_is_as_wide_as_the_pane() -> None:
    """At any width lines are drawn to their end, on their surface."""
    state = stepped().store.state
    for width in (60, 79, 80, 99, 100, 120, 160, 200):
        for number, line in enumerate(lines(state, width)):
            assert line.strip().cell_length == width
            assert line.tokens_at(width - 1)[1] == ("base" if number == 0 else "raised")
