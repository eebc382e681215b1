"""What a recording looks like inside: tables, the id that tells it from other databases, its version.

Rows are the numbers of events in the order in which they were appended, from 0; a group that could
not be written leaves a hole. Events stand in blocks, one or more for each group that was committed,
so that a page is one read by key. Everything that the list of flows and the counts need is kept
beside them, so that opening costs as much as there are flows, not events.
"""

from typing import Final

APPLICATION_ID: Final = 0x436E_546D
"""`CnTm` in bytes 68 to 71 of the file."""

VERSION: Final = 1
"""`user_version`: a program reads recordings up to its own."""

HEADER_LENGTH: Final = 100
MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_ID_AT: Final = 68

TABLES: Final = {
    "about": "CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "blocks": (
        "CREATE TABLE blocks (first INTEGER PRIMARY KEY, count INTEGER NOT NULL,"
        " events BLOB NOT NULL, details BLOB NOT NULL)"
    ),
    "counts": "CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
    "edges": (
        "CREATE TABLE edges (from_id TEXT NOT NULL, to_id TEXT NOT NULL, style TEXT NOT NULL, first INTEGER NOT NULL,"
        " events INTEGER NOT NULL, PRIMARY KEY (from_id, to_id, style)) WITHOUT ROWID"
    ),
    "flow_blocks": (
        "CREATE TABLE flow_blocks (flow INTEGER NOT NULL, block INTEGER NOT NULL, events INTEGER NOT NULL,"
        " errors INTEGER NOT NULL, PRIMARY KEY (flow, block)) WITHOUT ROWID"
    ),
    "flows": (
        "CREATE TABLE flows (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,"
        " result TEXT NOT NULL, has_root INTEGER NOT NULL, started_at_ms REAL NOT NULL, ended_at_ms REAL NOT NULL,"
        " events INTEGER NOT NULL, errors INTEGER NOT NULL, children INTEGER NOT NULL, through TEXT NOT NULL)"
    ),
    "gaps": (
        "CREATE TABLE gaps (number INTEGER PRIMARY KEY, row INTEGER NOT NULL, at_ms REAL NOT NULL, text TEXT NOT NULL)"
    ),
    "inbox": (
        "CREATE TABLE inbox (number INTEGER PRIMARY KEY, received_at_ms REAL NOT NULL,"
        " content_type TEXT NOT NULL, body BLOB NOT NULL)"
    ),
    "nodes": (
        "CREATE TABLE nodes (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, first INTEGER NOT NULL,"
        " energy INTEGER NOT NULL, known BLOB)"
    ),
    "steps": (
        "CREATE TABLE steps (node TEXT NOT NULL, step TEXT NOT NULL, first INTEGER NOT NULL,"
        " PRIMARY KEY (node, step)) WITHOUT ROWID"
    ),
}
"""Every table with the exact text that makes it. A file in which anything else stands is no recording."""


def is_recording(head: bytes) -> bool:
    """Whether a file that begins with `head` says that it is a recording."""
    written = head[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4]
    return head.startswith(MAGIC) and written == APPLICATION_ID.to_bytes(4, "big")
