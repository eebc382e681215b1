"""What a stream remembers, and that it forgets."""

from connectome_tui.sources.stream_memory import STEPS_KEPT, RecentIds, StreamMemory


def test_ids_are_remembered_within_bounds() -> None:
    """Ids are told apart as far back as half the bound at least, and never more than the bound are kept."""
    ids = RecentIds(most=100)
    for number in range(1000):
        assert ids.unique(f"e{number}") == f"e{number}"
        assert len(ids._newer) + len(ids._older) <= 101
    assert ids.unique("e950") == "e950:2"
    assert not ids.take_all({"new", "e999"})
    assert ids.take_all({"new"})
    assert not ids.take_all({"new"})


def test_steps_are_remembered_within_bounds() -> None:
    """The newest steps can be named as parents; a key that came again stands for the newer step."""
    memory = StreamMemory()
    for number in range(STEPS_KEPT + 5):
        memory.note_step(f"k{number}", f"step:{number}", 0.0)
    memory.note_step("k20", "newer", 0.0)
    assert (memory.step_id("k1"), memory.step_id("k20"), memory.step_id("k19")) == (None, "newer", "step:19")
