"""Event ids (EVENT-4): unique within a session and the same in every process."""

import hashlib
from collections import Counter
from typing import Final

TIME_BUCKET_MS: Final = 1000
"""Events of one second with equal label and ends share a hash and are told apart by their occurrence number."""


def stable_hash(text: str) -> str:
    """16 hex digits that depend on `text` alone, never on the process."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def span_id(trace: str, span: str) -> str:
    """The id of a span's event."""
    return f"{trace}:{span}"


def shared_span_id(trace: str, span: str, kind: str, service: str) -> str:
    """The id of one half of a Zipkin pair, whose two halves share a span id."""
    return f"{trace}:{span}:{kind}:{service}"


def span_event_id(span_key: str, number: int) -> str:
    """The id of the event of a span's own event, numbered from 0 in the order of the record."""
    return f"{span_key}:e{number}"


def step_id(index: int, step_key: str) -> str:
    """The id of a script's step."""
    return f"step:{index}:{step_key}"


class DerivedIds:
    """Gives ids to events that have none of their own: a stable hash and an occurrence number (EVENT-4).

    One instance serves one session; the order of the calls decides the occurrence numbers.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def next_id(self, label: str, from_node_id: str, to_node_id: str, at_ms: float) -> str:
        """The next id for an event of these fields; from the second alike on it ends with `:2`, `:3`, …"""
        bucket = int(at_ms // TIME_BUCKET_MS)
        base = f"evt:{stable_hash(chr(0).join((label, from_node_id, to_node_id, str(bucket))))}"
        self._seen[base] += 1
        return f"{base}:{self._seen[base]}"
