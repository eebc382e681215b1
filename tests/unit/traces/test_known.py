"""What is remembered of spans changes nothing of what is said of them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import connectome_tui.traces
from connectome_tui.traces import known as known_module
from connectome_tui.traces.cache import RecentCache
from connectome_tui.traces.facts import SpanFacts, facts_of
from connectome_tui.traces.known import UNREAD_OF_SERVERS, KnownSpans
from connectome_tui.traces.normalise import normalise
from connectome_tui.traces.otlp_protobuf import decode_otlp_request
from connectome_tui.traces.phrases import sentence_of
from connectome_tui.traces.places import Places
from connectome_tui.traces.span import Span
from connectome_tui.traces.story import Story
from tests.unit.traces.spans import arbitrary_spans, make_span

few = settings(max_examples=40, deadline=None)


class Forgetful(KnownSpans):
    """Remembers nothing."""

    def facts(self, span: Span) -> SpanFacts:
        """Looked at anew."""
        return facts_of(span, Places())

    def sentence(self, story: Story, took: str) -> str:
        """Told anew."""
        return sentence_of(replace(story, took=took))


def longer(spans: list[Span], factor: int) -> list[Span]:
    """The same spans with other durations."""
    return [
        span
        if span.start_ns is None or span.end_ns is None
        else replace(span, end_ns=span.start_ns + (span.end_ns - span.start_ns) * factor + factor * 1000)
        for span in spans
    ]


def assert_told_the_same(traces: list[list[Span]]) -> None:
    """What is remembered of earlier traces changes no event and no node of later ones."""
    known = KnownSpans()
    for spans in traces:
        assert normalise(spans, known=known) == normalise(spans, known=Forgetful())


@few
@given(arbitrary_spans(), st.lists(st.integers(1, 5000), min_size=1, max_size=4))
def test_any_spans_are_told_as_if_they_were_new(spans: list[Span], factors: list[int]) -> None:
    """Whatever spans say, hearing it before makes no difference, also with other durations."""
    assert_told_the_same([spans, spans, *(longer(spans, factor) for factor in factors)])


def test_recorded_spans_are_told_as_if_they_were_new(shared_data: Path) -> None:
    """The spans of a real shop, over and over with other durations, give what they give on their own."""
    folder = shared_data / "replay" / "shop-pb-gzip"
    traces: dict[str, list[Span]] = {}
    for path in sorted(folder.glob("*-traces.pb")):
        for span in decode_otlp_request(path.read_bytes()).spans:
            traces.setdefault(span.trace_id, []).append(span)
    assert_told_the_same([longer(spans, factor) for factor in (1, 1, 1, 3, 40, 7000) for spans in traces.values()])


@pytest.mark.parametrize(
    "values",
    [[1, True, 1.0], [0.0, -0.0, 0, False], ["200", 200, 200.0], [[1], [2], {"a": 1}], ["a\0\0\0\0\0b", "a", "\0" * 5]],
)
def test_values_that_are_equal_but_not_the_same_are_told_apart(values: list[Any]) -> None:
    """A status of `True` is none, `-0.0` is not `0.0`, and a text may hold what marks the gap for a duration."""
    attributes = [
        {name: value, "http.method": "GET", "http.url": f"http://stock/{value}"}
        for value in values
        for name in ("http.status_code", "rpc.grpc.status_code", "db.system", "input.value", "celery.state")
    ]
    spans = [
        [make_span(f"a{at}", "", kind=kind, name=f"GET {values[0]}", attributes=each, end_ns=None)]
        for at, (each, kind) in enumerate((each, kind) for each in attributes for kind in ("client", "server"))
    ]
    assert_told_the_same([*spans, *(longer(each, 2) for each in spans * 2)])


def test_a_gap_in_the_name_stays() -> None:
    """A name that looks like the gap for a duration is not taken for it, however often it comes."""
    spans = [[make_span("a", name="\0\0\0\0\0", took_ms=took)] for took in (4.1, 4.2, 4.3, 4.4)]
    assert_told_the_same(spans)


def test_durations_of_equal_width_share_a_sentence() -> None:
    """What was told twice is only filled in; every span still gets its own duration."""
    known = KnownSpans()
    told = [
        normalise([make_span("a", took_ms=took)], known=known).events[0].sentence for took in (4.1, 4.2, 4.3, 12, 13)
    ]
    assert told == [f"api ran work a in {took}, on its own" for took in ("4.1ms", "4.2ms", "4.3ms", "12ms", "13ms")]


def test_only_attributes_that_nothing_reads_are_left_out() -> None:
    """None of the attributes by which spans are not told apart is named by the code that looks at spans."""
    folder = Path(connectome_tui.traces.__file__).parent
    sources = {path.name: path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "known.py"}
    ports_of_callees = {"net.peer.port", "net.sock.peer.port", "network.peer.port"}
    for name in UNREAD_OF_SERVERS - ports_of_callees:
        assert [file for file, text in sources.items() if f'"{name}"' in text] == []


def test_long_texts_are_not_kept() -> None:
    """Prompts are looked at and let go; what is short is one object from then on."""
    known = KnownSpans()
    prompt, short = ({"input.value": "x" * length} for length in (known_module.MAX_TEXT + 1, 10))
    assert known.facts(make_span("a", attributes=prompt)) is not known.facts(make_span("a", attributes=prompt))
    assert known.facts(make_span("a", attributes=short)) is known.facts(make_span("a", attributes=dict(short)))


def test_what_is_asked_for_stays_and_the_rest_goes() -> None:
    """A full cache forgets what was not used lately, and holds no more than twice its limit."""
    cache: RecentCache[int, int] = RecentCache(10)
    for number in range(1, 1000):
        cache.put(number, number)
        assert cache.get(1) == 1
    assert sum(cache.get(number) is not None for number in range(1, 1000)) <= 20
