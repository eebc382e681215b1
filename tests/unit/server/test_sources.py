"""What `serve` is given, as sessions with names (SERVER-4)."""

from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.server.sources import parse_sources


def names(*texts: str) -> list[str]:
    return [source.name for source in parse_sources(texts)]


@pytest.mark.parametrize(
    ("text", "name", "way", "target"),
    [
        ("traces/checkout.otlp.jsonl", "checkout", "open", "traces/checkout.otlp.jsonl"),
        ("sample:tale", "tale", "open", "sample:tale"),
        ("session:20260101-abc", "20260101-abc", "open", "session:20260101-abc"),
        ("-", "stdin", "open", "-"),
        ("follow:-", "stdin", "follow", "-"),
        ("follow:logs/app.jsonl", "app", "follow", "logs/app.jsonl"),
        (
            "https://user:secret@example.com:81/x?token=1",
            "example.com",
            "follow",
            "https://user:secret@example.com:81/x?token=1",
        ),
        ("follow:http://[::1]:80/events", "1", "follow", "http://[::1]:80/events"),
        ("watch:unix:/tmp/build.sock", "build", "watch", "unix:/tmp/build.sock"),
        ("watch:build.run.jsonl", "build", "watch", "build.run.jsonl"),
        ("shop=sample:checkout", "shop", "open", "sample:checkout"),
        ("käse.json", "k-se", "open", "käse.json"),
        ("…", "session", "open", "…"),
    ],
)
def test_a_source_says_what_it_is_and_names_its_session(text: str, name: str, way: str, target: str) -> None:
    """Every way in which `open`, `follow` and `watch` are given something is understood, with a name for an address."""
    (source,) = parse_sources([text])
    assert (source.name, source.way, source.target) == (name, way, target)


@pytest.mark.parametrize(
    ("text", "http", "grpc", "name"),
    [
        ("listen:127.0.0.1:4318", ("127.0.0.1:4318",), (), "listen-4318"),
        ("listen:grpc:localhost:4317", (), ("localhost:4317",), "listen-4317"),
        ("listen:127.0.0.1:0,grpc:127.0.0.1:4317", ("127.0.0.1:0",), ("127.0.0.1:4317",), "listen"),
        ("listen:", ("localhost:4318",), (), "listen-4318"),
        ("in=listen:4318,[::1]:4319", ("4318", "[::1]:4319"), (), "in"),
    ],
)
def test_a_receiver_listens_at_several_addresses(
    text: str, http: tuple[str, ...], grpc: tuple[str, ...], name: str
) -> None:
    """HTTP and gRPC stand behind each other with a comma between them."""
    (source,) = parse_sources([text])
    assert (source.http, source.grpc, source.name) == (http, grpc, name)


def test_names_are_unique_and_the_same_each_time() -> None:
    """A window finds its session again under its name; a name that was given goes before those that are made."""
    texts = ("a/trace.json", "b/trace.json", "trace=c.json", "trace.otlp.json")
    assert names(*texts) == ["trace-2", "trace-3", "trace", "trace-4"] == names(*texts)


def test_a_file_may_have_an_equals_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there as a file is a file."""
    monkeypatch.chdir(tmp_path)
    Path("run=1.json").write_text("{}")
    (source,) = parse_sources(["run=1.json"])
    assert (source.name, source.target) == ("run-1", "run=1.json")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["listen:nowhere"], "expected HOST:PORT"),
        (["listen:4318,grpc:0.0.0.0:4317"], "0.0.0.0:4317: expected an address that only this machine reaches"),
        (["listen:127.0.0.1:4318,grpc:127.0.0.1:99999"], "a port from 0 to 65535"),
        (["follow:"], "expected what to follow"),
        (["watch:"], "expected what to watch"),
        ([""], "expected a file"),
        (["a=x.json", "a=y.json"], "two sessions cannot have the same name"),
    ],
)
def test_what_cannot_be_a_source_is_one_line(texts: list[str], said: str) -> None:
    """Bad input is a `SourceError` before anything is opened (SERVER-8)."""
    with pytest.raises(SourceError, match=said) as raised:
        parse_sources(texts)
    assert "\n" not in str(raised.value)
