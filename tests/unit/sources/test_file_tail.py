"""A growing file that is cut short, replaced, taken away and put back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.sources.file_tail import CHUNK, FileTail, Piece


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture
def tail(path: Path) -> Iterator[FileTail]:
    tail = FileTail(path)
    yield tail
    tail.close()


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_it_gives_what_is_there_and_what_is_added(path: Path, tail: FileTail) -> None:
    """A file that appears later is read from its beginning, in pieces of bounded size, then as it grows."""
    assert tail.look() == Piece(is_there=False)
    path.write_bytes(b"x" * (CHUNK + 5))
    assert [len(tail.look().data) for _ in range(3)] == [CHUNK, 5, 0]
    add(path, b"more")
    assert [tail.look().data for _ in range(2)] == [b"more", b""]


def test_a_file_that_was_cut_short_begins_anew(path: Path, tail: FileTail) -> None:
    """After truncation what is written is read from the beginning."""
    path.write_bytes(b"old old old\n")
    tail.look()
    os.truncate(path, 0)
    assert tail.look() == Piece(began_anew="truncated")
    add(path, b"new\n")
    assert tail.look().data == b"new\n"


def test_a_file_that_was_cut_and_grew_again_between_two_looks_begins_anew(path: Path, tail: FileTail) -> None:
    """It is noticed by what stands before the place read to, even when the file is longer than it was."""
    path.write_bytes(b"old old old\n")
    tail.look()
    os.truncate(path, 0)
    add(path, b"new and longer than the old one\n")
    assert tail.look() == Piece(began_anew="truncated")
    assert tail.look().data == b"new and longer than the old one\n"


def test_a_rotated_file_is_read_to_its_end_first(path: Path, tail: FileTail) -> None:
    """After a rename what was still added to the old file comes before what is in the new one."""
    path.write_bytes(b"1\n")
    tail.look()
    add(path, b"2\n")
    path.rename(path.with_suffix(".1"))
    assert [tail.look(), tail.look()] == [Piece(b"2\n"), Piece(is_there=False)]
    path.write_bytes(b"3\n")
    assert [tail.look(), tail.look()] == [Piece(began_anew="rotated"), Piece(b"3\n")]


def test_a_file_that_was_replaced_is_read_to_its_end_first(path: Path, tail: FileTail, tmp_path: Path) -> None:
    """A new file moved over the old one begins anew."""
    path.write_bytes(b"1\n")
    tail.look()
    other = tmp_path / "other"
    other.write_bytes(b"1\n2\n")
    other.rename(path)
    assert [tail.look(), tail.look()] == [Piece(began_anew="rotated"), Piece(b"1\n2\n")]


def test_only_files_are_followed(tmp_path: Path) -> None:
    """A folder and a pipe are refused at once, and opening a pipe does not wait for its other end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SourceError):
            FileTail(path).look()


def test_nothing_stays_open(path: Path, tail: FileTail) -> None:
    """Through rotations and `close` no descriptor is left."""
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(5):
        path.write_bytes(b"x")
        tail.look()
        path.unlink()
    tail.close()
    tail.close()
    assert len(list(Path("/dev/fd").iterdir())) == before
