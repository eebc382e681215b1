"""Tokens with which windows come back (SERVER-7, SERVER-9): secrets of which only hashes are kept."""

import hashlib
import secrets
from typing import Final

from connectome_tui.server.keeping import Actor
from connectome_tui.server.kept_state import KeptState

LIFE_MS: Final = 24 * 3600 * 1000.0
"""A token is worth something for so long after it was made, or after its owner was told of something."""
MOST_TOKENS: Final = 4096
TOKENS_OF_AN_ACTOR: Final = 4
"""A window that lost its connection before it was handed its new token comes back with the one before."""
_SPARE: Final = 256


class ResumeTokens:
    """Makes tokens and knows them again. What is looked up is a hash, so that no timing says how near a guess was."""

    def __init__(self, state: KeptState) -> None:
        self._state = state
        self._seen: dict[str, float] = {}
        ((self._count,),) = state.rows("SELECT count(*) FROM tokens")

    def issue(self, actor: Actor) -> str:
        """A new secret for this actor."""
        token = secrets.token_urlsafe(32)
        with self._state.writing() as connection:
            self._state.know(actor)
            connection.execute(
                "DELETE FROM tokens WHERE actor = ? AND hash NOT IN (SELECT hash FROM tokens WHERE actor = ?"
                " ORDER BY issued_ms DESC LIMIT ?)",
                (actor.actor_id, actor.actor_id, TOKENS_OF_AN_ACTOR - 1),
            )
            values = (_hash(token), actor.actor_id, self._state.clock.now_ms())
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", values)
        self._count += 1
        if self._count > MOST_TOKENS + _SPARE:
            self.forget_old()
        return token

    def owner(self, token: str) -> Actor | None:
        """Who a token was made for; None when it is unknown or too old."""
        found = self._state.rows("SELECT actor, issued_ms FROM tokens WHERE hash = ?", (_hash(token),))
        if not found:
            return None
        ((actor_id, issued_ms),) = found
        newest = max(issued_ms, self._seen_ms(actor_id))
        return self._state.actors.get(actor_id) if self._state.clock.now_ms() - newest <= LIFE_MS else None

    def note_seen(self, actor_id: str) -> None:
        """Its owner is here: the life of the token begins now."""
        self._seen[actor_id] = self._state.clock.now_ms()

    def write_seen(self) -> None:
        """Keep who was here and when, within `writing`."""
        for actor_id, seen_ms in self._seen.items():
            self._state.execute("UPDATE actors SET seen_ms = ? WHERE id = ?", (seen_ms, actor_id))
        self._seen.clear()

    def forget_old(self) -> None:
        """Drop tokens that are worth nothing any more, and the oldest beyond a bound."""
        oldest = self._state.clock.now_ms() - LIFE_MS
        with self._state.writing() as connection:
            self.write_seen()
            connection.execute(
                "DELETE FROM tokens WHERE issued_ms < ? AND actor NOT IN (SELECT id FROM actors WHERE seen_ms >= ?)",
                (oldest, oldest),
            )
            connection.execute(
                "DELETE FROM tokens WHERE hash NOT IN (SELECT hash FROM tokens ORDER BY issued_ms DESC LIMIT ?)",
                (MOST_TOKENS,),
            )
            self._state.forget_answers()
        ((self._count,),) = self._state.rows("SELECT count(*) FROM tokens")

    def _seen_ms(self, actor_id: str) -> float:
        if actor_id in self._seen:
            return self._seen[actor_id]
        found = self._state.rows("SELECT seen_ms FROM actors WHERE id = ?", (actor_id,))
        return float(found[0][0]) if found else 0.0


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
