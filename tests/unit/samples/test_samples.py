"""The samples that ship are right, open, and show what they say."""

from pathlib import Path

import pytest

from connectome_tui.events.flow import ALL_FLOWS, SourceError
from connectome_tui.events.model import CALL_TYPES, TRIGGERS
from connectome_tui.samples import SAMPLES, Sample, is_sample, sample_path
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.script_model import check_script
from connectome_tui.sources.script_text import read_script_text


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples_open(sample: Sample) -> None:
    """Every sample is a file of the package that opens without a bad line."""
    recording = open_recording([str(sample_path(sample.name))])
    assert is_sample(str(sample_path(sample.name)))
    assert recording.report.events > 0
    assert recording.report.bad_lines == ()
    recording.close()


def test_unknown_samples_are_key_errors() -> None:
    """A name that is none opens nothing."""
    with pytest.raises(KeyError):
        sample_path("nothing")


def test_the_first_sample_shows_everything() -> None:
    """All triggers and call types, energy, four zones, errors, steps inside nodes, links and a wait."""
    flow = open_recording([str(sample_path(SAMPLES[0].name))]).flow(ALL_FLOWS)
    events = [flow.events[row] for row in range(len(flow.events))]
    assert {event.trigger for event in events} == set(TRIGGERS)
    assert {event.call_type for event in events} == set(CALL_TYPES)
    assert len({node.zone for node in flow.topology.nodes}) == 4
    assert any(node.has_energy for node in flow.topology.nodes)
    assert any(node.steps for node in flow.topology.nodes)
    assert any(event.link_event_ids for event in events)
    assert flow.summary.errors
    assert flow.waits_on_clock


def test_every_step_of_the_tale_has_a_sentence_that_fits() -> None:
    """A sentence names both of its nodes and fits a screen of 80 cells (EVENT-9)."""
    flow = open_recording([str(sample_path("tale"))]).flow(ALL_FLOWS)
    for row in range(len(flow.events)):
        event = flow.events[row]
        assert event.sentence is not None
        assert len(event.sentence) <= 78
        assert flow.topology.title(event.to_node_id) in event.sentence
        assert flow.topology.title(event.from_node_id) in event.sentence


def test_scripts_that_ship_are_checked_here() -> None:
    """They are opened unchecked, to start sooner; so they are checked once, and give the same values."""
    for sample in SAMPLES:
        if sample.file.endswith(".json"):
            value = read_script_text(sample_path(sample.name).read_text(encoding="utf-8")).value
            assert check_script(value) == value


def test_the_checkout_fails() -> None:
    """The recorded checkouts hold failures; all but two ended with an error."""
    recording = open_recording([str(sample_path("checkout"))])
    assert len(recording.flows) == 7
    assert sum(flow.errors > 0 for flow in recording.flows) == 5
    recording.close()


def test_a_script_elsewhere_is_checked(tmp_path: Path) -> None:
    """Only what ships goes unchecked."""
    path = tmp_path / "tale.json"
    path.write_text('{"title": "x", "nodes": [{"id": "a"}], "steps": [{"from": "a", "to": "b", "label": "x"}]}')
    with pytest.raises(SourceError, match="is none"):
        open_recording([str(path)])
