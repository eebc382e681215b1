"""The ring of commits and the last values (SERVER-3)."""

import pytest

from connectome_tui.server.history import History
from connectome_tui.server.limits import Limits


def filled(limits: Limits, count: int) -> History:
    history = History(limits)
    history.seed_snapshot("commits", b"whole", 10)
    for version in range(11, 11 + count):
        history.apply_delta("commits", b"%d" % version, version, "ada~1")
    return history


def test_replay_is_every_step_behind_a_version_in_order() -> None:
    """A reader gets all steps that it lacks, in order, and none when it lacks none (SERVER-3)."""
    history = filled(Limits(), 5)
    assert history.replay_since("commits", 10) == [b"11", b"12", b"13", b"14", b"15"]
    assert history.replay_since("commits", 13) == [b"14", b"15"]
    assert history.replay_since("commits", 15) == []


@pytest.mark.parametrize("version", [9, 16, 1000])
def test_a_version_that_nothing_leads_on_from_has_no_replay(version: int) -> None:
    """Before the seed and beyond the newest there is no way on: a baseline is needed (SERVER-3)."""
    assert filled(Limits(), 5).replay_since("commits", version) is None


@pytest.mark.parametrize("limits", [Limits(ring_commits=3), Limits(ring_bytes=6)])
def test_the_oldest_steps_go_when_there_are_too_many(limits: Limits) -> None:
    """The ring is bounded by number and by bytes; who is behind it is told so, and gets no hole (SERVER-3)."""
    history = filled(limits, 9)
    assert history.replay_since("commits", 16) == [b"17", b"18", b"19"]
    assert history.replay_since("commits", 15) is None


@pytest.mark.parametrize("limits", [Limits(replay_commits=2), Limits(replay_bytes=5)])
def test_a_replay_that_is_too_long_is_none(limits: Limits) -> None:
    """What is answered at once is bounded, however much the ring holds (SERVER-9)."""
    history = filled(limits, 9)
    assert history.replay_since("commits", 17) == [b"18", b"19"]
    assert history.replay_since("commits", 16) is None


def test_versions_may_skip_and_a_version_in_between_has_no_replay() -> None:
    """Commits that no window is told of leave holes in the numbers; nobody can be at one of those (SERVER-3)."""
    history = filled(Limits(), 1)
    history.apply_delta("commits", b"20", 20, "")
    assert history.replay_since("commits", 11) == [b"20"]
    assert history.replay_since("commits", 15) is None


def test_versions_never_go_back() -> None:
    """An older or equal version is refused, of a step and of a whole (SERVER-7)."""
    history = filled(Limits(), 2)
    with pytest.raises(ValueError, match="cannot go on to 12"):
        history.apply_delta("commits", b"", 12, "")
    with pytest.raises(ValueError, match="does not go back"):
        history.seed_snapshot("commits", b"", 11)
    with pytest.raises(ValueError, match="cannot go on"):
        history.apply_delta("other", b"", 1, "")


def test_a_whole_is_given_until_a_step_leads_away_from_it() -> None:
    """A snapshot is that of the newest version or none (SERVER-3); seeding the newest again keeps the ring."""
    history = filled(Limits(), 0)
    assert history.snapshot("commits") == b"whole"
    history.apply_delta("commits", b"11", 11, "")
    assert history.snapshot("commits") is None
    history.seed_snapshot("commits", b"now", 11)
    assert history.snapshot("commits") == b"now"
    assert history.replay_since("commits", 10) == [b"11"]
    history.seed_snapshot("commits", b"other", 40)
    assert history.replay_since("commits", 11) is None
    assert (history.version("commits"), history.version("none")) == (40, -1)
    assert history.snapshot("none") is None
    assert history.replay_since("none", 0) is None
