"""A load for a receiver: bodies of real spans with fresh ids, made before the clock runs, posted over keep-alive.

`python -m scripts.benchmark.load ADDRESS --seconds N [--rate SPANS_PER_SECOND]` posts to loopback only.
"""

import argparse
import gzip
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from connectome_tui.receiver.addresses import parse_address
from connectome_tui.traces.protobuf_wire import LENGTH, fields

REPLAY: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "replay" / "shop-pb-gzip"
COPIES_OF_A_BODY: Final = 2
DISTINCT: Final = 600_000
"""Spans before bodies come again: by then a receiver has forgotten the ids of the first."""
MAX_SECONDS: Final = 600
CONNECTIONS: Final = 4
_SPAN_ID, _PARENT_ID, _TRACE_ID = 2, 4, 1


@dataclass(frozen=True, slots=True)
class Body:
    """A packed body and how many spans it has."""

    data: bytes
    spans: int


@dataclass(slots=True)
class Posted:
    """What was answered."""

    spans: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def make_bodies(distinct: int = DISTINCT, seed: int = 1, copies: int = COPIES_OF_A_BODY) -> list[Body]:
    """Bodies with so many different spans in all; the same for the same seed."""
    plain = b"".join(path.read_bytes() for path in sorted(REPLAY.glob("*-traces.pb")))
    trace_ids, span_ids, spans = _places(plain)
    chance = random.Random(seed)
    bodies = []
    for _ in range(max(1, distinct // (spans * copies))):
        body = b"".join(_with_other_ids(plain, trace_ids, span_ids, chance) for _ in range(copies))
        bodies.append(Body(gzip.compress(body, 1), spans * copies))
    return bodies


def _places(plain: bytes) -> tuple[list[int], list[int], int]:
    """Where ids of traces and of spans begin, and how many spans there are."""
    places = [(0, len(plain))]
    for wanted in (1, 2, 2):
        places = [
            (a, b)
            for place in places
            for number, kind, a, b in fields(plain, *place)
            if (number, kind) == (wanted, LENGTH)
        ]
    found: dict[int, list[int]] = {_TRACE_ID: [], _SPAN_ID: [], _PARENT_ID: []}
    for place in places:
        for number, _, start, end in fields(plain, *place):
            if number in found and end > start:
                found[number].append(start)
    return found[_TRACE_ID], found[_SPAN_ID] + found[_PARENT_ID], len(places)


def _with_other_ids(plain: bytes, trace_ids: list[int], span_ids: list[int], chance: random.Random) -> bytes:
    other = bytearray(plain)
    mask = chance.getrandbits(64)
    for start in (*trace_ids, *span_ids):
        value = int.from_bytes(other[start : start + 8], "big") ^ mask
        other[start : start + 8] = value.to_bytes(8, "big")
    return bytes(other)


def post(
    address: str, bodies: list[Body], seconds: float, rate: float | None = None, connections: int = CONNECTIONS
) -> Posted:
    """Post bodies for so many seconds, at this rate of spans a second or as fast as they are taken."""
    place = parse_address(address)
    if not place.is_loopback:
        raise ValueError("a load is for this machine only")
    posted, lock = Posted(), threading.Lock()
    began = time.perf_counter()
    ends = began + min(seconds, MAX_SECONDS)
    numbers = iter(range(sys.maxsize))
    due = [began]

    def next_body() -> tuple[Body, float]:
        with lock:
            body = bodies[next(numbers) % len(bodies)]
            at = due[0]
            if rate:
                due[0] += body.spans / rate
            return body, at

    def work() -> None:
        connection = http.client.HTTPConnection(place.host, place.port, timeout=30)
        headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        while time.perf_counter() < ends:
            body, at = next_body()
            time.sleep(max(0.0, at - time.perf_counter()))
            started = time.perf_counter()
            connection.request("POST", "/v1/traces", body.data, headers)
            response = connection.getresponse()
            response.read()
            with lock:
                posted.statuses[response.status] += 1
                posted.seconds.append(time.perf_counter() - started)
                posted.spans += body.spans if response.status == http.client.OK else 0
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return posted


def main() -> int:
    """Make bodies, say so, wait for a line, post, and say what was answered as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--distinct", type=int, default=DISTINCT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=COPIES_OF_A_BODY, help="of the recorded spans in a body")
    choices = parser.parse_args()
    bodies = make_bodies(choices.distinct, choices.seed, choices.copies)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    posted = post(choices.address, bodies, choices.seconds, choices.rate)
    took = time.perf_counter() - began
    waits = sorted(posted.seconds) or [0.0]
    print(
        json.dumps(
            {
                "spans": posted.spans,
                "seconds": took,
                "statuses": posted.statuses,
                "slowest_ms": 1000 * waits[-1],
                "p95_ms": 1000 * waits[int(len(waits) * 0.95)],
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
