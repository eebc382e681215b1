"""What a server keeps, over its end and over its death (SERVER-5, SERVER-7)."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.net.frames import Ack
from connectome_tui.server import kept_session, kept_state, kept_tokens
from connectome_tui.server.keeper import KeptServer, open_keeper
from connectome_tui.server.keeping import Actor, KeptCommit
from connectome_tui.server.state_folder import FILE, forget_old_servers, server_folders, state_folder
from connectome_tui.store.deltas import RecordChange

ADA = Actor("ada~1", "ada")
BOT = Actor("bot~2", "bot", "agent")
NEXT = {"kind": "next_step"}


def opened(folder: Path, boot: str = "boot-1", clock: ManualClock | None = None) -> KeptServer:
    return open_keeper(folder, clock or ManualClock(1_000_000.0), boot=boot)


def died(kept: KeptServer) -> None:
    """The process is gone: nothing is finished, the system takes the lock back."""
    kept._state._connection.close()
    kept._audit.close()
    kept._held.release()


def commit(revision: int, **fields: Any) -> KeptCommit:
    values: dict[str, Any] = {"revision": revision, "at_ms": 10.5 * revision, "actor": ADA, "command": NEXT}
    return KeptCommit(**values | fields)


def test_what_was_kept_is_there_after_the_process_died(tmp_path: Path) -> None:
    """SERVER-7: revision, inputs, answers and actors survive an end without any warning, in the same epoch."""
    kept = opened(tmp_path)
    kept.issue_resume_token(BOT)
    session = kept.session("shop", "f1")
    record = RecordChange(scope="focus", target="session", key="pin", value=True, version="2", actor_id=BOT.actor_id)
    session.keep(commit(1, command={"kind": "open", "flow": "f"}))
    session.keep(commit(2, actor=BOT, intent_id="i2", command={"kind": "set_pinned"}, records=[record]))
    epoch = kept.epoch
    died(kept)

    again = opened(tmp_path)
    session = again.session("shop", "f1")
    assert again.epoch == epoch
    assert not again.notices
    assert session.revision == 2
    assert [one.command for one in session.history()] == [{"kind": "open", "flow": "f"}, {"kind": "set_pinned"}]
    assert session.history()[1].actor == BOT
    assert session.history()[1].records == (record,)
    assert session.history()[1].at_ms == 21.0
    assert session.answer(BOT.actor_id, "i2") == Ack(accepted=True, intent_id="i2", revision="2")
    assert session.actor_of(BOT.actor_id) == BOT


def test_many_inputs_are_packed_and_come_back_in_order(tmp_path: Path) -> None:
    """SERVER-7: packing changes nothing of what is told, also when the process dies between two of them."""
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    told = [commit(number, actor=ADA if number % 3 else BOT) for number in range(1, 2 * kept_session.PACKED + 40)]
    for one in told:
        session.keep(one)
    assert session.history() == told
    died(kept)
    assert opened(tmp_path).session("shop", "f1").history() == told


def test_a_step_takes_a_few_bytes(tmp_path: Path) -> None:
    """A session that is stepped for days stays small."""
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    for number in range(1, 5 * kept_session.PACKED + 1):
        session.keep(commit(number, at_ms=1_700_000_000_000.0 + 333.3 * number))
    ((size,),) = kept._state.rows("SELECT sum(length(block)) FROM journal")
    assert size / (5 * kept_session.PACKED) < 12


def test_other_bytes_of_the_source_begin_anew_with_a_higher_revision(tmp_path: Path) -> None:
    """SERVER-7: what was stepped belongs to what was stepped; the revision never goes back."""
    kept = opened(tmp_path)
    kept.session("shop", "f1").keep(commit(1))
    died(kept)
    session = opened(tmp_path).session("shop", "f2")
    assert not session.history()
    assert session.revision == 1
    with pytest.raises(AssertionError):
        session.keep(commit(1))


def test_without_a_fingerprint_only_the_revision_is_kept(tmp_path: Path) -> None:
    """A live session keeps no inputs, however long it runs; its intents are answered all the same."""
    kept = opened(tmp_path)
    kept.issue_resume_token(ADA)
    session = kept.session("live", "")
    session.note_source("listen", "/recordings/a.connectome")
    for number in range(1, 50):
        session.keep(commit(number, command=None))
    session.keep(commit(50, intent_id="i50"))
    died(kept)
    session = opened(tmp_path).session("live", "")
    assert (session.revision, list(session.history())) == (50, [])
    assert session.recording_of("listen") == "/recordings/a.connectome"
    assert session.recording_of("follow") == ""
    assert session.answer(ADA.actor_id, "i50") is not None


def test_too_many_inputs_end_the_history_and_not_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history is bounded: it tells that it does not reach the revision, which goes on."""
    monkeypatch.setattr(kept_session, "MOST_INPUTS", 5)
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    for number in range(1, 9):
        session.keep(commit(number))
    died(kept)
    session = opened(tmp_path).session("shop", "f1")
    assert [one.revision for one in session.history()] == [1, 2, 3, 4, 5]
    assert session.revision == 8
    assert not session.restores_all


