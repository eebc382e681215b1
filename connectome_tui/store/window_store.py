"""The store of a window on a shared session: written by whole server commits, and by what the window looks at."""

from collections.abc import Callable
from typing import Protocol

from connectome_tui.events.flow import Flow
from connectome_tui.store.commits import Commits
from connectome_tui.store.deltas import Baseline, CommitDelta, LookAnswer, Page, RecordChange
from connectome_tui.store.state import ViewState


class GapError(Exception):
    """A delta does not follow what this window has: it needs a replay or a baseline."""


class LedgerWants(Protocol):
    """Where a window's ledger says what it lacks, when something that is not here is read."""

    def want_page(self, first: int, behind: int, *, detail: bool) -> None:
        """These entries are to be fetched; asked again and again until they are here, so remember it."""
        ...


class WindowStore(Commits):
    """The state of a window: the server's, but for what this window looks at by itself.

    `commit_id` is always the server's; views and pages that come leave it. Panes cannot tell that the
    session is elsewhere (`state`, `subscribe`, `set_view` as in `Store`).
    """

    entries_held: int = 0

    def __init__(self, wants: LedgerWants | None = None) -> None:
        super().__init__()
        self._wants = wants

    @property
    def revision(self) -> int:
        """The newest commit of the server that was applied; -1 before the first baseline."""
        raise NotImplementedError

    @property
    def flow(self) -> Flow | None:
        """What panes measure: summary, topology, and sampled events; None for a live session."""
        raise NotImplementedError

    @property
    def is_detached(self) -> bool:
        """Whether this window looks at its own place."""
        raise NotImplementedError

    def apply_baseline(self, baseline: Baseline) -> None:
        """Begin anew from a baseline: one commit. An older one than what is here, of the same session, is ignored."""
        raise NotImplementedError

    def apply_server_commit(self, delta: CommitDelta) -> bool:
        """Apply one whole commit of the server; false for one that was applied before. `GapError` for a hole."""
        raise NotImplementedError

    def apply_page(self, page: Page) -> None:
        """Entries that were lacking have come."""
        raise NotImplementedError

    def set_view(self, view: ViewState) -> None:
        """What this window looks at."""
        raise NotImplementedError

    def detach(self) -> None:
        """Look at an own place from now on: own selection, own look back."""
        raise NotImplementedError

    def attach(self) -> None:
        """Follow the shared view again; what was looked at alone is dropped."""
        raise NotImplementedError

    def look_alone(self, answer: LookAnswer) -> None:
        """While detached: see what was to be seen at an entry (`index` None: the head)."""
        raise NotImplementedError

    def forget(self) -> None:
        """Another session is chosen: empty, as before the first baseline."""
        raise NotImplementedError

    def record(self, scope: str, target: str, key: str) -> RecordChange | None:
        """The confirmed value of a record, whose version a write has to name (SERVER-5)."""
        raise NotImplementedError

    def released_by(self, arrival_index: int) -> str:
        """The actor id of who released an entry; empty when nobody did, or it is not known here."""
        raise NotImplementedError

    def on_applied(self, listener: Callable[[CommitDelta], None]) -> Callable[[], None]:
        """Call back after each server commit that was applied; the answer ends it."""
        raise NotImplementedError
