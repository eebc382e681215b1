"""What the screen says of live sources: while nothing has come, and when a connection is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from connectome_tui.events.numbers import counted
from connectome_tui.sources.live import LiveSource
from connectome_tui.store.state import LiveSourceState, LiveStatus
from connectome_tui.widgets.banner import BannerContent

POINT_AT_IT: Final = "Point an application at it and run it:"
_TRIES_WHEN_ASKED: Final = frozenset({"sse"})
"""Kinds of sources that give up when trying again seems to change nothing, and try once more when they are asked."""
_AWAITED: Final = {"receiver": "span", "run": "run"}


def waiting_lines(sources: Sequence[LiveSource], held: int = 0) -> Sequence[str]:
    """What is waited for, or how many events wait for the user; where it is listened, and what to paste there."""
    kinds = {_AWAITED.get(source.kind, "event") for source in sources}
    awaited = kinds.pop() if len(kinds) == 1 else "event"
    lines = [f"{counted(held, 'event')} to step: press Space" if held else f"Waiting for the first {awaited}"]
    for source in sources:
        where, *to_paste = source.describe()
        lines += ["", where]
        if to_paste:
            lines += ["", *([POINT_AT_IT] if source.kind == "receiver" else []), *to_paste]
    return lines


def lost_sources(live: LiveStatus, before: Mapping[str, LiveSourceState]) -> Mapping[str, LiveSourceState]:
    """The sources whose connections are lost, by name; one that tries again stays among those that were `before`."""
    lost: dict[str, LiveSourceState] = {}
    for source in live.sources:
        known = before.get(source.name)
        if is_lost(source):
            lost[source.name] = source
        elif source.status.phase == "connecting" and known is not None:
            lost[source.name] = replace(known, status=msgspec.structs.replace(known.status, next_retry_ms=0.0))
    return lost


def banner_of(lost: Mapping[str, LiveSourceState], now_ms: float, retry_key: str) -> BannerContent | None:
    """What is said of connections that are lost; None while there is none."""
    if not lost:
        return None
    source = min(lost.values(), key=lambda one: one.status.next_retry_ms or 0.0)
    why = source.status.message or "the connection was lost"
    others = "" if len(lost) == 1 else f" (and {len(lost) - 1} more)"
    texts = (f"{source.name}: {why}{others}", why)
    return BannerContent(texts, _remedy(source, now_ms, retry_key))


def is_lost(source: LiveSourceState) -> bool:
    """Whether a source cannot bring anything now although it should."""
    status = source.status
    if status.phase == "disconnected":
        return status.next_retry_ms is not None
    return status.phase == "error"


def _remedy(source: LiveSourceState, now_ms: float, retry_key: str) -> str:
    retry_ms = source.status.next_retry_ms
    if retry_ms is None:
        return f"{retry_key} tries again" if source.kind in _TRIES_WHEN_ASKED and retry_key else ""
    seconds = max(0, round((retry_ms - now_ms) / 1000))
    when = f"next try in {seconds} s" if seconds else "trying"
    return f"{when} · {retry_key} now" if retry_key else when
