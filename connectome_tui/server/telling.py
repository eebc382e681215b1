"""What the followers of a session are told: each commit once, in order, or the whole from time to time (SERVER-3)."""

from collections.abc import Callable
from typing import Final

import msgspec

from connectome_tui.net.frames import CommitsBaseline, NotifyCommits, encode_frame
from connectome_tui.server.broadcaster import Broadcaster, Follower, Why
from connectome_tui.server.history import COMMITS, History
from connectome_tui.server.limits import Limits


class Teller:
    """Holds back what was committed until `tell`, so that an answer can go out before (SERVER-4).

    `encode_baseline` makes the whole as of the newest commit; it is asked at most once for each.
    """

    def __init__(self, session: str, limits: Limits, encode_baseline: Callable[[], bytes]) -> None:
        self.broadcaster: Final = Broadcaster(limits)
        self.revision = 0
        self._session = session
        self._encode_baseline = encode_baseline
        self._history = History(limits)
        self._untold: list[bytes] = []
        self._is_torn = True

    @property
    def is_behind(self) -> bool:
        """Whether something was committed that nobody was told of yet."""
        return self._is_torn or bool(self._untold)

    def note(self, delta: bytes, revision: int, actor_id: str) -> None:
        """A commit was made, behind the one before."""
        self._history.apply_delta(COMMITS, delta, revision, actor_id)
        self._untold.append(delta)
        self.revision = revision

    def begin_anew(self, revision: int) -> None:
        """What was before does not lead here: all get a baseline."""
        self._untold.clear()
        self._history.seed_snapshot(COMMITS, b"", revision)
        self.revision = revision
        self._is_torn = True

    def tell(self) -> None:
        """Tell all followers what was committed since the last time."""
        if self._is_torn:
            self._tell_whole()
        elif self._untold:
            deltas, self._untold = self._untold, []
            if len(self.broadcaster):
                self.broadcaster.send(self._notify(deltas), self.revision)

    def baseline(self, why: Why, request_id: int = 0) -> bytes:
        """A frame with the whole state."""
        assert not self._untold, "what was committed is told before anybody begins from it"
        data = self._history.snapshot(COMMITS)
        if not data:
            data = self._encode_baseline()
            self._history.seed_snapshot(COMMITS, data, self.revision)
        return encode_frame(
            CommitsBaseline(
                session=self._session, revision=str(self.revision), data=msgspec.Raw(data), why=why, id=request_id
            )
        )

    def replay_since(self, revision: int) -> bytes | None:
        """A frame with every delta behind a revision, empty when there is none; None when they are gone."""
        deltas = self._history.replay_since(COMMITS, revision)
        return self._notify(deltas) if deltas else None if deltas is None else b""

    def catch_up(self, follower: Follower) -> None:
        """Send a follower a baseline, behind which it is told like all others."""
        follower.link.send(self.baseline(follower.why))
        follower.is_lagging = False

    def _tell_whole(self) -> None:
        self._is_torn = False
        for follower in self.broadcaster:
            follower.lag(self.revision, "replaced")
            if self.broadcaster.has_room(follower):
                self.catch_up(follower)

    def _notify(self, deltas: list[bytes]) -> bytes:
        return encode_frame(NotifyCommits(session=self._session, deltas=tuple(msgspec.Raw(one) for one in deltas)))
