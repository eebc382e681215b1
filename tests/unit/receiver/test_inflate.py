"""Packed bodies, unpacked piece by piece and never further than the bound."""

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectome_tui.receiver.inflate import (
    MAX_MEMBERS,
    GzipBody,
    PackingError,
    PlainBody,
    TooLargeError,
    body_for,
    unpacked,
)


@given(parts=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), size=st.integers(1, 700))
def test_any_body_in_any_pieces(parts: list[bytes], size: int) -> None:
    """Members one after the other, cut anywhere, unpack to what they were."""
    packed = b"".join(gzip.compress(part) for part in parts)
    body = GzipBody(1 << 20)
    for start in range(0, len(packed), size):
        body.feed(packed[start : start + size])
    assert body.finish() == b"".join(parts)


def test_exactly_a_piece_and_more() -> None:
    """What unpacks to many times the inner buffer, to the byte, comes out whole."""
    for size in ((256 << 10) - 1, 256 << 10, (256 << 10) + 1, 1 << 20):
        assert len(unpacked(gzip.compress(bytes(size)), b"gzip", 1 << 20)) == size


def test_bombs_stop_at_the_bound() -> None:
    """A body that would unpack to more is refused before it has."""
    body = GzipBody(1000)
    with pytest.raises(TooLargeError):
        body.feed(gzip.compress(bytes(50 << 20)))
    assert body.size <= 1000
    with pytest.raises(TooLargeError):
        PlainBody(10).feed(bytes(11))


def test_what_is_no_gzip_or_ends_early() -> None:
    """Damage, an early end, too many members, and an unknown packing are told apart from too much."""
    packed = gzip.compress(random.Random(1).randbytes(5000))
    for data in (b"plain", packed[:-1], b"", packed + b"more", gzip.compress(b"") * (MAX_MEMBERS + 1)):
        with pytest.raises(PackingError):
            unpacked(data, b"gzip", 1 << 20)
    assert body_for(b"br", 10) is None
    assert isinstance(body_for(b" GZIP ", 10), GzipBody)
