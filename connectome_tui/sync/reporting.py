"""Telling of errors, so that telling cannot do harm itself (SYNC-6)."""

import logging
from collections.abc import Callable
from typing import Final

from connectome_tui.sync.contracts import ErrorContext, Logger, OnError

_log: Final = logging.getLogger("connectome_tui.sync")
_log.addHandler(logging.NullHandler())


class Reporter:
    """Hands error contexts to the user's function, and to the log.

    Without a logger of the user's it is `connectome_tui.sync`, which is silent until somebody listens;
    what a logger of the user's raises goes there.
    """

    def __init__(self, topic: str, on_error: OnError | None, logger: Logger | None) -> None:
        self._topic = topic
        self._on_error = on_error
        self._logger: Logger = _log if logger is None else logger

    def report(self, context: ErrorContext) -> None:
        """Tell of an error."""
        again = f", again in {context.next_delay_ms:g} ms" if context.next_delay_ms is not None else ""
        self._write(self._logger.warning, f"{context.phase}: {context.error!r}{again}")
        if self._on_error is not None:
            try:
                self._on_error(context)
            except Exception as error:  # noqa: BLE001 - SYNC-6: it must not disable the sync
                self._write(self._logger.warning, f"on_error raised {error!r}")

    def note(self, text: str) -> None:
        """Log what the sync does."""
        self._write(self._logger.debug, text)

    def _write(self, log: Callable[[str], object], text: str) -> None:
        try:
            log(f"sync of {self._topic!r}: {text}")
        except Exception:  # noqa: BLE001 - as above
            _log.exception("sync of %r: the logger raised", self._topic)
