"""The sessions of a server to choose from: each state, and what typing and moving do (CLIENT-3, CLIENT-5)."""

import pytest

from connectome_tui.app.session_list import SessionList
from connectome_tui.app.session_list_lines import session_lines
from connectome_tui.client.catalog import Selector, SelectorKind
from connectome_tui.net.items import CatalogItem, ScenarioItem
from tests.unit.widgets.stepped import DARK_LOOK

ITEMS = (
    CatalogItem(name="checkout", last_seen_at=1.7e12, title="POST /checkout", steps=18, total=33, here=3),
    CatalogItem(name="live", last_seen_at=1.7e12, title="otlp 127.0.0.1:4318", kind="live", steps=1204),
)
SCENARIOS = (
    ScenarioItem(name="broken", title="A checkout that fails", session="broken-1"),
    ScenarioItem(name="bad", title="", session="bad", trouble="bad.yaml, line 3: no such sample"),
)


def shown(listed: SessionList, *, width: int = 120, here: str = "checkout", now_ms: float = 0.0) -> list[str]:
    """The lines from the count on."""
    lines = session_lines(DARK_LOOK, width, listed, first=0, body=20, here=here, now_ms=now_ms)
    return [line.text.rstrip() for line in lines]


def selector(kind: SelectorKind = "listed", line: str = "", *, disabled: bool = False) -> Selector:
    """What the client says of a list of two."""
    return Selector(kind, line, ITEMS, disabled_why=line if disabled else "", stale_since=1.7e12)


@pytest.mark.parametrize("width", [80, 120])
def test_a_row_says_what_a_session_is_and_who_is_there(width: int) -> None:
    """Name, title, kind, steps, and how many are here; scenarios stand behind the sessions."""
    lines = shown(SessionList(selector(), SCENARIOS), width=width)
    assert lines[0].startswith(" Choose a session   2 sessions")
    assert lines[0].endswith("2 scenarios")
    assert "18 of 33" in lines[3]
    assert lines[3].startswith("▌ checkout")
    assert "1 204" in lines[4]
    assert "makes broken-1" in lines[5]
    assert "bad.yaml" in lines[6]
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("loading", "loading"),
        ("none there", "none there"),
        ("not reachable", "not reachable, next try in 4 s"),
        ("stale", "stale since "),
    ],
)
def test_what_keeps_the_list_from_being_true_stands_where_the_count_stands(kind: SelectorKind, expected: str) -> None:
    """Loading, none there, not reachable and stale are told apart."""
    listed = SessionList(selector(kind, "why"), next_try_ms=4000.0)
    assert f"Choose a session   {expected}" in shown(listed)[0]


def test_a_list_that_cannot_be_used_is_muted_with_its_reason_first() -> None:
    """Nothing is in hand, every row is muted, and the first row says why."""
    listed = SessionList(selector("not reachable", "Not connected: next try in 4 s", disabled=True))
    lines = list(session_lines(DARK_LOOK, 120, listed, first=0, body=20, here="", now_ms=0.0))
    assert lines[3].text.strip() == "Not connected: next try in 4 s"
    assert "▌" not in lines[4].text
    assert {lines[4].tokens_at(x)[0] for x in range(2, 60) if lines[4].text[x] != " "} == {"text.muted"}


def test_letters_narrow_and_what_is_in_hand_stays() -> None:
    """Sessions and scenarios are narrowed alike; a refresh keeps the row in hand."""
    listed = SessionList(selector(), SCENARIOS).moved(1)
    assert listed.chosen == ITEMS[1]
    again = listed.refreshed(Selector("listed", "", ITEMS[::-1]), SCENARIOS, None)
    assert again.chosen == ITEMS[1]
    assert [row.name for row in listed.typed("scenario bro").rows] == ["broken"]
    assert listed.typed("nothing").chosen is None
    assert "No session matches." in "\n".join(shown(listed.typed("nothing")))
