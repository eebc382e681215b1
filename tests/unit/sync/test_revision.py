"""Revisions: one form for each number, and an order without numbers (SYNC-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.sync import MAX_REVISION, ZERO_REVISION, RevisionError, compare_revisions, is_canonical_revision

NUMBERS = st.integers(0, 2**64 - 1)


@given(NUMBERS, NUMBERS)
def test_revisions_are_ordered_as_the_numbers_they_stand_for(one: int, other: int) -> None:
    """SYNC-1: comparing by length, then text, is comparing numbers."""
    assert compare_revisions(str(one), str(other)) == (one > other) - (one < other)


@given(st.one_of(st.text(max_size=25), st.from_regex(r"[0-9]{1,22}", fullmatch=True)))
def test_a_text_is_a_revision_if_it_is_how_its_number_is_written(text: str) -> None:
    """SYNC-1: canonical is what comes back unchanged from the number, within 64 bits."""
    ascii_digits = text.isascii() and text.isdigit()
    assert is_canonical_revision(text) == (ascii_digits and str(int(text)) == text and int(text) < 2**64)


@pytest.mark.parametrize(
    "value", [0, 7, None, b"1", "", "01", "-1", "+1", "1.0", " 1", "1\n", "٣", "²", str(2**64), "9" * 21]
)
def test_what_is_no_revision(value: object) -> None:
    """SYNC-1: numbers, signs, blanks, leading zeros, other digits and 65 bits are refused, also in a comparison."""
    assert not is_canonical_revision(value)
    with pytest.raises(RevisionError, match="canonical"):
        compare_revisions(value, "1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="canonical"):
        compare_revisions("1", value)  # type: ignore[arg-type]


def test_the_ends_are_revisions() -> None:
    """SYNC-1: zero and the highest number of 64 bits."""
    assert (ZERO_REVISION, MAX_REVISION) == ("0", "18446744073709551615")
    assert is_canonical_revision(ZERO_REVISION)
    assert is_canonical_revision(MAX_REVISION)
    assert compare_revisions("9", "10") == -1
