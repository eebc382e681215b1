"""What stands in the file, and how a group of appended things gets into it: all of it in one transaction."""

import json
import math
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from connectome_tui.events.flow import EventDetail
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Node
from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.blocks import BlobWriter, read_bytes, read_events
from connectome_tui.recordings.failures import RecordingTakenError
from connectome_tui.recordings.parts import Parts
from connectome_tui.recordings.tallies import FlowTally, by_flow, counts_of
from connectome_tui.recordings.trimming import trim
from connectome_tui.store.json_lines import writable

BLOCK: Final = 256
"""Events that are packed and read together."""
MAX_TALLIES: Final = 10_000
MAX_SEEN: Final = 50_000
MAX_STEPS_OF_A_NODE: Final = 1000
"""More different steps of a node than this are not listed with it; their events are kept like any other."""

MAX_TITLE: Final = 1000

_FIELDS: Final = "title, result, has_root, started_at_ms, ended_at_ms, events, errors, children, through"
_STORED_FLOW: Final = f"SELECT number, id, {_FIELDS} FROM flows WHERE id = ?"  # noqa: S608 -- constants
_NEW_FLOW: Final = f"INSERT INTO flows (id, {_FIELDS}, number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_CHANGED_FLOW: Final = f"UPDATE flows SET ({_FIELDS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE number = ?"  # noqa: S608


@dataclass(frozen=True, slots=True)
class RawBatch:
    """A body as it was received and acknowledged, whose spans are not all recorded as events yet."""

    number: int
    content_type: str
    body: bytes
    received_at_ms: float


@dataclass(frozen=True, slots=True)
class Block:
    """Events with consecutive rows, to be written together."""

    first: int
    events: Sequence[FlowEvent]
    details: Sequence[EventDetail | None]


class Keeper:
    """The one that writes, within `begin` and `commit`. `epoch` tells it from a later one that took over."""

    def __init__(self, connection: sqlite3.Connection, kind: Kind, epoch: int) -> None:
        self._connection = connection
        self._kind = kind
        self._epoch = epoch
        self._blobs = BlobWriter()
        self.written_bytes = 0
        """Of events and details, since it was made."""
        self._tallies: OrderedDict[str, FlowTally] = OrderedDict()
        self._dirty: dict[str, FlowTally] = {}
        self._new: set[str] = set()
        self._next_flow = self._flow_behind_the_last()
        self._knows_all = self._next_flow == 1
        """Whether every flow of the file is among the tallies, so that no other needs to be looked for."""
        self._seen: set[tuple[str, ...]] = set()
        self._step_counts: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        for node, count in connection.execute("SELECT node, count(*) FROM steps GROUP BY node"):
            self._step_counts[node] = count

    def begin(self) -> None:
        """Start a transaction; `RecordingTakenError` when another process writes the recording now."""
        self._connection.execute("BEGIN IMMEDIATE")
        (epoch,) = self._connection.execute("SELECT value FROM about WHERE name = 'epoch'").fetchone()
        if epoch != self._epoch:
            raise RecordingTakenError("another process writes this recording now")

    def commit(self) -> None:
        """Make everything since `begin` lasting."""
        self._connection.executemany(
            "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            [(name, count) for name, count in self._counts.items() if count],
        )
        new, changed = self._new, self._dirty
        self._connection.executemany(_NEW_FLOW, [_written(tally) for name, tally in changed.items() if name in new])
        self._connection.executemany(
            _CHANGED_FLOW, [_written(tally)[1:] for name, tally in changed.items() if name not in new]
        )
        self._connection.execute("COMMIT")
        self._counts.clear()
        self._dirty.clear()
        self._new.clear()
        while len(self._tallies) > MAX_TALLIES:
            self._tallies.popitem(last=False)
            self._knows_all = False
        if len(self._seen) > MAX_SEEN:
            self._seen.clear()

    def roll_back(self) -> None:
        """Undo everything since `begin`, here and in the file."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._tallies.clear()
        self._dirty.clear()
        self._new.clear()
        self._seen.clear()
        self._counts.clear()
        self._next_flow = self._flow_behind_the_last()
        self._knows_all = self._next_flow == 1

    def add_block(self, block: Block) -> None:
        """Write events, and what they add to flows, parts and counts."""
        events, details = block.events, block.details
        blobs = self._blobs.events(events), self._blobs.details(details)
        self._connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", (block.first, len(events), *blobs))
        self.written_bytes += len(blobs[0]) + len(blobs[1])
        held: list[tuple[int, int, int, int]] = []
        for flow_id, places in by_flow(events).items():
            tally = self._tally(flow_id)
            whole = len(places) == len(events)
            of_flow = events if whole else [events[place] for place in places]
            errors = tally.errors
            tally.add(of_flow, details if whole else [details[place] for place in places])
            self._dirty[flow_id] = tally
            held.append((tally.number, block.first, len(of_flow), tally.errors - errors))
        self._connection.executemany("INSERT INTO flow_blocks VALUES (?, ?, ?, ?)", held)
        self._add_parts(events, block.first)
        self._counts.update(counts_of(events, self._kind))

    def note_nodes(self, nodes: Iterable[Node], row: int) -> None:
        """Keep what is known of nodes; the latest word stands."""
        self._connection.executemany(
            "INSERT INTO nodes VALUES (NULL, ?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET known = excluded.known",
            [(_text(node.id), 2 * row, _node_blob(node)) for node in nodes],
        )

    def note_gap(self, row: int, at_ms: float, text: str) -> None:
        """Say that something is missing right before a row."""
        self._connection.execute("INSERT INTO gaps (row, at_ms, text) VALUES (?, ?, ?)", (row, at_ms, _text(text)))

    def trim(self, wanted_bytes: int) -> tuple[int, int]:
        """Take out the oldest blocks, about so many bytes of them: how many events went, and the first row left."""
        events, row = trim(self._connection, self._kind, wanted_bytes)
        self._tallies.clear()
        self._knows_all = False
        return events, row

    def used_bytes(self) -> int:
        """The bytes of the file that hold something; what was taken out is used again before it grows."""
        ((pages,), (free,), (size,)) = (
            self._connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to the counts."""
        self._counts.update({_text(name): count for name, count in counts.items()})

    def keep(self, batch: RawBatch) -> None:
        """Write a body that is to be acknowledged."""
        self._connection.execute(
            "INSERT INTO inbox VALUES (?, ?, ?, ?)",
            (batch.number, batch.received_at_ms, batch.content_type, self._blobs.bytes_(batch.body)),
        )

    def forget(self, batches: Iterable[int]) -> None:
        """Drop bodies whose spans are recorded."""
        self._connection.executemany("DELETE FROM inbox WHERE number = ?", [(number,) for number in batches])

    def _add_parts(self, events: Sequence[FlowEvent], first_row: int) -> None:
        parts, seen = Parts(), self._seen
        parts.add(events, first_row)
        if new := [(node, place) for node, place in parts.nodes.items() if (node,) not in seen]:
            self._connection.executemany(
                "INSERT OR IGNORE INTO nodes VALUES (NULL, ?, ?, 0, NULL)",
                [(_text(node), place) for node, place in new],
            )
            seen.update((node,) for node, _ in new)
        for node in parts.with_energy:
            if ("energy", node, "") not in seen:
                self._connection.execute("UPDATE nodes SET energy = 1 WHERE id = ?", (_text(node),))
                seen.add(("energy", node, ""))
        for (node, step), row in parts.steps.items():
            if (node, step) not in seen and self._step_counts[node] < MAX_STEPS_OF_A_NODE:
                cursor = self._connection.execute(
                    "INSERT OR IGNORE INTO steps VALUES (?, ?, ?)", (_text(node), _text(step), row)
                )
                self._step_counts[node] += cursor.rowcount
                seen.add((node, step))
        self._connection.executemany(
            "INSERT INTO edges VALUES (?, ?, ?, ?, ?) ON CONFLICT (from_id, to_id, style)"
            " DO UPDATE SET events = events + excluded.events",
            [
                (_text(source), _text(target), style, first, count)
                for (source, target, style), (first, count) in parts.edges.items()
            ],
        )

    def _tally(self, flow_id: str) -> FlowTally:
        tally = self._tallies.get(flow_id)
        if tally is not None:
            self._tallies.move_to_end(flow_id)
            return tally
        stored = None if self._knows_all else self._stored_tally(_text(flow_id))
        tally = self._tallies[flow_id] = stored or self._new_tally(flow_id)
        return tally

    def _stored_tally(self, flow_id: str) -> FlowTally | None:
        row = self._connection.execute(_STORED_FLOW, (flow_id,)).fetchone()
        if row is None:
            return None
        *fields, through = row
        tally = FlowTally(*fields)
        tally.through = dict.fromkeys(json.loads(through))
        return tally

    def _new_tally(self, flow_id: str) -> FlowTally:
        number, self._next_flow = self._next_flow, self._next_flow + 1
        self._new.add(flow_id)
        return FlowTally(number, flow_id)

    def _flow_behind_the_last(self) -> int:
        (last,) = self._connection.execute("SELECT max(number) FROM flows").fetchone()
        return 1 if last is None else int(last) + 1


def next_row(connection: sqlite3.Connection) -> int:
    """The row behind the last event that is kept."""
    last = connection.execute("SELECT first + count FROM blocks ORDER BY first DESC LIMIT 1").fetchone()
    return int(last[0]) if last else 0


def next_batch(connection: sqlite3.Connection) -> int:
    """A number that no body has that is kept."""
    (last,) = connection.execute("SELECT max(number) FROM inbox").fetchone()
    return 1 if last is None else int(last) + 1


def pending_numbers(connection: sqlite3.Connection) -> list[int]:
    """The numbers of the bodies whose spans are not all recorded, in the order in which they came."""
    return [number for (number,) in connection.execute("SELECT number FROM inbox ORDER BY number").fetchall()]


def raw_batch(connection: sqlite3.Connection, number: int) -> RawBatch | None:
    """A body by its number; None when it was settled meanwhile."""
    query = "SELECT content_type, body, received_at_ms FROM inbox WHERE number = ?"
    row = connection.execute(query, (number,)).fetchone()
    if row is None:
        return None
    content_type, body, received_at_ms = row
    return RawBatch(number, content_type, read_bytes(body), received_at_ms)


def recorded_ids(connection: sqlite3.Connection, flow_id: str) -> set[str]:
    """The ids of the events of a flow that are kept."""
    blobs = connection.execute(
        "SELECT events FROM blocks WHERE first IN"
        " (SELECT block FROM flow_blocks WHERE flow = (SELECT number FROM flows WHERE id = ?))",
        (flow_id,),
    )
    return {event.id for (blob,) in blobs for event in read_events(blob) if (event.flow_id or "") == flow_id}


def _written(tally: FlowTally) -> tuple[object, ...]:
    return (
        _text(tally.id),
        _text(tally.title[:MAX_TITLE]),
        tally.result,
        tally.has_root,
        _finite(tally.started_at_ms),
        _finite(tally.ended_at_ms),
        tally.events,
        tally.errors,
        tally.children,
        _through(tally.through),
        tally.number,
    )


def _through(nodes: Iterable[str]) -> str:
    names = list(nodes)
    try:
        return msgspec.json.encode(names).decode()
    except UnicodeEncodeError:
        return json.dumps(names)


def _node_blob(node: Node) -> bytes:
    try:
        return msgspec.msgpack.encode(node)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(writable(msgspec.structs.asdict(node)))


def _finite(number: float) -> float:
    return number if math.isfinite(number) else 0.0


def _text(text: str) -> str:
    """Text that SQLite can take: half surrogates are replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
