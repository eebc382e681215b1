"""Which session a window follows, and how it gets to where all others are."""

from typing import Final

from connectome_tui.net.frames import Ack, CommitsReplay, NotifyCommits, SessionSelect, encode_frame
from connectome_tui.server.broadcaster import Follower, Why
from connectome_tui.server.connections import Connection
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.limits import TOO_MUCH
from connectome_tui.server.services import Services
from connectome_tui.sync.revision import is_canonical_revision

COST: Final = 20


def revision_of(text: str) -> int | None:
    """A revision as a number; None when it is none (SYNC-1)."""
    return int(text) if is_canonical_revision(text) else None


def no_session(services: Services, name: str) -> str:
    """What is said of a session that does not exist."""
    names = ", ".join(repr(known) for known in list(services.sessions)[:5])
    more = ", …" if len(services.sessions) > 5 else ""
    are = "is" if len(services.sessions) == 1 else "are"
    return f"there is no session {name!r:.80}; there {are} {names}{more}" if names else "there is no session here yet"


def select(services: Services, connection: Connection, frame: SessionSelect) -> None:
    """Follow this session from now on, and no other."""
    if not connection.affords(COST):
        connection.send(Ack(accepted=False, id=frame.id, code="limit.rate", message=TOO_MUCH))
        return
    hosted = services.sessions.get(frame.session)
    revision = None if frame.revision is None else revision_of(frame.revision)
    if frame.session and hosted is None:
        message = no_session(services, frame.session)
        connection.send(Ack(accepted=False, id=frame.id, code="session.unknown", message=message))
        return
    if hosted is not None and frame.revision is not None and (revision is None or revision > hosted.revision):
        message = f"this session never was at {frame.revision!r:.40}: select it without a revision"
        connection.send(Ack(accepted=False, id=frame.id, code="resume.refused", message=message))
        return
    leave(services, connection)
    if hosted is None:
        connection.send(Ack(accepted=True, id=frame.id))
        return
    hosted.tell()
    connection.send(Ack(accepted=True, id=frame.id, revision=str(hosted.revision)))
    if frame.commits:
        replay = None if revision is None else hosted.teller.replay_since(revision)
        follow(services, connection, hosted, replay, "select")
    else:
        _look_at(services, connection, hosted)


def follow(services: Services, connection: Connection, hosted: HostedSession, replay: bytes | None, why: Why) -> None:
    """Tell a window what it lacks (everything when `replay` is None), and all that comes."""
    _look_at(services, connection, hosted)
    hosted.tell()
    follower = connection.follower = Follower(connection.link, connection.failed, connection.lags)
    hosted.teller.broadcaster.add(follower)
    if replay:
        connection.send_bytes(replay)
    elif replay is None:
        follower.lag(hosted.revision, why)
        catch_up(connection)


def catch_up(connection: Connection) -> bool:
    """Send a window that lags a baseline, unless it had too many or still has too much to read; whether it is even."""
    hosted, follower = connection.session, connection.follower
    if hosted is None or follower is None or not follower.is_lagging:
        return True
    if not hosted.teller.broadcaster.has_room(follower) or not connection.baselines.take():
        return False
    with hosted.troubles.caught("a baseline could not be made"):
        hosted.teller.tell()
        hosted.teller.catch_up(follower)
    return not follower.is_lagging


def replay(connection: Connection, frame: CommitsReplay) -> None:
    """Send the deltas behind a revision again, or a baseline."""
    hosted, follower = connection.session, connection.follower
    if hosted is None or follower is None:
        connection.error("session.none", "no session is followed: select one first", frame.id)
        return
    if not connection.affords(COST):
        connection.refuse(frame, "limit.rate", TOO_MUCH)
        return
    hosted.tell()
    revision = revision_of(frame.revision)
    if revision is None or revision > hosted.revision:
        connection.error("resume.refused", f"this session never was at {frame.revision!r:.40}", frame.id)
        return
    deltas = hosted.teller.replay_since(revision)
    if deltas is None:
        follower.lag(revision, "asked")
        catch_up(connection)
        return
    connection.send_bytes(deltas or encode_frame(NotifyCommits(session=hosted.name, deltas=())))


def leave(services: Services, connection: Connection) -> None:
    """Follow nothing any more; how far a window was told is noted."""
    hosted, follower = connection.session, connection.follower
    if hosted is None:
        return
    note_cursor(services, connection)
    if follower is not None:
        hosted.teller.broadcaster.remove(follower)
    while connection.asked:
        connection.error("session.none", "the session was left before this was answered", connection.asked.popleft().id)
    connection.session = connection.follower = connection.find = None
    services.presence.went_to(connection, "")
    services.topics.touch("presence")
    services.topics.touch("catalog")


def note_cursor(services: Services, connection: Connection) -> None:
    """Keep how far a window was told (SERVER-7)."""
    hosted, follower = connection.session, connection.follower
    if hosted is None or follower is None:
        return
    revision = follower.revision if follower.is_lagging else hosted.revision
    with services.troubles.kept():
        services.keeper.note_cursor(connection.actor.actor_id, hosted.name, revision)


def _look_at(services: Services, connection: Connection, hosted: HostedSession) -> None:
    connection.session = hosted
    services.presence.went_to(connection, hosted.name)
    services.topics.touch("presence")
    services.topics.touch("catalog")
