"""What a sync is made of: who tells it of changes, who has the state, who takes it, and who hears of errors.

None of these has to be inherited from: whatever has the methods will do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Phase: TypeAlias = Literal["subscribe", "getSnapshot", "protocol", "apply", "refresh", "throttle"]
"""Where an error happened (SYNC-6).

`subscribe`: subscribing, or unsubscribing. `getSnapshot`: the provider. `protocol`: an event or a
snapshot that is not well formed. `apply`: the applier. `refresh`: `should_refresh`, the question
whether an event deserves a refresh. `throttle`: debouncing and throttling, their timers.
"""


class InvalidationEvent(dict[str, Any]):
    """Says that a topic changed, and not how: `topic`, `revision`, and for observation `source_id`, `timestamp_ms`.

    A dictionary whose fields are attributes too.
    """

    @property
    def topic(self) -> str:
        """What changed."""
        topic: str = self["topic"]
        return topic

    @property
    def revision(self) -> str:
        """The revision that it has now, or had then: events may come late and out of order."""
        revision: str = self["revision"]
        return revision

    @property
    def source_id(self) -> str | None:
        """Who changed it, where the transport says so; it never orders anything (SYNC-2)."""
        return self.get("source_id")

    @property
    def timestamp_ms(self) -> float | None:
        """When it was changed, where the transport says so; it never orders anything (SYNC-2)."""
        return self.get("timestamp_ms")


class SnapshotEnvelope(dict[str, Any], Generic[T]):
    """A whole state and its revision, `{"revision": …, "data": …}`: a dictionary whose fields are attributes too."""

    @property
    def revision(self) -> str:
        """The revision of the state."""
        revision: str = self["revision"]
        return revision

    @property
    def data(self) -> T:
        """The state."""
        data: T = self["data"]
        return data


Unsubscribe: TypeAlias = Callable[[], object]
"""Ends a subscription, at once. What it answers is not looked at."""

EventHandler: TypeAlias = Callable[[Any], None]
"""Takes an invalidation as it came: a mapping, or an object with attributes. It never raises an `Exception`."""


class Subscriber(Protocol):
    """Tells of changes."""

    async def subscribe(self, handler: EventHandler, /) -> Unsubscribe:
        """Call `handler` with each event from now on, on the event loop's thread, until the answer is called."""
        ...


class Provider(Protocol[T_co]):
    """Has the state: the only source of it (SYNC-3)."""

    async def get_snapshot(self) -> T_co:
        """The state as it is now: a mapping, or an object, that has `revision` and `data`."""
        ...


class Applier(Protocol):
    """Takes the state in."""

    def apply(self, envelope: Any, /) -> Awaitable[object] | object:
        """Make this snapshot the state, now or when what is answered has been awaited.

        A mapping comes as a `SnapshotEnvelope`, an object as the provider gave it. When it raises, the
        local revision stays, and the next event tries again.
        """
        ...


ShouldRefresh: TypeAlias = Callable[[Any], object]
"""Whether an event that is newer deserves a refresh; it is handed the event, a mapping as `InvalidationEvent`."""


@dataclass(frozen=True, slots=True)
class ErrorContext:
    """An error, and what it happened to (SYNC-6).

    `source_event` is the event behind it as it came, or None at the first and at a manual refresh.
    `attempt` counts from 1; with `will_retry` the next one follows in `next_delay_ms` milliseconds.
    """

    phase: Phase
    topic: str
    error: BaseException
    source_event: object = None
    attempt: int = 1
    will_retry: bool = False
    next_delay_ms: float | None = None


OnError: TypeAlias = Callable[[ErrorContext], object]


class Logger(Protocol):
    """What a sync tells of itself; `logging.Logger` is one."""

    def debug(self, msg: str, /) -> object:
        """What it does."""
        ...

    def warning(self, msg: str, /) -> object:
        """What went wrong; it goes on."""
        ...


Options: TypeAlias = Any
"""Options by name: a mapping, or an object that has some of them as attributes; None for the defaults."""
