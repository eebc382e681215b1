"""Live flows on the screen: a high rate while keys are pressed, a pipe, and the delay from a span to its paint."""

import http.client
import json
import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scripts.benchmark.files import million_events, program
from scripts.benchmark.load_process import load_process, posted_by
from scripts.benchmark.table import Figure, Row
from scripts.benchmark.terminal import Terminal

MIB: Final = 1 << 20
SECONDS: Final = float(os.environ.get("CONNECTOME_BENCH_SECONDS", "60"))
"""How long the high rate is held."""
RATE: Final = float(os.environ.get("CONNECTOME_BENCH_RATE", "25000"))
SLOW_RATE: Final = 1_000
SLOW_SECONDS: Final = 5
SPANS_OF_A_BODY: Final = 10
PIPED: Final = 400_000
KEPT: Final = 100_000
"""What stays on the screen: from here on memory should not grow."""

_ENDPOINT: Final = re.compile(r"ENDPOINT=http://([\d.]+:\d+) ")
_EVENTS: Final = re.compile(r"(\d[\d ,]*) events?\b")


def high_rate() -> Iterator[Row]:
    """Spans of real services, received, recorded and shown; meanwhile a key that looks back, and one that returns."""
    with (
        _listening() as (terminal, address),
        load_process(address, "--seconds", str(SECONDS), "--rate", str(RATE)) as load,
    ):
        answered: list[dict[str, Any]] = []
        sending = threading.Thread(target=lambda: answered.append(posted_by(load)))
        sending.start()
        terminal.wait_until(lambda screen: shown(screen) > 0, 60)
        presses: list[float] = []
        memory: list[tuple[float, float]] = []
        while sending.is_alive():
            presses.append(_press(terminal, b"N", looks_back=True))
            _press(terminal, b"G", looks_back=False)
            memory.append((time.perf_counter(), terminal.peak_private_bytes / MIB))
            terminal.settle(0.2, 0.2)
        posted = answered[0]
        rate = posted["spans"] / posted["seconds"]
        note = f"{rate:,.0f} spans a second acknowledged for {posted['seconds']:.0f} s, {posted['statuses']}"
        yield Figure(f"listen at {RATE:,.0f} spans/s: time for {RATE:,.0f}", RATE / rate, "s", 1.02, note)
        began = time.perf_counter()
        terminal.wait_until(lambda screen: "0/s" in screen or time.perf_counter() - began > 5, 30)
        cuts = statistics.quantiles(presses, n=20)
        yield Figure("  key to paint meanwhile: median", 1000 * statistics.median(presses), "ms")
        yield Figure("  key to paint meanwhile: 95th percentile", 1000 * cuts[18], "ms", 50)
        yield Figure("  peak private memory, both processes", memory[-1][1], "MiB")
        grown = memory[-1][1] - memory[len(memory) // 2][1]
        yield Figure("  of that in the second half of the time", grown, "MiB", note="peak, so it can only grow")


def pipe() -> Iterator[Row]:
    """Plain events on standard input, recorded and shown."""
    lines = _lines()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "bench.connectome"
        script = f'cat "{lines}" | {" ".join(program())} follow --record "{record}" -'
        with Terminal(["sh", "-c", script]) as terminal:
            began = terminal.wait_until(lambda screen: shown(screen) > 0, 60)
            ended = terminal.wait_until(lambda screen: "ended" in screen, 120)
            seconds = (ended - began) * 100_000 / PIPED
            note = f"{PIPED / (ended - began):,.0f} a second"
            yield Figure("follow -: time for 100,000 events", seconds, "s", 1, note)


def delay() -> Iterator[Row]:
    """From posting a span until the screen counts it, at 1,000 spans a second with `--settle 0`."""
    with _listening("--settle", "0") as (terminal, address):
        posts: list[tuple[float, int]] = []
        sending = threading.Thread(target=_send_slowly, args=(address, posts))
        seen: list[tuple[float, int]] = []
        sending.start()
        while sending.is_alive() or (seen and seen[-1][1] < posts[-1][1] and time.perf_counter() < posts[-1][0] + 10):
            terminal.read(0.05)
            count = shown(terminal.text())
            if not seen or count > seen[-1][1]:
                seen.append((time.perf_counter(), count))
        sending.join()
        delays = [_first_with(seen, count) - at for at, count in posts]
        cuts = statistics.quantiles(delays, n=20)
        yield Figure("span sent to painted at 1,000 spans/s: median", 1000 * statistics.median(delays), "ms")
        yield Figure("span sent to painted at 1,000 spans/s: 95th percentile", 1000 * cuts[18], "ms", 100)


def shown(screen: str) -> int:
    """How many events the log has had, by its title."""
    found = [
        int(re.sub(r"\D", "", count))
        for line in screen.splitlines()
        if " Log " in line
        for count in _EVENTS.findall(line)
    ]
    return max(found, default=0)


def _first_with(seen: list[tuple[float, int]], count: int) -> float:
    return next((at for at, had in seen if had >= count), seen[-1][0] + 10)


def _press(terminal: Terminal, key: bytes, *, looks_back: bool) -> float:
    """Seconds until the screen has followed."""
    started = time.perf_counter()
    terminal.send(key)
    terminal.wait_until(lambda screen: ("looking at" in screen) is looks_back, 10)
    return time.perf_counter() - started


@contextmanager
def _listening(*options: str) -> Iterator[tuple[Terminal, str]]:
    with tempfile.TemporaryDirectory() as folder:
        record = str(Path(folder) / "bench.connectome")
        command = [*program(), "listen", "--http", "127.0.0.1:0", "--record", record, *options]
        with Terminal(command) as terminal:
            terminal.wait_until(lambda screen: _ENDPOINT.search(screen) is not None, 60)
            found = _ENDPOINT.search(terminal.text())
            assert found
            yield terminal, found[1]
            terminal.send(b"q")
            terminal.wait_for_end(60)


def _send_slowly(address: str, posts: list[tuple[float, int]]) -> None:
    """Bodies of a few traces each, evenly; when each was sent, and how many spans there were with it."""
    connection = http.client.HTTPConnection(address, timeout=30)
    began, number = time.perf_counter(), 0
    for body in range(SLOW_SECONDS * SLOW_RATE // SPANS_OF_A_BODY):
        time.sleep(max(0.0, began + body * SPANS_OF_A_BODY / SLOW_RATE - time.perf_counter()))
        data = _request(number)
        number += SPANS_OF_A_BODY
        at = time.perf_counter()
        connection.request("POST", "/v1/traces", data, {"Content-Type": "application/json"})
        connection.getresponse().read()
        posts.append((at, number))
    connection.close()


def _request(first: int) -> bytes:
    now_ns = time.time_ns()
    spans = [
        {
            "traceId": f"{number + 1:032x}",
            "spanId": f"{number + 1:016x}",
            "name": f"GET /{number % 50}",
            "startTimeUnixNano": str(now_ns),
            "endTimeUnixNano": str(now_ns + 1_000_000),
        }
        for number in range(first, first + SPANS_OF_A_BODY)
    ]
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": f"service-{first // 10 % 8}"}}]}
    return json.dumps({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": spans}]}]}).encode()


def _lines() -> Path:
    """So many of the million events, without the header of their session."""
    path = million_events().with_name("piped.jsonl")
    if not path.exists():
        with million_events().open("rb") as events, path.with_suffix(".part").open("wb") as piped:
            next(events)
            piped.writelines(line for line, _ in zip(events, range(PIPED), strict=False))
        path.with_suffix(".part").rename(path)
    return path
