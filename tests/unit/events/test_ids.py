"""Event ids (EVENT-4)."""

import subprocess
import sys

from connectome_tui.events.ids import derived_id, span_event_id, stable_hash, step_id


def test_ids_say_what_they_are_of() -> None:
    """A step by index and key, a span event by its span and number."""
    assert step_id(3, "narrate") == "step:3:narrate"
    assert span_event_id("t:s", 0) == "t:s:e0"


def test_a_derived_id_depends_on_what_the_event_says_and_on_its_second() -> None:
    """Alike within a second means alike but for the occurrence; anything else gives another hash."""
    base = derived_id("call", "a", "b", 1000.0, 1)
    assert base.startswith("evt:")
    assert derived_id("call", "a", "b", 1999.9, 2) == base.removesuffix(":1") + ":2"
    others = [("fall", "a", "b", 1000.0), ("call", "ab", "", 1000.0), ("call", "a", "b", 2000.0)]
    assert len({base, *(derived_id(*fields, 1) for fields in others)}) == 4


def test_hashes_are_the_same_in_every_process() -> None:
    """Python's own hash changes from run to run; this one does not, lone surrogates included."""
    code = "from connectome_tui.events.ids import stable_hash; print(stable_hash('x\\ud800y'))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == stable_hash("x\ud800y")
