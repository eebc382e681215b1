"""Taking the oldest events out of a recording that would grow beyond its limit."""

import sqlite3
from collections import Counter
from typing import Final

from connectome_tui.recordings.about import Kind
from connectome_tui.recordings.blocks import read_events
from connectome_tui.recordings.tallies import counts_of

MOST_EVENTS: Final = 100_000
"""So many go at once at most: it holds up the writer for a tenth of a second or two."""


def trim(connection: sqlite3.Connection, kind: Kind, wanted_bytes: int) -> tuple[int, int]:
    """Take out the oldest blocks, about `wanted_bytes` of them but never the last: events that went, first row left.

    Flows and counts are those of what stays; edges keep the numbers of all that ever was.
    """
    row, events, size = 0, 0, 0
    blocks = connection.execute("SELECT first, count, length(events) + length(details) FROM blocks ORDER BY first")
    for first, count, length in blocks:
        row = first
        if size >= wanted_bytes or events >= MOST_EVENTS:
            break
        size, events = size + length, events + count
    else:
        return 0, row
    gone: Counter[str] = Counter()
    for (blob,) in connection.execute("SELECT events FROM blocks WHERE first < ?", (row,)):
        gone.update(counts_of(read_events(blob), kind))
    connection.executemany(
        "UPDATE counts SET count = count - ? WHERE name = ?", [(count, name) for name, count in gone.items()]
    )
    of_flows = connection.execute(
        "SELECT sum(events), sum(errors), flow FROM flow_blocks WHERE block < ? GROUP BY flow", (row,)
    ).fetchall()
    connection.executemany("UPDATE flows SET events = events - ?, errors = errors - ? WHERE number = ?", of_flows)
    connection.execute("DELETE FROM flow_blocks WHERE block < ?", (row,))
    connection.execute("DELETE FROM flows WHERE events <= 0")
    connection.execute("DELETE FROM gaps WHERE row < ?", (row,))
    connection.execute("DELETE FROM blocks WHERE first < ?", (row,))
    return events, row
