"""What the screen says of live sources: while nothing has come, and when a connection is lost."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.sources.live import LiveSource
from connectome_tui.store.state import LiveSourceState, LiveStatus
from connectome_tui.widgets.banner import BannerContent

POINT_AT_IT: Final = "Point an application at it and run it:"
_AWAITED: Final = {"receiver": "span", "run": "run"}


def waiting_lines(sources: Sequence[LiveSource]) -> Sequence[str]:
    """What is waited for, then where it is listened, and what to paste to make something come."""
    kinds = {_AWAITED.get(source.kind, "event") for source in sources}
    awaited = kinds.pop() if len(kinds) == 1 else "event"
    lines = [f"Waiting for the first {awaited}"]
    for source in sources:
        where, *to_paste = source.describe()
        lines += ["", where]
        if to_paste:
            lines += ["", *([POINT_AT_IT] if source.kind == "receiver" else []), *to_paste]
    return lines


def banner_of(live: LiveStatus | None, now_ms: float, retry_key: str) -> BannerContent | None:
    """What is said of connections that are lost; None while all stand, and for sources that are at their end."""
    if live is None:
        return None
    lost = [source for source in live.sources if is_lost(source)]
    if not lost:
        return None
    source = min(lost, key=lambda one: one.status.next_retry_ms or 0.0)
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
        return ""
    seconds = max(0, round((retry_ms - now_ms) / 1000))
    when = f"next try in {seconds} s" if seconds else "trying"
    return f"{when} · {retry_key} now" if retry_key else when
