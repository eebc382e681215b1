"""Which session a window follows, and how its commits come in whole, in order and once (SERVER-3, SERVER-7).

What was applied before is ignored, what does not follow is asked for again; when that fails, the
session is selected anew and begins with a baseline. A window never goes back.
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import msgspec

from connectome_tui.client.requests import Failure, Reply, Requests
from connectome_tui.client.words import shown
from connectome_tui.net.frames import Ack, CommitsBaseline, CommitsReplay, NotifyCommits, SessionSelect, SessionWelcome
from connectome_tui.store.delta_wire import decode_baseline, decode_delta
from connectome_tui.store.deltas import Baseline
from connectome_tui.store.window_store import GapError, WindowStore
from connectome_tui.sync import is_canonical_revision

Decoded = TypeVar("Decoded")
OnSelected = Callable[[Failure | None], None]
"""Told None when the session is selected, else why it is not."""

LOST: Final = Failure("client.disconnected", "the connection was lost before the session was selected")
REPLACED: Final = Failure("client.superseded", "another session was chosen meanwhile")


class _NonsenseError(Exception):
    """What the server sent cannot be, in one line."""


class FollowingUser(Protocol):
    """Who is told of what becomes of the session."""

    def session_changed(self, session: str | None, *, ready: bool, is_new: bool) -> None:
        """Another session is in hand, or it stands otherwise; None for none. `is_new`: nothing of another may stay."""
        ...

    def select_refused(self, session: str, failure: Failure) -> None:
        """A session that was to be taken up again cannot be."""
        ...

    def made_no_sense(self, what: str, *, again: bool) -> None:
        """The server sent commits that make no sense; with `again`, right after it was asked for a baseline."""
        ...

    def baseline_applied(self, baseline: Baseline, why: str) -> None:
        """The store begins anew."""
        ...


class Following:
    """The session in hand."""

    def __init__(self, store: WindowStore, requests: Requests, user: FollowingUser, *, session: str = "") -> None:
        self._store = store
        self._requests = requests
        self._user = user
        self.wanted = session
        self._epoch = ""
        self._is_active = self._is_ready = False
        self._selecting: tuple[str, OnSelected] | None = None
        self._select_number = 0
        self._replay_number = 0
        self._mends = 0

    @property
    def active(self) -> str | None:
        """The session in hand; None while there is none."""
        return self.wanted if self._is_active and self.wanted else None

    def probe(self) -> bool:
        """Ask the server for what may be lacking, as it said nothing for long; false when there is no such thing."""
        if self.active is None or self._replay_number or self._selecting is not None:
            return False
        if self._store.revision >= 0 and not self._mends:
            self.replay()
        else:
            self._select_anew()
        return True

    def resume_from(self) -> tuple[str, str]:
        """The session that was followed, and the newest revision of it that is here; nothing that led to nonsense."""
        goes_on = self.wanted and self._store.revision >= 0 and not self._mends
        return (self.wanted, str(self._store.revision)) if goes_on else ("", "0")

    # What changes the session

    def welcomed(self, welcome: SessionWelcome) -> None:
        """Take up the session again that was followed, or the one that the server chose, or the one that is wanted."""
        if self._epoch not in {"", welcome.epoch} or welcome.resumed == "refused":
            self._store.forget()
        self._epoch = welcome.epoch
        resumed = welcome.resumed in {"replayed", "baseline"}
        chosen = bool(welcome.session) and self.wanted in {"", welcome.session}
        if resumed and self.wanted:
            self._set_active(self.wanted, ready=welcome.resumed == "replayed" and self._store.revision >= 0)
        elif chosen:
            self._set_active(welcome.session, ready=False)
        elif self.wanted or welcome.session:
            self._take_up(self.wanted or welcome.session)
        else:
            self._user.session_changed(None, ready=True, is_new=False)

    def _take_up(self, session: str) -> None:
        def told(failure: Failure | None) -> None:
            if failure is not None and failure not in {REPLACED, LOST}:
                self._user.select_refused(session, failure)

        self.select(session, told)

    def select(self, session: str, on_selected: OnSelected) -> None:
        """Ask for a session; the one in hand stays until the server has agreed."""
        before, self._selecting = self._selecting, (session, on_selected)
        self._requests.drop(self._select_number)
        known = session == self.wanted and self._store.revision >= 0 and not self._mends
        revision = str(self._store.revision) if known else None
        self._select_number = 0
        number = self._requests.ask(
            lambda number: SessionSelect(id=number, session=session, revision=revision),
            self._select_answered,
        )
        self._select_number = number
        if before is not None:
            before[1](REPLACED)

    def disconnected(self) -> None:
        """Nothing is in hand any more; what was wanted is wanted still."""
        self._is_active = False
        self._replay_number = 0
        selecting, self._selecting = self._selecting, None
        if selecting is not None:
            self._requests.drop(self._select_number)
            if not self.wanted:
                self.wanted = selecting[0]
            selecting[1](LOST)

    def _select_answered(self, reply: Reply | Failure) -> None:
        selecting, self._selecting = self._selecting, None
        if selecting is None:
            return
        session, on_selected = selecting
        failure = reply if isinstance(reply, Failure) else _refusal(reply)
        if failure is None:
            if self.active != session:
                self._switch(session)
            on_selected(None)
            return
        if failure.code == "resume.refused" and session == self.wanted:
            self._store.forget()
            self.select(session, on_selected)
            return
        if failure.code == "client.no_answer":
            # Nobody knows which session the server follows for this window now: begin anew.
            on_selected(failure)
            self._user.made_no_sense(f"{session}: {failure.message}", again=True)
            return
        if failure.code == "session.unknown" and session == self.wanted and not self._is_active:
            # The server came back without it.
            self.wanted = ""
            self._user.session_changed(None, ready=True, is_new=True)
        elif not self._is_active:
            self._user.session_changed(None, ready=True, is_new=False)
        on_selected(failure)

    def _switch(self, session: str) -> None:
        """The server follows another session for this window from here on."""
        is_new = session != self.wanted
        if is_new:
            self._store.forget()
        self._requests.drop(self._replay_number)
        self._replay_number = 0
        if not session:
            self.wanted = ""
            self._is_active = False
            self._user.session_changed(None, ready=True, is_new=is_new)
            return
        self._set_active(session, ready=self._store.revision >= 0, is_new=is_new)

    def _set_active(self, session: str, *, ready: bool, is_new: bool = False) -> None:
        self.wanted = session
        self._is_active, self._is_ready = True, ready
        self._user.session_changed(session, ready=ready, is_new=is_new)

    def _note_ready(self) -> None:
        """The state of the session in hand is here."""
        if not self._is_ready and self.active is not None:
            self._is_ready = True
            self._user.session_changed(self.active, ready=True, is_new=False)

    # Commits

    def baseline(self, frame: CommitsBaseline) -> None:
        """Begin anew from what the server says, if it is about the session in hand or the one that was asked for."""
        selecting = self._selecting
        if selecting is not None and frame.session == selecting[0] and frame.session != self.active:
            self._switch(frame.session)
        if frame.session != self.active:
            return
        try:
            baseline = _decoded(decode_baseline, frame.data)
            _check(baseline.revision, baseline.revision == frame.revision)
            self._replay_done()
            self._apply(baseline.revision, lambda: self._store.apply_baseline(baseline))
        except _NonsenseError as problem:
            self._mend(f"a baseline makes no sense: {problem}")
            return
        self._mends = 0
        self._user.baseline_applied(baseline, frame.why)
        self._note_ready()

    def commits(self, frame: NotifyCommits) -> None:
        """Apply whole commits in order; a hole is asked for."""
        if frame.session != self.active or self._store.revision < 0 or self._mends:
            return
        for raw in frame.deltas:
            try:
                applied = self._take(raw)
            except GapError:
                self.replay()
                return
            except _NonsenseError as problem:
                self._mend(f"a commit makes no sense: {problem}")
                return
            if applied:
                self._replay_done()
        if not frame.deltas:
            self._replay_done()
        self._note_ready()

    def _take(self, raw: msgspec.Raw) -> bool:
        delta = _decoded(decode_delta, raw)
        _check(delta.revision, is_canonical_revision(delta.base))
        before = self._store.revision
        self._apply(delta.revision, lambda: self._store.apply_server_commit(delta))
        return self._store.revision != before

    def _apply(self, revision: str, change: Callable[[], object]) -> None:
        """Change the store; what cannot be applied made no sense.

        A failure behind the commit is that of somebody who looks at it, and goes on its way.
        """
        try:
            change()
        except GapError:
            raise
        except Exception as problem:
            if self._store.revision == int(revision):
                raise
            why = f"commit {revision} cannot be applied: {type(problem).__name__}: {problem}"
            raise _NonsenseError(why) from problem

    def replay(self) -> None:
        """Ask for what is behind the newest commit that is here; once at a time."""
        if self._replay_number or self.active is None or self._store.revision < 0:
            return
        revision = str(self._store.revision)
        self._replay_number = -1
        number = self._requests.ask(lambda number: CommitsReplay(id=number, revision=revision), self._replay_answered)
        if self._replay_number == -1:
            self._replay_number = number
        else:
            self._requests.drop(number)

    def _replay_done(self) -> None:
        if self._replay_number:
            self._requests.drop(self._replay_number)
            self._replay_number = 0

    def _replay_answered(self, reply: Reply | Failure) -> None:
        self._replay_number = 0
        if isinstance(reply, Failure) or (isinstance(reply, Ack) and not reply.accepted):
            self._select_anew()

    def _mend(self, what: str) -> None:
        """Begin anew from a baseline; commits are of no use until it has come."""
        self._mends += 1
        self._user.made_no_sense(what, again=self._mends > 1)
        if self._mends == 1:
            self._select_anew()

    def _select_anew(self) -> None:
        """Ask for a baseline of the session in hand."""
        if self.active is None or self._selecting is not None:
            return
        session = self.active
        self._requests.ask(lambda number: SessionSelect(id=number, session=session), self._selected_anew)

    def _selected_anew(self, reply: Reply | Failure) -> None:
        failure = reply if isinstance(reply, Failure) else _refusal(reply)
        if failure is not None and failure.code != "client.disconnected":
            self._user.made_no_sense(f"the session cannot be selected anew: {failure.message}", again=True)


def _decoded(decode: Callable[[msgspec.Raw], Decoded], data: msgspec.Raw) -> Decoded:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise _NonsenseError(str(problem)) from None


def _refusal(reply: Reply) -> Failure | None:
    if isinstance(reply, Ack) and not reply.accepted:
        return Failure(reply.code or "server.failed", shown(reply.message))
    return None


def _check(revision: str, also: bool) -> None:  # noqa: FBT001 - a second condition, not a switch
    if not (is_canonical_revision(revision) and also):
        raise _NonsenseError(f"its revision is {revision!r:.60}")
