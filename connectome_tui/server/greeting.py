"""The hello: who comes, with which role, and what was followed before (SERVER-4, SERVER-7)."""

from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.net.error_codes import ErrorCode
from connectome_tui.net.frames import PROTOCOL, Resume, Role, SessionHello, SessionWelcome
from connectome_tui.net.items import PresenceItem
from connectome_tui.net.record_keys import actor_id_of
from connectome_tui.server import following
from connectome_tui.server.bad_frames import version_text
from connectome_tui.server.connections import Connection
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeping import Actor
from connectome_tui.server.services import Services
from connectome_tui.server.trouble import NOT_KEPT, Trouble

NOBODY: Final = "somebody"


@dataclass(frozen=True, slots=True)
class Resumed:
    """How a session is followed again, and the frame with what is lacking (None: a baseline)."""

    how: Literal["", "replayed", "baseline", "refused"]
    hosted: HostedSession | None
    replay: bytes | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody does not come in."""

    code: ErrorCode
    message: str


def admission(services: Services, hello: SessionHello, here: int) -> Role | Refusal:
    """The role that a hello gets, or why it gets none; `here` are those who are in already."""
    if hello.protocol != PROTOCOL:
        return Refusal("protocol.version", version_text(hello.protocol))
    if not hello.auth:
        return Refusal("auth.missing", "a token is needed: it stands in the file that the server named")
    role = services.tokens.role_of(hello.auth)
    if role is None:
        return Refusal("auth.refused", "this token opens nothing here")
    if here >= services.limits.clients:
        return Refusal("limit.clients", f"there are {here} windows already")
    return "read-only" if hello.role == "read-only" else role


def welcome(services: Services, connection: Connection, hello: SessionHello, role: Role, known: Actor | None) -> None:
    """Let somebody in, who is `known` when they were here before, and go on with what they followed."""
    name = shown_name(hello.actor, services.limits.name_chars)
    actor_id = actor_id_of(name, services.unique()) if known is None else known.actor_id
    actor = Actor(actor_id, name, "user" if hello.origin == "server" else hello.origin)
    connection.enter(actor, role)
    going_on = Resumed("", None)
    if hello.resume is not None:
        going_on = _resumed(services, hello.resume, known)
    hosted = going_on.hosted
    services.presence.came(
        connection,
        PresenceItem(
            actor_id=actor_id,
            actor=name,
            role=role,
            origin=actor.origin,
            client=shown_name(hello.client, 100) if hello.client else "",
            since_ms=connection.since_ms,
        ),
    )
    services.topics.touch("presence")
    connection.send(
        SessionWelcome(
            protocol=PROTOCOL,
            epoch=services.keeper.epoch,
            actor_id=actor_id,
            role=role,
            resume_token=_token(services, actor),
            heartbeat_ms=services.limits.heartbeat_ms,
            server_now_ms=services.clock.now_ms(),
            server=services.name,
            sessions=tuple(services.sessions),
            session="" if hosted is None else hosted.name,
            resumed=going_on.how,
        )
    )
    if hosted is not None:
        following.follow(services, connection, hosted, going_on.replay, "resume")


def _resumed(services: Services, resume: Resume, known: Actor | None) -> Resumed:
    """How the session of a hello is followed again."""
    hosted = services.sessions.get(resume.session)
    revision = following.revision_of(resume.revision)
    if known is None or revision is None or (resume.session and hosted is None):
        return Resumed("refused", None)
    if hosted is None:
        return Resumed("", None)
    hosted.tell()
    if resume.epoch != services.keeper.epoch:
        return Resumed("baseline", hosted)
    if revision > hosted.revision:
        # It has seen what this server knows nothing of: it has to forget that first.
        return Resumed("refused", None)
    replay = hosted.teller.replay_since(revision)
    return Resumed("baseline" if replay is None else "replayed", hosted, replay)


def _token(services: Services, actor: Actor) -> str:
    """A resume token; empty when none can be kept, and the window will begin anew."""
    try:
        return services.keeper.issue_resume_token(actor)
    except OSError as failure:
        services.troubles.report(Trouble(NOT_KEPT, failure))
        return ""


def shown_name(text: str, most: int) -> str:
    """A name as it can be drawn in a terminal: printable, and not too long."""
    name = "".join(character for character in text[: 4 * most] if character.isprintable()).strip()[:most]
    return name or NOBODY
