"""The dialer of real connections: one attempt is one task, and none outlives `cancel` (CLIENT-9)."""

import asyncio
from functools import partial

from connectome_tui.client.dialer import DialUser
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.net.links import Link
from connectome_tui.net.websocket_client import DialError, connect


class WebSocketDialer:
    """Makes links to one address, over TCP, TLS or a Unix socket. All calls are made on the event loop."""

    def __init__(self, address: ServerAddress) -> None:
        self._address = address
        self._attempt: asyncio.Task[Link] | None = None

    def dial(self, attempt: DialUser) -> None:
        """Begin to connect; an attempt that is still under way is given up."""
        self.cancel()
        self._attempt = asyncio.get_running_loop().create_task(connect(self._address, attempt.opened))
        self._attempt.add_done_callback(partial(self._ended, attempt))

    def cancel(self) -> None:
        """Give up what is not open yet."""
        if self._attempt is not None:
            self._attempt.cancel()
            self._attempt = None

    def _ended(self, attempt: DialUser, task: asyncio.Task[Link]) -> None:
        if self._attempt is task:
            self._attempt = None
        if task.cancelled():
            return
        problem = task.exception()
        if isinstance(problem, DialError):
            attempt.failed(problem.reason, final=problem.is_hopeless)
        elif problem is not None:
            raise problem
