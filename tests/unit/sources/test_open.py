"""Opening recordings through the one entry (SPAN-1, SPAN-10)."""

import gzip
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import Cancelled, Progress, Recording, SourceError
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions
from tests.readers import request, wire_span

EVENT = {
    "id": "e1",
    "at_ms": 1.0,
    "from_node_id": "service:a",
    "to_node_id": "service:b",
    "trigger": "direct",
    "call_type": "code",
    "label": "x",
}
SCRIPT = """\
title: t
nodes:
  - {id: page, title: Page, zone: FRONTEND}
  - {id: api, title: Api, zone: BACKEND}
steps:
  - {from: page, to: api, label: hello}
"""


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def counts(paths: Sequence[str]) -> tuple[str, int, int]:
    """Name, spans and number of bad lines of a recording."""
    recording: Recording = open_recording(paths)
    try:
        return recording.name, recording.report.spans, len(recording.report.bad_lines)
    finally:
        recording.close()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_files_of_spans_open_packed_or_not(pack: object, tmp_path: Path) -> None:
    """A file of spans opens under any name, packed or not, and is called what the file is called."""
    assert callable(pack)
    path = write(tmp_path / "any.name", pack(request(wire_span())))
    assert counts([path]) == ("any.name", 1, 0)


def test_several_files_are_one_recording(tmp_path: Path) -> None:
    """Files given together are read as one; the same path twice is read once (SPAN-10)."""
    first = write(tmp_path / "a", request(wire_span()))
    second = write(tmp_path / "b", request(wire_span(spanId="1" * 16)) + b"\nbad\n")
    assert counts([first, second, first]) == ("2 files", 2, 1)
    recording = open_recording([first, second])
    assert [(bad.line, bad.reason.startswith(f"{second}: no JSON")) for bad in recording.report.bad_lines] == [
        (2, True)
    ]
    recording.close()


def test_a_session_and_a_script_are_dispatched(tmp_path: Path) -> None:
    """An exported session and a step script are opened by their own readers."""
    session = open_recording([write(tmp_path / "s", json.dumps(EVENT).encode() + b"\n")])
    script = open_recording([write(tmp_path / "t", SCRIPT.encode())])
    assert (session.report.format, script.report.format) == ("session", "script")
    assert (session.report.events, script.report.events) == (1, 1)
    session.close()
    script.close()


@pytest.mark.parametrize(("data", "what"), [(json.dumps(EVENT), "an exported session"), (SCRIPT, "a step script")])
def test_only_spans_open_together(data: str, what: str, tmp_path: Path) -> None:
    """A session or a script beside other files is an error that names it."""
    spans = write(tmp_path / "a", request(wire_span()))
    with pytest.raises(SourceError, match=f"is {what}, which opens alone"):
        open_recording([spans, write(tmp_path / "b", data.encode())])


def test_what_is_wrong_with_a_small_file_shows_at_once(tmp_path: Path) -> None:
    """Also with `partial`, a small file is read whole, so that its errors come before a screen does."""
    path = write(tmp_path / "a", request(wire_span()))
    recording = open_recording([path], partial=True)
    assert recording.complete
    recording.close()


def test_progress_spans_all_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The progress of several files rises from the first to the last, to 1 at the end; it may cancel."""
    now_s = iter(range(10_000))
    monkeypatch.setattr("connectome_tui.traces.throttle.monotonic", lambda: next(now_s))
    paths = [write(tmp_path / name, request(wire_span(spanId=name * 16)) + b"\n" + request()) for name in "ab"]
    told: list[Progress] = []
    open_recording(paths, progress=told.append).close()
    read = [step.fraction or 0.0 for step in told if " of 2 · " in step.text]
    assert read == sorted(read)
    assert (read[0] < 0.6, read[-1]) == (True, 1.0)
    assert [step for step in told if " of 2 · " in step.text][-1].text.startswith("file 2 of 2 · 1 spans")

    def cancel(_progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_recording(paths, progress=cancel)


def test_options_reach_the_reader(tmp_path: Path) -> None:
    """`max_input_bytes` bounds what is unpacked on the way."""
    path = write(tmp_path / "a", gzip.compress(request(wire_span(name="x" * 3_000_000))))
    with pytest.raises(SourceError, match="unpacks to more than 1 MiB"):
        open_recording([path], options=OpenOptions(max_input_bytes=1 << 20))


def test_a_changed_file_is_an_error(tmp_path: Path) -> None:
    """An event of a file that changed is an error, never other data (STORE-15)."""
    path = tmp_path / "a"
    spans = [wire_span(spanId=f"{n:016x}", traceId=f"{n:032x}") for n in range(1, 3)]
    recording = open_recording([write(path, b"\n".join(request(span) for span in spans))])
    unread = recording.flows[1].id
    write(path, request(wire_span(name="other")) * 2)
    with pytest.raises(SourceError, match="changed since it was opened"):
        recording.flow(unread)
    recording.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode), pack=st.sampled_from([bytes, gzip.compress]))
def test_anything_opens_or_is_refused(data: bytes, pack: type[bytes], tmp_path: Path) -> None:
    """Arbitrary content opens or is a `SourceError` of one line, and nothing else is raised (EVENT-3)."""
    with suppress(SourceError):
        open_recording([write(tmp_path / "a", pack(data))]).close()


@pytest.mark.parametrize(
    ("name", "spans", "span_events"),
    [
        ("traces/shop.otlp.jsonl", 299, 12),
        ("traces/shop.zipkin.json", 299, 12),
        ("traces/shop.mixed.otlp.jsonl", 299, 12),
        ("traces/shop-skew.otlp.jsonl", 272, 12),
        ("traces/shop-missing-parent.otlp.jsonl", 216, 8),
        ("traces/shop-48k.otlp.jsonl.gz", 48_193, 852),
        ("agents/pydantic-ai-trip-planner.otlp.jsonl", 30, 3),
        ("agents/langgraph-research.otlp.jsonl", 28, 1),
        ("agents/openai-client.otlp.jsonl", 11, 3),
    ],
)
def test_recorded_data(name: str, spans: int, span_events: int, shared_data: Path) -> None:
    """Every recording gives the counts that its description says, with nothing unread (SPAN-2)."""
    recording = open_recording([str(shared_data / name)])
    report = recording.report
    recording.close()
    assert (report.spans, report.span_events, report.bad_lines) == (spans, span_events, ())
