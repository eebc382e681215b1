"""How a run stands, in the header and in the detail of a unit (RUN-6)."""

from collections.abc import Iterator

import pytest

from connectome_tui.clock import ManualClock
from connectome_tui.engine.commands import Inspect
from connectome_tui.events.flow import ALL_FLOWS
from connectome_tui.samples import sample_path
from connectome_tui.session import SteppedSession, release_all, start_session
from connectome_tui.sources.open import open_recording
from connectome_tui.widgets.detail_document import DetailWriter
from connectome_tui.widgets.detail_element import node_document
from connectome_tui.widgets.header import header_line
from connectome_tui.widgets.run_summary import run_summary_runs
from tests.unit.widgets.stepped import ASCII_LOOK, DARK_LOOK, stepped


@pytest.fixture
def session() -> Iterator[SteppedSession]:
    """The sample run, stepped to its fiftieth event."""
    recording = open_recording([str(sample_path("run"))])
    made = start_session(recording, ALL_FLOWS, clock=ManualClock())
    for _ in release_all(made, 50):
        pass
    yield made
    recording.close()


def test_the_header_counts_units_by_state(session: SteppedSession) -> None:
    """Done of all, then each state that has any; the failed stand out."""
    assert "● 6/10  ◐ 1  ✗ 1  ⊘ 2   " in header_line(session.store.state, DARK_LOOK, 120).text
    runs = run_summary_runs(session.store.state, DARK_LOOK.glyphs, narrow=False)
    assert [run.fg for run in runs] == ["ok", "text.strong", "text.muted", "call.code", "error", "warn"]


def test_a_narrow_header_leaves_out_who_waits(session: SteppedSession) -> None:
    """Below 100 columns what is pending or ready is left out: it is what remains."""
    session.engine.dispatch_runtime_command(Inspect(8))
    wide, narrow = (header_line(session.store.state, DARK_LOOK, width).text for width in (120, 80))
    assert "● 1/10  ◐ 1  ◌ 1  ○ 7" in wide
    assert "● 1/10  ◐ 1   " in narrow
    assert "○" not in narrow


def test_in_ascii(session: SteppedSession) -> None:
    """The same with the marks of ASCII."""
    text = header_line(session.store.state, ASCII_LOOK, 120).text
    assert "* 6/10  % 1  x 1  ! 2" in text


def test_other_flows_have_no_summary() -> None:
    """Where there is no run, nothing is said of one."""
    assert run_summary_runs(stepped(steps=3).store.state, DARK_LOOK.glyphs, narrow=False) == ()


def unit_text(session: SteppedSession, unit: str) -> str:
    state = session.store.state
    document = node_document(
        state, state.topology.node_by_id[f"unit:{unit}"], DetailWriter(width=60, airy=True), DARK_LOOK.glyphs
    )
    return "\n".join("".join(run.text for run in line) for line in document.lines)


def test_the_detail_of_a_unit_says_how_it_stands(session: SteppedSession) -> None:
    """State and progress; of a failed one the error; of one that cannot start what it needs."""
    assert "state   ● complete   4/4 5.5s" in unit_text(session, "build-api")
    failed = unit_text(session, "browser-tests")
    assert "state   ✗ failed   2/3 10.3s" in failed
    assert "error   exit status 1: checkout" in failed
    assert "needs   ◐ unit-tests in progress  ✗ browser-tests failed" in unit_text(session, "publish")
