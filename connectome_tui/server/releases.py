"""Who released what: which actor asked for a commit, in little memory."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from connectome_tui.server.keeping import SERVER_ACTOR, KeptCommit


class Releases:
    """The actor of each commit that appended entries; one line for as many commits in a row as have the same."""

    def __init__(self, kept: Iterable[KeptCommit] = ()) -> None:
        self._since = array("q")
        self._actors: list[str] = []
        for commit in kept:
            self.note(commit.revision, commit.actor.actor_id)

    def note(self, revision: int, actor_id: str) -> None:
        """Somebody asked for this commit; later than all that were noted."""
        if self._actors and self._actors[-1] == actor_id:
            return
        self._since.append(revision)
        self._actors.append(actor_id)

    def actor_of(self, revision: int) -> str:
        """Whose commit it is; empty when nobody asked for it, or it is not known."""
        place = bisect_right(self._since, revision) - 1
        actor_id = self._actors[place] if place >= 0 else ""
        return "" if actor_id == SERVER_ACTOR.actor_id else actor_id
