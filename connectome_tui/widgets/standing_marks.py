"""How a window stands, as marks and words of the header, and as the health of its link."""

from collections.abc import Mapping, Sequence

from connectome_tui.store.state import HealthBadge, State
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run
from connectome_tui.widgets.standing import Standing

LINK = "link"


def standing_runs(standing: Standing, glyphs: Glyphs) -> Sequence[Run]:
    """`◌ reconnecting`, `◌ connecting`, `✗ not connected`; nothing while all is well."""
    match standing.connection:
        case "connecting":
            return (Run(f"{glyphs.stale} connecting", "warn"),)
        case "reconnecting":
            return (Run(f"{glyphs.stale} reconnecting", "warn", "b"),)
        case "ended":
            return (Run(f"{glyphs.error} not connected", "error", "b"),)
    return ()


def standing_words(standing: Standing, *, is_pinned: bool) -> Sequence[str]:
    """One word each: `pinned`, `own view`, `read-only`, `3 here`."""
    words = ["pinned"] if is_pinned else []
    if standing.is_detached:
        words.append("own view")
    if standing.is_read_only:
        words.append("read-only")
    if standing.is_shared and standing.count_here:
        words.append(f"{standing.count_here} here")
    return words


def badges_shown(state: State, standing: Standing) -> Mapping[str, HealthBadge]:
    """The health of the parts, with that of the link behind them where there is one."""
    if not standing.is_shared:
        return state.health_badges
    link = HealthBadge("OK" if standing.connection == "connected" else "ERROR", standing.address)
    return {**state.health_badges, LINK: link}
