"""Search over a million events, as the prompt with `--all` does it."""

import time
from collections.abc import Iterator

from connectome_tui.events.flow import no_progress
from connectome_tui.find.query import parse_query
from connectome_tui.find.search import search_events
from connectome_tui.sources.open import open_recording
from scripts.benchmark.files import EVENTS, million_events
from scripts.benchmark.table import Figure, Row

TEXT = "orders/4242"


def first_hit_and_all() -> Iterator[Row]:
    """A text that a few hundred events hold, the first of them at row 4,242, in fields and attributes."""
    recording = open_recording([str(million_events())])
    recording.finish(no_progress)
    flow = recording.flow(recording.flows[0].id)
    started = time.perf_counter()
    first, hits = 0.0, 0
    for piece in search_events(flow.events, parse_query(TEXT), flow.topology, range(EVENTS)):
        if piece.hits and not first:
            first = time.perf_counter() - started
        hits += len(piece.hits)
    everything = time.perf_counter() - started
    recording.close()
    yield Figure("search over a million events: first hit", first, "s", 0.3)
    yield Figure("search over a million events: all hits", everything, "s", 3, f"{hits} hits")