def test_a_refusal_is_remembered_and_the_newest_thousand_are(tmp_path: Path) -> None:
    """SERVER-5: a repeat is answered as before; older answers of an actor give way, those of others do not."""
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    refused = Ack(accepted=False, intent_id="no", code="command.end_of_script", message="The end.")
    session.keep_answer(BOT.actor_id, "no", refused)
    assert session.answer(BOT.actor_id, "no") == refused
    for number in range(1, 1501):
        session.keep(commit(number, intent_id=f"i{number}"))
        session.keep_answer(
            ADA.actor_id, f"i{number}", Ack(accepted=True, intent_id=f"i{number}", revision=str(number))
        )
    ((answers,),) = kept._state.rows("SELECT count(*) FROM answers WHERE actor = ?", (ADA.actor_id,))
    assert kept_session.ANSWERS <= answers <= kept_session.ANSWERS + 200
    assert session.answer(ADA.actor_id, "i1") is None
    assert session.answer(ADA.actor_id, "i501") is not None
    died(kept)
    session = opened(tmp_path).session("shop", "f1")
    assert session.answer(BOT.actor_id, "no") is None, "nobody can come back as who never had a token"


def test_answers_of_those_who_may_come_back_are_there(tmp_path: Path) -> None:
    """SERVER-5, SERVER-7: whoever holds a resume token is answered as before, also after the server died."""
    kept = opened(tmp_path)
    kept.issue_resume_token(BOT)
    session = kept.session("shop", "f1")
    refused = Ack(accepted=False, intent_id="no", code="command.blocked", message="It is over.")
    session.keep_answer(BOT.actor_id, "no", refused)
    session.keep(commit(1, actor=BOT, intent_id="i1"))
    session.keep_answer(BOT.actor_id, "i1", Ack(accepted=False, intent_id="i1", code="command.end_of_script"))
    assert session.answer(BOT.actor_id, "i1") == Ack(accepted=False, intent_id="i1", code="command.end_of_script")
    session.keep(commit(2))
    died(kept)
    session = opened(tmp_path).session("shop", "f1")
    assert session.answer(BOT.actor_id, "no") == refused
    assert session.answer(BOT.actor_id, "i1") == Ack(accepted=False, intent_id="i1", code="command.end_of_script")


@pytest.mark.parametrize(("ends_well", "boot"), [(False, "boot-1"), (True, "boot-2")])
def test_the_epoch_stays(tmp_path: Path, *, ends_well: bool, boot: str) -> None:
    """SERVER-7: a process that died, or a machine that was started again in order, has lost nothing."""
    kept = opened(tmp_path)
    kept.session("shop", "f1").keep(commit(1))
    if ends_well:
        kept.close()
    else:
        died(kept)
    assert opened(tmp_path, boot).epoch == kept.epoch


