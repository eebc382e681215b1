"""Who may come in (SERVER-9)."""

from typing import Protocol

from connectome_tui.net.frames import Role


class TokenCheck(Protocol):
    """Knows the tokens of this server."""

    def role_of(self, token: str) -> Role | None:
        """What a token allows, None for none that is known; takes the same time for any (constant-time compare)."""
        ...
