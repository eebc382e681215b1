"""One subscription of a sync, from before it is made until it has been ended."""

from collections.abc import Callable

from connectome_tui.sync.contracts import Unsubscribe


class Subscription:
    """Is ended once, also when that is before the subscriber has answered; then it is ended as soon as it has."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._unsubscribe: Unsubscribe | None = None
        self._ended = False

    @property
    def is_open(self) -> bool:
        """Whether events of it count: the subscriber has answered, and it was not ended."""
        return self._unsubscribe is not None and not self._ended

    def opened(self, unsubscribe: Unsubscribe) -> None:
        """The subscriber has answered."""
        if not callable(unsubscribe):
            raise TypeError(f"subscribe gave {unsubscribe!r}, which cannot be called to unsubscribe")
        self._unsubscribe = unsubscribe
        if self._ended:
            self._release()

    def end(self) -> None:
        """No event of it counts any more."""
        self._ended = True
        self._release()

    def _release(self) -> None:
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is None:
            return
        try:
            unsubscribe()
        except Exception as error:  # noqa: BLE001 - SYNC-6: one that raises must not disable the sync
            self._failed(error)
