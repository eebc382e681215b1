"""Last values of the server, kept by revision sync (SERVER-3, SYNC): catalog, presence, scenarios, source.

A connection has a sync of its own for each topic: what a server says after a restart begins anew.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import msgspec

from connectome_tui.client.refreshing import Refreshing
from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.net.frames import Invalidation, Snapshot, SnapshotGet, Topic
from connectome_tui.net.items import CatalogItem, PresenceItem, ScenarioItem, SourceItem
from connectome_tui.sync import (
    ErrorContext,
    RevisionSync,
    compare_revisions,
    create_revision_sync,
    is_canonical_revision,
)

ITEMS: Final[Mapping[Topic, Any]] = {
    "catalog": tuple[CatalogItem, ...],
    "presence": tuple[PresenceItem, ...],
    "scenarios": tuple[ScenarioItem, ...],
    "source": tuple[SourceItem, ...],
}

OnItems = Callable[[Topic, Sequence[Any]], None]


class TopicError(Exception):
    """A last value did not come."""


class _TopicSync:
    """One topic over one connection: subscriber, provider and applier of its sync."""

    def __init__(self, topic: Topic, requests: Requests, refreshing: Refreshing, on_items: OnItems) -> None:
        self._topic: Final = topic
        self._requests = requests
        self._refreshing = refreshing
        self._on_items = on_items
        self._handler: Callable[[Any], None] | None = None
        self._is_started = False
        self.sync: RevisionSync = create_revision_sync(
            topic=topic,
            subscriber=self,
            provider=self,
            applier=self,
            should_refresh=self._may_refresh,
            on_error=self._went_wrong,
        )

    async def subscribe(self, handler: Callable[[Any], None]) -> Callable[[], None]:
        self._handler = handler
        return self._unsubscribe

    def notified(self, event: Invalidation) -> None:
        """The server says that the topic changed."""
        if self._handler is not None and is_canonical_revision(event.revision):
            if compare_revisions(event.revision, self.sync.local_revision) > 0:
                self._refreshing.outdated()
            self._handler(event)

    async def get_snapshot(self) -> Mapping[str, Any]:
        if refused := self._refreshing.refuses(manual=True):
            raise TopicError(refused)
        came: asyncio.Future[Reply | Failure] = asyncio.get_running_loop().create_future()

        def answered(reply: Reply | Failure) -> None:
            if not came.done():
                came.set_result(reply)

        ticket = self._refreshing.began()
        self._requests.ask(lambda number: SnapshotGet(id=number, topic=self._topic), answered)
        reply = await came
        failure = reply.message if isinstance(reply, Failure) else ""
        items: Sequence[Any] = ()
        if not isinstance(reply, Failure):
            try:
                items = _items(self._topic, reply)
            except ValueError as problem:
                failure = f"it makes no sense: {problem}"
        if failure:
            self._refreshing.failed(ticket, failure)
            raise TopicError(failure)
        assert isinstance(reply, Snapshot), "anything else was a failure"
        self._refreshing.succeeded(ticket)
        return {"revision": reply.revision, "data": items}

    def apply(self, envelope: Any) -> None:
        self._on_items(self._topic, envelope["data"])

    async def pull(self) -> None:
        """Ask for the value; what goes wrong is reported by the sync itself."""
        try:
            if self._is_started:
                await self.sync.refresh()
            else:
                await self.sync.start()
                self._is_started = True
        except Exception:  # noqa: BLE001 - reported once, to `_went_wrong`; or it was stopped before it began
            return

    def _unsubscribe(self) -> None:
        self._handler = None

    def _may_refresh(self, _event: Any) -> bool:
        return not self._refreshing.refuses()

    def _went_wrong(self, context: ErrorContext) -> None:
        """What went wrong in asking is in `Refreshing` already; all else is a fault of this program."""
        if not isinstance(context.error, TopicError):
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"{context.phase} of {self._topic} failed", "exception": context.error}
            )


class Topics:
    """All topics over the connection in hand. Needs a running event loop while it is connected."""

    def __init__(self, requests: Requests, refreshings: Mapping[Topic, Refreshing], on_items: OnItems) -> None:
        self._requests = requests
        self._refreshings = refreshings
        self._on_items = on_items
        self._syncs: dict[Topic, _TopicSync] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def tasks(self) -> int:
        """Refreshes under way."""
        return len(self._tasks)

    def begin(self, topics: Sequence[Topic]) -> None:
        """Follow these topics from now on, from their present values."""
        for topic in topics:
            self.end([topic])
            self._syncs[topic] = _TopicSync(topic, self._requests, self._refreshings[topic], self._on_items)
            self.pull(topic)

    def end(self, topics: Sequence[Topic] | None = None) -> None:
        """Follow these no more, by default none at all; nothing is applied any more, not even what is under way."""
        for topic in list(self._syncs) if topics is None else topics:
            if (ended := self._syncs.pop(topic, None)) is not None:
                ended.sync.stop()

    def notified(self, event: Invalidation) -> None:
        """The server says that a topic changed."""
        if (sync := self._syncs.get(event.topic)) is not None:
            sync.notified(event)

    def pull(self, topic: Topic) -> None:
        """Ask for the value of a topic that is followed."""
        if (sync := self._syncs.get(topic)) is not None:
            self._spawn(sync.pull())

    def cancel(self) -> None:
        """End every task at once."""
        self.end()
        for task in list(self._tasks):
            task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _items(topic: Topic, reply: Reply) -> Sequence[Any]:
    if not isinstance(reply, Snapshot) or reply.topic != topic:
        raise ValueError(f"the server answered with {type(reply).__name__}")
    if not is_canonical_revision(reply.revision):
        raise ValueError(f"its revision is {reply.revision!r:.60}")
    items: Sequence[Any] = msgspec.convert(reply.data, ITEMS[topic])
    return items