@pytest.mark.parametrize("boot", ["boot-2", ""])
def test_a_power_failure_begins_a_new_epoch(tmp_path: Path, boot: str) -> None:
    """SERVER-7: ended in the middle, and the machine runs another time (or does not say): the end may be lost."""
    kept = opened(tmp_path)
    kept.session("shop", "f1").keep(commit(1))
    died(kept)
    again = opened(tmp_path, boot)
    assert again.epoch != kept.epoch
    assert "a new epoch begins" in again.notices[0]
    died(again)


def test_a_damaged_or_lost_database_begins_a_new_epoch(tmp_path: Path) -> None:
    """SERVER-7: what cannot be read lies aside, and the server starts."""
    kept = opened(tmp_path)
    kept.session("shop", "f1").keep(commit(7))
    kept.close()
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to be read as if it were one" * 100)
    again = opened(tmp_path)
    assert again.epoch != kept.epoch
    assert "damaged" in again.notices[0]
    assert (tmp_path / f"{FILE}.damaged").exists()
    assert again.session("shop", "f1").revision == 0
    again.close()
    (tmp_path / FILE).unlink()
    assert opened(tmp_path).epoch not in {kept.epoch, again.epoch}


def test_a_commit_that_could_not_be_kept_begins_a_new_epoch(tmp_path: Path) -> None:
    """SERVER-7, SERVER-10: a full disk is an `OSError`, nothing of the commit is there, and it is not forgotten."""
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    session.keep(commit(1))
    kept._state._connection.execute("PRAGMA max_page_count=1")

    def fill() -> None:
        for number in range(2, 3000):
            session.keep(commit(number, intent_id=f"i{number}" * 50))

    with pytest.raises(OSError, match="cannot be kept"):
        fill()
    last = session.revision
    died(kept)
    again = opened(tmp_path)
    assert again.epoch != kept.epoch
    assert again.session("shop", "f1").revision == last


def test_what_follows_a_commit_that_was_not_kept_is_not_restored(tmp_path: Path) -> None:
    """SERVER-7: inputs with a hole between them would make another session than the one that was told."""
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    session.keep(commit(1))
    kept._state._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(OSError, match="cannot be kept"):
        session.keep(commit(2, actor=BOT))
    assert session.actor_of(BOT.actor_id) is None
    kept._state._connection.execute("PRAGMA query_only=OFF")
    session.keep(commit(3, actor=BOT))
    died(kept)
    again = opened(tmp_path)
    session = again.session("shop", "f1")
    assert again.epoch == kept.epoch, "the newest revision is on disk again"
    assert [one.revision for one in session.history()] == [1]
    assert (session.revision, session.restores_all) == (3, False)
    assert session.actor_of(BOT.actor_id) == BOT


def test_no_other_write_stands_for_a_commit_that_was_not_kept(tmp_path: Path) -> None:
    """SERVER-7: a token or another session's commit that is kept does not say that what was told is kept too."""
    kept = opened(tmp_path)
    shop, other = kept.session("shop", "f1"), kept.session("other", "f1")
    shop.keep(commit(1))
    kept._state._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(OSError, match="cannot be kept"):
        shop.keep(commit(2))
    kept._state._connection.execute("PRAGMA query_only=OFF")
    kept.issue_resume_token(ADA)
    other.keep(commit(1))
    died(kept)
    assert opened(tmp_path).epoch != kept.epoch


def test_a_revision_that_somebody_was_told_is_never_another_commit(tmp_path: Path) -> None:
    """SERVER-7: the cursors say how far a session was, also where its own commits could not be kept."""
    kept = opened(tmp_path)
    kept.session("shop", "f1").keep(commit(3))
    kept.issue_resume_token(ADA)
    kept.note_cursor(ADA.actor_id, "shop", 5)
    kept.close()
    again = opened(tmp_path)
    assert again.session("shop", "f1").revision == 5
    assert [one.revision for one in again.session("shop", "f1").history()] == [3]
    assert again.session("another", "f1").revision == 0


