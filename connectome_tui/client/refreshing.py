"""How fresh a last value is, and when it may be asked for again (CLIENT-2 to CLIENT-4). No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from connectome_tui.client.backoff import Backoff
from connectome_tui.client.words import shown
from connectome_tui.clock import Clock


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a value stands; times in milliseconds of this machine's clock, None for never.

    `stale`: what there is may have changed since `last_refreshed`. `fetched_for` is the connection that
    it came over. `next_allowed_refresh` is when the next try is due after a failure.
    """

    loading: bool = False
    stale: bool = True
    last_refreshed: float | None = None
    fetched_for: str = ""
    last_error: str = ""
    last_attempt: float | None = None
    retry_count: int = 0
    next_allowed_refresh: float | None = None


class Refreshing:
    """Decides on refreshes of one value. `pull` asks for it; what comes of that is told by the ticket it was given.

    A ticket of before the last disconnect changes nothing any more.
    """

    def __init__(
        self,
        clock: Clock,
        pull: Callable[[], None],
        on_change: Callable[[], None],
        random: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._pull = pull
        self._on_change = on_change
        self._backoff = Backoff(random)
        self._connection = ""
        self._ticket = 0
        self.now = Freshness()

    def connected(self, connection: str) -> None:
        """There is a server to ask; what is here is stale until it has answered."""
        self._connection = connection
        self._backoff.reset()
        self._change(replace(self.now, loading=False, retry_count=0, next_allowed_refresh=None, last_error=""))

    def disconnected(self) -> None:
        """What is here is stale, and what is under way comes to nothing."""
        self._connection = ""
        self._ticket += 1
        self._change(replace(self.now, loading=False, stale=True, next_allowed_refresh=None))

    def refuses(self, *, manual: bool = False) -> str:
        """Why no refresh may begin now; empty when it may."""
        if not self._connection:
            return "not connected"
        allowed = self.now.next_allowed_refresh
        if not manual and allowed is not None and (now := self._clock.now_ms()) < allowed:
            return f"next try in {max(round((allowed - now) / 1000), 1)} s"
        return ""

    def refresh(self, *, manual: bool = False) -> str:
        """Ask for the value; the answer says why not. `manual` does not wait for the time that is due (CLIENT-4)."""
        refused = self.refuses(manual=manual)
        if not refused and not self.now.loading:
            self._change(replace(self.now, next_allowed_refresh=None))
            self._pull()
        return refused

    def outdated(self) -> None:
        """It changed on the server: what is here is stale until it has come."""
        self._change(replace(self.now, stale=True))

    def began(self) -> int:
        """The server is being asked; the ticket with which the outcome is told."""
        self._ticket += 1
        self._change(replace(self.now, loading=True, last_attempt=self._clock.now_ms(), next_allowed_refresh=None))
        return self._ticket

    def succeeded(self, ticket: int) -> bool:
        """It came; false when that is of no interest any more."""
        if ticket != self._ticket or not self._connection:
            return False
        self._backoff.reset()
        self._change(
            replace(
                self.now,
                loading=False,
                stale=False,
                last_refreshed=self._clock.now_ms(),
                fetched_for=self._connection,
                last_error="",
                retry_count=0,
                next_allowed_refresh=None,
            )
        )
        return True

    def failed(self, ticket: int, error: str) -> bool:
        """It did not come; the next try waits longer each time. False when that is of no interest any more."""
        if ticket != self._ticket or not self._connection:
            return False
        next_try = self._clock.now_ms() + self._backoff.failed()
        self._change(
            replace(
                self.now,
                loading=False,
                stale=True,
                last_error=shown(error),
                retry_count=self._backoff.failures,
                next_allowed_refresh=next_try,
            )
        )
        return True

    def next_deadline_ms(self) -> float | None:
        """When the next try is due."""
        return self.now.next_allowed_refresh

    def serve_deadline(self) -> None:
        """Try again when that is due."""
        due = self.next_deadline_ms()
        if due is not None and self._clock.now_ms() >= due:
            self.refresh()

    def _change(self, changed: Freshness) -> None:
        if changed != self.now:
            self.now = changed
            self._on_change()
