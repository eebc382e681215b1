"""What a live ledger keeps (STORE-10): how much there may be, and whose entries go first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DEFAULT_MAX_EVENTS: Final = 100_000
CHUNK_SIZE: Final = 1024
"""The batch in which entries go, where the limit is large."""


@dataclass(frozen=True, slots=True)
class Retention:
    """So many events are kept on the screen, none that arrived longer ago than `max_age_ms` (None: any age)."""

    max_events: int = DEFAULT_MAX_EVENTS
    max_age_ms: float | None = None

    @property
    def batch(self) -> int:
        """How many entries go at once: one in sixteen, and no more than are kept together."""
        return max(1, min(CHUNK_SIZE, self.max_events // 16))


KEEP_NEWEST: Final = Retention()


def takings(counts: Mapping[str, int], excess: int) -> dict[str, int]:
    """How many entries each source has to give so that `excess` are gone in all.

    No source falls below its fair share while another is above it: all are cut down to one level,
    and those that have less than that give nothing.
    """
    keep = sum(counts.values()) - excess
    assert keep >= 0, "more is to go than there is"
    level, left, sources = 0, keep, sorted(counts, key=lambda source: (counts[source], source))
    takes: dict[str, int] = {}
    for number, source in enumerate(sources):
        level = left // (len(sources) - number)
        kept = min(counts[source], level)
        takes[source] = counts[source] - kept
        left -= kept
    return {source: take for source, take in takes.items() if take}