def test_one_folder_is_one_servers(tmp_path: Path) -> None:
    """SERVER-7: two servers never share a state; the second is told in one line, and may have it afterwards."""
    kept = opened(tmp_path)
    with pytest.raises(SourceError, match="another server keeps its state there") as raised:
        opened(tmp_path)
    assert "\n" not in str(raised.value)
    kept.close()
    opened(tmp_path).close()


def test_a_folder_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    """A file where the folder should be is bad input, not a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot hold the state of a server"):
        opened(tmp_path / "file")


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    """SERVER-9: what was typed, and who was there, is nobody else's."""
    folder = tmp_path / "state" / "here"
    kept = opened(folder)
    kept.session("shop", "f1").keep(commit(1))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    kept.close()


def test_resume_tokens_are_secret_and_end(tmp_path: Path) -> None:
    """SERVER-7, SERVER-9: only hashes are kept; a token is worth nothing a day after its owner was last here."""
    clock = ManualClock(1_000_000.0)
    kept = opened(tmp_path, clock=clock)
    token = kept.issue_resume_token(ADA)
    clock.advance(kept_tokens.LIFE_MS - 1)
    kept.note_cursor(ADA.actor_id, "shop", 5)
    clock.advance(kept_tokens.LIFE_MS)
    assert kept.resume(token) == ADA
    assert kept.resume("another") is None
    kept.close()
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    again = opened(tmp_path, clock=clock)
    assert again.resume(token) == ADA
    clock.advance(1)
    assert again.resume(token) is None


def test_who_comes_and_goes_fills_no_memory(tmp_path: Path) -> None:
    """Where everybody was told to waits for a commit, but not without bound when none is made (SERVER-9)."""
    kept = opened(tmp_path)
    for number in range(2500):
        kept.note_cursor(f"x~{number}", "shop", number)
    assert len(kept._cursors) < 1000
    ((written,),) = kept._state.rows("SELECT count(*) FROM cursors")
    assert written + len(kept._cursors) == 2500


def test_an_actor_has_few_tokens_and_a_server_some_thousands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SERVER-9: connecting again and again fills nothing."""
    monkeypatch.setattr(kept_tokens, "MOST_TOKENS", 50)
    monkeypatch.setattr(kept_tokens, "_SPARE", 5)
    clock = ManualClock(1_000_000.0)
    kept = opened(tmp_path, clock=clock)
    tokens = []
    for _ in range(10):
        clock.advance(1)
        tokens.append(kept.issue_resume_token(ADA))
    assert [kept.resume(token) for token in tokens] == [None] * 6 + [ADA] * 4
    for number in range(200):
        clock.advance(1)
        kept.issue_resume_token(Actor(f"x~{number}", "x"))
    ((count,),) = kept._state.rows("SELECT count(*) FROM tokens")
    assert count <= 55
    assert kept.resume(tokens[-1]) is None


def test_actors_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who came first are forgotten by name, here and on disk."""
    monkeypatch.setattr(kept_state, "MOST_ACTORS", 20)
    monkeypatch.setattr(kept_state, "_SPARE", 5)
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    for number in range(1, 100):
        session.keep(commit(number, actor=Actor(f"x~{number}", "x")))
    assert session.actor_of("x~1") is None
    assert session.actor_of("x~99") is not None
    assert len(kept._state.actors) <= 25
    died(kept)
    assert 20 <= len(opened(tmp_path)._state.actors) <= 25


