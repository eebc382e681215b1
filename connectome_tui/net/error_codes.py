"""What a server can answer that something was wrong; `docs/protocol.md` says what each means (SERVER-8)."""

from typing import Final, Literal

ErrorCode = Literal[
    "frame.malformed",
    "frame.too_long",
    "frame.unknown_type",
    "frame.out_of_order",
    "protocol.version",
    "auth.missing",
    "auth.refused",
    "auth.read_only",
    "limit.rate",
    "limit.clients",
    "session.unknown",
    "session.none",
    "session.stale",
    "session.exists",
    "state.conflict",
    "state.invalid",
    "command.blocked",
    "command.invalid",
    "command.end_of_script",
    "resume.refused",
    "page.gone",
    "find.invalid",
    "flow.unknown",
    "scenario.unknown",
    "scenario.failed",
    "server.closing",
    "server.failed",
]

CLOSES: Final[frozenset[ErrorCode]] = frozenset(
    {"protocol.version", "auth.missing", "auth.refused", "limit.clients", "frame.too_long", "server.closing"}
)
"""Errors behind which the server ends the connection."""
