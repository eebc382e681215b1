"""Event ids (EVENT-4): unique within a session and the same in every process."""

import hashlib
from typing import Final

TIME_BUCKET_MS: Final = 1000
"""Events of one second with equal label and ends share a hash and are told apart by their occurrence number."""


def stable_hash(text: str) -> str:
    """16 hex digits that depend on `text` alone, never on the process."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def span_event_id(span_key: str, number: int) -> str:
    """The id of the event of a span's own event, numbered from 0 in the order of the record."""
    return f"{span_key}:e{number}"


def step_id(index: int, step_key: str) -> str:
    """The id of a script's step."""
    return f"step:{index}:{step_key}"


def derived_id(label: str, from_node_id: str, to_node_id: str, at_ms: float, occurrence: int) -> str:
    """The id of an event that brings none: a hash of what it says and of its second, and which alike one it is."""
    bucket = str(int(at_ms // TIME_BUCKET_MS))
    return f"evt:{stable_hash(chr(0).join((label, from_node_id, to_node_id, bucket)))}:{occurrence}"
