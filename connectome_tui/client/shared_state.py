"""What can be seen of a shared session in one look: its state as an object, and as one line."""

from typing import Any

import msgspec

from connectome_tui.client.talk import Talk
from connectome_tui.events.visible import visible
from connectome_tui.store.delta_wire import decode_baseline
from connectome_tui.store.deltas import Baseline


async def shared_state(talk: Talk, session: str) -> Baseline:
    """The state of a session as of now, with the newest page of its log."""
    frame = await talk.select(session, commits=True)
    assert frame is not None, "commits were asked for"
    return decode_baseline(frame.data)


def state_object(session: str, baseline: Baseline, server_now_ms: float) -> dict[str, Any]:
    """The state as plain data: what `ctl state --json` prints."""
    changes = msgspec.to_builtins(baseline.changes)
    focus, explanation, live = (changes.get(name) for name in ("active_focus", "current_explanation", "live"))
    values = {
        "session": session,
        "revision": baseline.revision,
        "server_now_ms": server_now_ms,
        "session_id": changes.get("session_id", ""),
        "mode": changes.get("mode", "stepper"),
        "speed": changes.get("speed", "pause"),
        "local_pause": changes.get("local_pause", False),
        "pinned": changes.get("pinned", False),
        "cursor": changes.get("cursor", 0),
        "script_total": changes.get("script_total"),
        "ended": changes.get("ended", False),
        "entries": sum(behind - first for first, behind in baseline.runs),
        "first_index": baseline.start,
        "end_index": baseline.end,
        "inspection_index": changes.get("inspection_index"),
        "active_focus": focus or {},
        "current_explanation": explanation or {},
        "wait_progress": changes.get("wait_progress", {}),
        "health_badges": changes.get("health_badges", {}),
    }
    if live is not None:
        values["live"] = {
            name: live.get(name, 0) for name in ("arrived", "shown", "evicted", "held", "overflowed", "unread")
        }
    return values


def state_text(state: dict[str, Any]) -> str:
    """The state as one line."""
    total = state["script_total"]
    live = state.get("live")
    if live is None:
        where = f"step {state['cursor']} of {'?' if total is None else total}"
    else:
        held = f", {live['held']} wait" if live["held"] else ""
        where = f"{live['shown']} events{held}"
    words = [visible(state["session"]), where, state["mode"], f"speed {state['speed']}"]
    words += ["paused"] * state["local_pause"] + ["pinned"] * state["pinned"]
    if state["inspection_index"] is not None:
        words.append(f"looking at entry {state['inspection_index']}")
    sentence = visible(state["current_explanation"].get("sentence", ""))
    return " · ".join([*words, sentence] if sentence else words)
