"""A subscriber, a provider and an applier that do what a test tells them."""

import asyncio
from collections.abc import Callable
from typing import Any

from connectome_tui.sync import ErrorContext, RevisionSync, create_revision_sync

TOPIC = "catalog"


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(25):
        await asyncio.sleep(0)


def event(revision: object, topic: object = TOPIC, **more: object) -> dict[str, object]:
    return {"topic": topic, "revision": revision, **more}


class FakeSubscriber:
    """Hands out what a test emits."""

    def __init__(self) -> None:
        self.handlers: list[Callable[[Any], None]] = []
        self.subscribed = 0
        self.error: BaseException | None = None
        self.unsubscribe_error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def subscribe(self, handler: Callable[[Any], None]) -> Callable[[], None]:
        self.subscribed += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.handlers.append(handler)

        def unsubscribe() -> None:
            self.handlers.remove(handler)
            if self.unsubscribe_error is not None:
                raise self.unsubscribe_error

        return unsubscribe

    def emit(self, *events: object) -> None:
        for one in events:
            for handler in tuple(self.handlers):
                handler(one)


class FakeProvider:
    """Has `revision`; with a gate it answers once that is open, with what it was when it was asked."""

    def __init__(self, revision: object = "1") -> None:
        self.revision = revision
        self.calls = 0
        self.errors: list[BaseException] = []
        self.gate: asyncio.Event | None = None

    async def get_snapshot(self) -> Any:
        self.calls += 1
        revision = self.revision
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return {"revision": revision, "data": f"state at {revision}"}


class FakeApplier:
    """Remembers what it was given; raises what it is told to, once each."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.errors: list[BaseException] = []
        self.gate: asyncio.Event | None = None

    async def apply(self, envelope: Any) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        assert envelope["data"] == f"state at {envelope.revision}"
        self.applied.append(envelope["revision"])


class Rig:
    """A sync with fakes around it, and what it reported."""

    def __init__(self, **options: Any) -> None:
        self.subscriber = FakeSubscriber()
        self.provider = FakeProvider()
        self.applier = FakeApplier()
        self.errors: list[ErrorContext] = []
        given: dict[str, Any] = {
            "topic": TOPIC,
            "subscriber": self.subscriber,
            "provider": self.provider,
            "applier": self.applier,
            "on_error": self.errors.append,
        }
        self.sync: RevisionSync = create_revision_sync(**(given | options))

    @property
    def phases(self) -> list[str]:
        """Where the errors happened that were reported."""
        return [context.phase for context in self.errors]

    def emit(self, *revisions: object) -> None:
        """Events of the topic at these revisions."""
        self.subscriber.emit(*(event(revision) for revision in revisions))
