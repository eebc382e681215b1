"""`info`, `health`, `samples`, `schema` and `screenshot`, started as a user starts them."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from connectome_tui.health.run import chosen_checkers
from connectome_tui.samples import SAMPLES
from tests.integration.command_line import run_connectome, the_one_line
from tests.integration.test_bad_input import SPAN

INFO_KEYS = {
    *("format", "flows", "spans", "span_events", "events", "nodes", "edges", "orphans", "skewed", "duplicates"),
    *("errors", "links", "bad_lines", "started_at_ms", "duration_ms"),
}

COUNTS = {
    "traces/shop.otlp.jsonl": {"flows": 59, "spans": 299, "span_events": 12, "errors": 31, "orphans": 0},
    "traces/shop.zipkin.json": {"flows": 59, "spans": 299, "span_events": 12, "errors": 31},
    "traces/shop.mixed.otlp.jsonl": {"flows": 59, "spans": 299, "span_events": 12, "errors": 31},
    "traces/shop-skew.otlp.jsonl": {"spans": 272, "skewed": 15},
    "traces/shop-missing-parent.otlp.jsonl": {"spans": 216, "orphans": 24},
    "traces/shop-48k.otlp.jsonl.gz": {"flows": 7001, "spans": 48193},
    "agents/pydantic-ai-trip-planner.otlp.jsonl": {"spans": 30, "span_events": 3},
    "agents/langgraph-research.otlp.jsonl": {"spans": 28, "span_events": 1},
    "agents/openai-client.otlp.jsonl": {"spans": 11, "span_events": 3},
}


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    path = tmp_path / "spans.json"
    path.write_bytes(SPAN)
    return path


@pytest.mark.parametrize(("name", "counts"), COUNTS.items(), ids=COUNTS.keys())
def test_info_counts_what_was_recorded(name: str, counts: dict[str, int], shared_data: Path) -> None:
    """Every span and span event that was recorded is counted, and is an event (SPAN-2)."""
    ended = run_connectome("info", "--json", shared_data / name)
    assert ended.stderr == b""
    report = json.loads(ended.stdout)
    assert set(report) == INFO_KEYS
    assert {key: report[key] for key in counts} == counts
    assert report["events"] == report["spans"] + report["span_events"]


def test_info_says_what_could_not_be_read(spans: Path) -> None:
    """A bad line is listed with its number and the reason, in JSON and for people."""
    spans.write_bytes(SPAN + b'\n{"resourceSpans": [\n')
    report = json.loads(run_connectome("info", "--json", spans).stdout)
    assert [bad["line"] for bad in report["bad_lines"]] == [2]
    assert report["bad_lines"][0]["reason"]
    assert "not read      line 2: " in run_connectome("info", spans).stdout.decode()


def test_info_for_people(spans: Path) -> None:
    """Without `--json` the same counts stand one on a line, under the format and the time."""
    lines = run_connectome("info", spans).stdout.decode().splitlines()
    assert lines[0].startswith("spans.json   otlp")
    assert lines[1].split() == ["from", "2025-11-20", "13:13:33.007", "UTC,", "for", "2.0ms"]
    assert dict(line.strip().rsplit(maxsplit=1) for line in lines[2:])["spans"] == "1"


def test_several_files_are_one_recording(spans: Path, tmp_path: Path) -> None:
    """Files given together are merged by trace (SPAN-10)."""
    other = tmp_path / "other.json"
    other.write_bytes(SPAN.replace(b"eee19b7ec3c1b174", b"eee19b7ec3c1b175"))
    report = json.loads(run_connectome("info", "--json", spans, other).stdout)
    assert (report["flows"], report["spans"]) == (1, 2)


def test_health_runs_every_checker() -> None:
    """All checkers pass on the program as it is; each is named with its indicator (HEALTH-1)."""
    ended = run_connectome("health", "--json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["status"] == "OK"
    assert {check["checker"] for check in report["checks"]} == {kind.name for kind in chosen_checkers(None, None)}


def test_health_of_one_module_and_one_checker() -> None:
    """A module, and a checker, can be run alone; a name that there is not is one line with those that there are."""
    lines = run_connectome("health", "state_store").stdout.decode().splitlines()
    assert lines[0] == "state_store"
    assert lines[-1] == f"{len(chosen_checkers('state_store', None))} OK"
    name = "health_check_ledger_is_append_only"
    assert run_connectome("health", "--checker", name).stdout.decode().count("health_check_") == 1
    assert name in the_one_line(run_connectome("health", "--checker", "health_check_nothing"))


def test_samples_are_listed_and_open() -> None:
    """Each sample stands in the list under the name that opens it."""
    listed = run_connectome("samples").stdout.decode()
    for sample in SAMPLES:
        assert f"sample:{sample.name}" in listed
        assert json.loads(run_connectome("info", "--json", f"sample:{sample.name}").stdout)["events"] > 0


def test_the_schema_is_printed() -> None:
    """`schema` prints the JSON Schema of step scripts."""
    schema = json.loads(run_connectome("schema").stdout)
    assert {"title", "nodes", "steps"} <= set(schema["properties"])


def test_a_screenshot_shows_the_step(tmp_path: Path) -> None:
    """The picture holds what the screen shows after N steps, at the size that was asked for."""
    path = tmp_path / "picture.svg"
    ended = run_connectome("screenshot", "sample:tale", "--steps", "3", "--size", "80x24", "-o", path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    drawing = ET.parse(path).getroot()  # noqa: S314 -- the program has just written it
    words = " ".join(text.text or "" for text in drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert "Step 3 of 20" in words
    assert drawing.get("viewBox") == "0 0 824 504"


def test_a_screenshot_is_the_same_every_time(tmp_path: Path) -> None:
    """Nothing in a picture depends on the clock or on the order of hashes."""
    pictures = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.svg"
        run_connectome("screenshot", "sample:checkout", "--steps", "9", "-o", path, PYTHONHASHSEED=seed)
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]


def test_a_screenshot_as_png(spans: Path, tmp_path: Path) -> None:
    """With the extra installed a name that ends with .png gives one."""
    pytest.importorskip("PIL")
    path = tmp_path / "picture.png"
    assert run_connectome("screenshot", spans, "--theme", "light", "-o", path).returncode == 0
    assert path.read_bytes().startswith(b"\x89PNG")