def test_the_inputs_of_sessions_that_nobody_opens_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the sessions that were opened last can be restored; the revisions of all stay."""
    monkeypatch.setattr("connectome_tui.server.keeper.MOST_HISTORIES", 3)
    clock = ManualClock(1_000_000.0)
    kept = opened(tmp_path, clock=clock)
    for number in range(6):
        clock.advance(1)
        kept.session(f"s{number}", "f").keep(commit(number + 10))
    kept.close()
    again = opened(tmp_path, clock=clock)
    assert again.session("s0", "f").revision == 10
    assert not again.session("s0", "f").history()
    assert again.session("s5", "f").history()


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    """What cannot be unpacked is no other exception than the one that says so."""
    from connectome_tui.server.journal import UnreadableJournalError

    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    for number in range(1, kept_session.PACKED + 1):
        session.keep(commit(number))
    kept._state._connection.execute("UPDATE journal SET block = x'00'")
    with pytest.raises(UnreadableJournalError, match="damaged"):
        session.history()
    assert isinstance(kept._state._connection, sqlite3.Connection)


def test_each_address_has_a_folder_and_finds_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SERVER-7: a server that comes back at its address has its sessions; two addresses never share."""
    monkeypatch.setenv("CONNECTOME_STATE", str(tmp_path))
    addresses = ("127.0.0.1:7717", "127.0.0.1:7718", "[::1]:7717", "/run/user/1/a.sock", "../../x")
    folders = [state_folder(address) for address in addresses]
    assert folders == [state_folder(address) for address in addresses]
    assert len(set(folders)) == len(addresses)
    assert {folder.parent for folder in folders} == {tmp_path / "servers"}


def test_states_of_servers_long_gone_are_taken_away(tmp_path: Path) -> None:
    """Ports that the system chose leave no heap of folders; one that runs keeps its own."""
    for number in range(5):
        kept = opened(tmp_path / f"s{number}")
        if number:
            kept.close()
        os.utime(tmp_path / f"s{number}" / FILE, (number, number))
    (tmp_path / "photos").mkdir()
    forget_old_servers(tmp_path, most=2)
    assert [path.name for path in server_folders(tmp_path)] == ["photos", "s0", "s3", "s4"]


def test_who_holds_the_database_is_waited_for_once_and_shortly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that locks it costs one short wait, no more for what follows, and nothing once it is gone."""
    monkeypatch.setattr(kept_state, "PATIENCE_MS", 5)
    kept = opened(tmp_path)
    session = kept.session("shop", "f1")
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits = []
    for revision in (1, 2):
        waits.append(kept._state.rows("PRAGMA busy_timeout"))
        with pytest.raises(OSError, match="locked"):
            session.keep(commit(revision))
    other.execute("ROLLBACK")
    other.close()
    session.keep(commit(3))
    waits.append(kept._state.rows("PRAGMA busy_timeout"))
    assert waits == [[(5,)], [(0,)], [(5,)]]
    assert session.revision == 3
    kept.close()


def test_a_folder_that_was_taken_away_is_noticed(tmp_path: Path) -> None:
    """SERVER-10: what goes into a file without a name is kept nowhere, and is said; once back it keeps again."""
    clock = ManualClock(1_000_000.0)
    folder = tmp_path / "state"
    kept = opened(folder, clock=clock)
    session = kept.session("live", "")
    session.keep(commit(1, command=None))
    folder.rename(tmp_path / "elsewhere")
    clock.advance(kept_state.LOOK_MS)
    for revision in (2, 3):
        with pytest.raises(OSError, match="was taken away meanwhile"):
            session.keep(commit(revision, command=None))
    opened(folder, clock=clock).close()
    clock.advance(kept_state.LOOK_MS)
    with pytest.raises(OSError, match="was taken away meanwhile"):
        session.keep(commit(4, command=None))
    folder.rename(tmp_path / "of another server")
    (tmp_path / "elsewhere").rename(folder)
    clock.advance(kept_state.LOOK_MS)
    session.keep(commit(5, command=None))
    assert kept._state.kept_all
    kept.close()
    again = opened(folder)
    assert (again.session("live", "").revision, again.epoch) == (5, kept.epoch)
    again.close()
