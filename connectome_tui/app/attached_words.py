"""What an attached window says of itself: how it stands, the banner, and what stands in the graph's place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from connectome_tui.client.connection_session import ConnectionSession
from connectome_tui.net.addresses import address_of_session
from connectome_tui.net.items import PresenceItem
from connectome_tui.store.state import HealthBadge, State
from connectome_tui.widgets.banner import BannerContent
from connectome_tui.widgets.health_marks import short_name
from connectome_tui.widgets.standing import Connection, Present, Standing
from connectome_tui.widgets.times import clock_text

_REFUSED: Final = {
    "auth.missing": "The server wants a token",
    "auth.refused": "The server refuses this token",
    "protocol.version": "The server speaks another protocol",
}


def standing_of(
    connection: ConnectionSession,
    presence: Sequence[PresenceItem],
    *,
    is_stale: bool,
    is_detached: bool,
    has_flows: bool,
    session: str,
    released_by: Callable[[int], str],
) -> Standing:
    """How the window stands. `session` is the one that is shown, also when the connection is lost."""
    state: Connection = "connected"
    if connection.status != "connected":
        state = "ended" if connection.gave_up else "reconnecting" if is_stale else "connecting"
    elif is_stale:
        state = "reconnecting"
    return Standing(
        connection=state,
        is_stale=is_stale,
        is_detached=is_detached,
        is_read_only=connection.mode == "read-only",
        session=session,
        address=address_of_session(connection.address, session),
        here=tuple(
            Present(
                item.actor_id,
                item.actor,
                item.session,
                item.role,
                item.origin,
                item.client,
                item.since_ms,
                is_self=item.actor_id == connection.actor_id,
            )
            for item in presence
        ),
        has_flows=has_flows,
        released_by=released_by,
    )


def lost_banner(connection: ConnectionSession, state: State, now_ms: float, retry_key: str) -> BannerContent:
    """`Connection lost at 13:20:07. You see step 18 as it was then.`, and when it is tried again."""
    now = f"{_key(retry_key)} now" if retry_key else ""
    if connection.gave_up:
        what = _REFUSED.get(connection.last_error_code, "Not connected")
        texts = (
            f"{what}: {connection.last_error}. Nothing is tried again.",
            f"{what}. Nothing is tried again.",
            f"{what}.",
        )
        again = f"{_key(retry_key)} tries again" if retry_key else ""
        return BannerContent(texts, again, now)
    at = connection.last_disconnected_at
    when = "" if at is None else f" at {clock_text(at)}"
    seen = "the log" if state.live is not None or not state.cursor else f"step {state.cursor}"
    texts = (
        f"Connection lost{when}. You see {seen} as it was then.",
        f"Connection lost{when}. {seen[0].upper()}{seen[1:]} as it was then.",
        f"Connection lost{when}.",
    )
    seconds = seconds_to(connection.next_try_at, now_ms)
    if seconds is None:
        return BannerContent(texts, "trying", "trying")
    full = f"next try in {seconds} s"
    return BannerContent(texts, f"{full} · {now}" if now else full, f"retry in {seconds} s")


def new_errors(old: Mapping[str, HealthBadge], new: Mapping[str, HealthBadge]) -> str:
    """What turned bad, in one line; empty when nothing did (SERVER-10)."""
    if old is new:
        return ""
    bad = (module for module, badge in new.items() if badge.status == "ERROR" and old.get(module) != badge)
    return ", ".join(f"{short_name(module)}: {new[module].tooltip}" for module in bad)


def seconds_to(due_ms: float | None, now_ms: float) -> int | None:
    """Whole seconds until then; None where nothing is due."""
    return None if due_ms is None else max(0, round((due_ms - now_ms) / 1000))


def placard_lines(connection: ConnectionSession, wanted: str, now_ms: float, retry_key: str) -> Sequence[str]:
    """What stands in the graph's place while there is no session to draw."""
    lines = [f"Connecting to {connection.address}"]
    if connection.status == "connected":
        if connection.active_session:
            return [f"Fetching {connection.active_session}", "", connection.address]
        if connection.last_error:
            return [connection.last_error, "", "o lists the sessions of the server"]
        return ["No session is chosen", "", "o lists the sessions of the server"]
    if connection.last_error:
        lines = [f"{connection.address} cannot be reached", "", connection.last_error]
        if connection.gave_up:
            what = _REFUSED.get(connection.last_error_code, "No connection")
            lines = [what, "", connection.last_error, "", f"Nothing is tried again; {_key(retry_key)} tries once more"]
        else:
            seconds = seconds_to(connection.next_try_at, now_ms)
            tells = "trying" if seconds is None else f"next try in {seconds} s · {_key(retry_key)} now"
            lines += ["", tells]
    elif wanted:
        lines += ["", f"session {wanted}"]
    return lines


def _key(key: str) -> str:
    """A key as a sentence names it: `Ctrl+R`."""
    return key.replace("ctrl+", "Ctrl+").replace("+r", "+R") if key == "ctrl+r" else key
