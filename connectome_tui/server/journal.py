"""The inputs of a session, packed: what restores it takes a few bytes a step (ENGINE-6, SERVER-7)."""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from connectome_tui.server.keeping import Actor, KeptCommit
from connectome_tui.store.deltas import RecordChange


class UnreadableJournalError(Exception):
    """What was kept is damaged."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A commit as it is kept: its actor by id alone; the intents are kept with their answers."""

    revision: int
    at_ms: float
    actor_id: str
    command: Any = None
    records: tuple[RecordChange, ...] = ()


class _Block(msgspec.Struct, frozen=True, array_like=True):
    """Entries column by column: steps differ in little but their time, so that a column packs well."""

    revisions: bytes
    times: bytes
    actors: tuple[str, ...]
    by: bytes
    commands: tuple[Any, ...]
    what: bytes
    records: dict[int, tuple[RecordChange, ...]]


def pack(entries: Sequence[Entry]) -> bytes:
    """Entries in order of their revisions, as one blob."""
    actors: dict[str, int] = {}
    commands: dict[bytes, tuple[int, Any]] = {}
    by, what = array("I"), array("I")
    for entry in entries:
        by.append(actors.setdefault(entry.actor_id, len(actors)))
        what.append(commands.setdefault(_encode(entry.command), (len(commands), entry.command))[0])
    revisions = [entry.revision for entry in entries]
    steps = [after - before for before, after in zip([0, *revisions], revisions, strict=False)]
    block = _Block(
        revisions=array("q", steps).tobytes(),
        times=array("d", [entry.at_ms for entry in entries]).tobytes(),
        actors=tuple(actors),
        by=by.tobytes(),
        commands=tuple(command for _, command in commands.values()),
        what=what.tobytes(),
        records={place: entry.records for place, entry in enumerate(entries) if entry.records},
    )
    return zlib.compress(_encode(block), 6)


def unpack(blob: bytes) -> list[Entry]:
    """What `pack` was given; `UnreadableJournalError` for anything else."""
    try:
        block = _block.decode(zlib.decompress(blob))
        revisions, times, by, what = array("q"), array("d"), array("I"), array("I")
        revisions.frombytes(block.revisions)
        times.frombytes(block.times)
        by.frombytes(block.by)
        what.frombytes(block.what)
        entries: list[Entry] = []
        revision = 0
        for place, (step, at_ms, actor, command) in enumerate(zip(revisions, times, by, what, strict=True)):
            revision += step
            records = block.records.get(place, ())
            entries.append(Entry(revision, at_ms, block.actors[actor], block.commands[command], records))
    except (zlib.error, msgspec.DecodeError, ValueError, IndexError) as problem:
        raise UnreadableJournalError(f"a damaged journal: {problem}") from problem
    return entries


def encoded(value: object) -> bytes | None:
    """A command, or the records of a commit, as a column of the database holds them; None for nothing."""
    return _encode(value) if value else None


def entry_of(row: tuple[int, float, str, bytes | None, bytes | None]) -> Entry:
    """A row of the database: revision, time, actor, and what `encoded` made of command and records."""
    revision, at_ms, actor_id, command, records = row
    try:
        return Entry(
            revision,
            at_ms,
            actor_id,
            None if command is None else msgspec.msgpack.decode(command),
            () if records is None else _records.decode(records),
        )
    except msgspec.DecodeError as problem:
        raise UnreadableJournalError(f"a damaged commit: {problem}") from problem


def commits_of(entries: Iterable[Entry], actors: dict[str, Actor]) -> list[KeptCommit]:
    """Entries as those who restore take them; who is not known any more goes by the id."""
    return [
        KeptCommit(
            entry.revision,
            entry.at_ms,
            actors.get(entry.actor_id) or Actor(entry.actor_id, entry.actor_id),
            command=entry.command,
            records=entry.records,
        )
        for entry in entries
    ]


_encode: Final = msgspec.msgpack.Encoder().encode
_block: Final[msgspec.msgpack.Decoder[_Block]] = msgspec.msgpack.Decoder(_Block)
_records: Final[msgspec.msgpack.Decoder[tuple[RecordChange, ...]]] = msgspec.msgpack.Decoder(tuple[RecordChange, ...])
