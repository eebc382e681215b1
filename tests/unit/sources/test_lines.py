"""Lines of JSON out of pieces of bytes, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.sources.lines import LineBlocks

LONGEST = 8


def lines(*chunks: bytes) -> tuple[list[bytes], int]:
    blocks = LineBlocks(longest=LONGEST)
    text = b"".join([*(blocks.feed(chunk) for chunk in chunks), blocks.finish()])
    return text.split(b"\n"), blocks.overlong


@given(st.lists(st.sampled_from([b"a", b"\n", b"bbb", b"12345678", b"\r\n"])), st.integers(1, 5))
def test_cuts_never_matter(pieces: list[bytes], size: int) -> None:
    """Any cuts give the same lines and the same count of overlong ones: those of at most eight bytes."""
    stream = b"".join(pieces)
    short = [line for line in stream.split(b"\n") if len(line) <= LONGEST]
    found, overlong = lines(*(stream[at : at + size] for at in range(0, len(stream), size)))
    assert [line for line in found if line] == [line for line in short if line]
    assert overlong == len(stream.split(b"\n")) - len(short)


@pytest.mark.parametrize("cut", range(4))
def test_a_byte_order_mark_is_left_out_at_the_start_alone(cut: int) -> None:
    """A BOM is no part of the first line, wherever it is cut; later ones are data."""
    stream = b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"
    assert lines(stream[:cut], stream[cut:])[0] == [b"a", b"\xef\xbb\xbfb", b""]


def test_a_line_without_end_holds_no_more_than_the_limit() -> None:
    """A line that never ends does not grow in memory; what follows its end is read."""
    blocks = LineBlocks(longest=LONGEST)
    for _ in range(1000):
        assert blocks.feed(b"xxxx") == b""
        assert sum(map(len, blocks._pieces)) <= LONGEST
    assert blocks.feed(b"x\nab\n") == b"ab\n"
    assert blocks.overlong == 1


def test_forgetting_drops_the_line_that_has_begun() -> None:
    """When a file begins anew, the half line before it is not glued to the new first line."""
    blocks = LineBlocks()
    blocks.feed(b'{"ha')
    blocks.forget()
    assert blocks.feed(b"{}\n") == b"{}\n"
