"""Session files for tests: lines as an export writes them, opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from connectome_tui.events.flow import no_progress
from connectome_tui.events.model import FlowEvent
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.session_file import SessionFile, open_session_file
from connectome_tui.sources.spool import open_content
from tests.readers import MemoryContent

HEADER: Final = (
    b'{"type":"session","session_id":"s-1","started_at_ms":1000.0,"title":"POST /checkout","flow_id":"f1",'
    b'"duration_ms":90.0,"events":2,"errors":0,"nodes":[{"id":"service:api","title":"The API","kind":"service",'
    b'"zone":"BACKEND"},{"id":"store:db","title":"db","kind":"store","zone":"GRAPH"}],'
    b'"edges":[{"from_node_id":"service:api","to_node_id":"store:db","events":2}]}'
)
"""The header of a session of two nodes and one edge."""


def event_line(event: FlowEvent, **beside: Any) -> bytes:
    """An event as an export writes it, with attributes and the like `beside` it."""
    line = msgspec.json.encode(event)
    return line[:-1] + b"," + msgspec.json.encode(beside)[1:] if beside else line


def open_lines(*lines: bytes, partial: bool = False) -> SessionFile:
    """These lines, held in memory, opened as a session file."""
    content = MemoryContent(b"".join(line + b"\n" for line in lines))
    return open_session_file(content, "log.jsonl", progress=no_progress, partial=partial)


@contextmanager
def opened(path: Path, *, partial: bool = False) -> Iterator[SessionFile]:
    """A file, opened as a session file, and closed in the end."""
    content = open_content(str(path), OpenOptions())
    recording = open_session_file(content, path.name, progress=no_progress, partial=partial)
    yield recording
    recording.close()
