"""Files from elsewhere: other versions, damage, traps (issue: crash safety)."""

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectome_tui.events.flow import ALL_FLOWS, SourceError
from connectome_tui.recordings.blocks import MAX_BLOB
from connectome_tui.recordings.schema import APPLICATION_ID, VERSION, is_recording
from connectome_tui.sources.open import open_recording
from tests.unit.recordings.made import events, written


def changed(path: Path, change: str) -> str:
    with sqlite3.connect(path) as connection:
        connection.executescript(change)
    connection.close()
    return str(path)


def all_events(path: str) -> list[str]:
    recording = open_recording([path])
    try:
        rows = recording.flow(ALL_FLOWS).events
        return [rows[row].id for row in range(len(rows)) if rows.detail(row) is not None]
    finally:
        recording.close()


def test_a_recording_is_known_by_its_content(tmp_path: Path) -> None:
    """Under any name a recording opens, and another database is named as what it is."""
    path = written(tmp_path / "any.name", events(0, 3))
    assert is_recording(path.read_bytes())
    assert all_events(str(path)) == ["e0", "e1", "e2"]
    other = changed(tmp_path / "other.db", "CREATE TABLE t (x)")
    assert not is_recording(Path(other).read_bytes())
    with pytest.raises(SourceError, match="an SQLite database"):
        open_recording([other])


def test_recordings_open_alone_and_unpacked(tmp_path: Path) -> None:
    """With another file, or packed, a recording is refused with a line that says what to do."""
    path = written(tmp_path / "r", events(0, 3))
    with pytest.raises(SourceError, match="a recording, which opens alone"):
        open_recording([str(path), str(shutil.copy(path, tmp_path / "s"))])
    packed = tmp_path / "r.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(SourceError, match="to be unpacked first"):
        open_recording([str(packed)])


def test_a_newer_version_is_named(tmp_path: Path) -> None:
    """A recording of a newer program is refused with both versions, whatever its tables are."""
    path = written(tmp_path / "r", events(0, 3))
    with pytest.raises(SourceError, match=f"version {VERSION + 1}.*up to version {VERSION}"):
        open_recording([changed(path, f"PRAGMA user_version={VERSION + 1}; CREATE TABLE more (x)")])


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER INSERT ON blocks BEGIN SELECT 1; END",
        "DROP TABLE gaps; CREATE VIEW gaps AS SELECT 1 AS row, 2 AS at_ms, 'x' AS text",
        "DROP TABLE counts; CREATE TABLE counts (name, count AS (length(zeroblob(1000000000))))",
        "CREATE INDEX i ON blocks (hex(events))",
        "DROP TABLE flows",
    ],
)
def test_other_tables_are_not_trusted(change: str, tmp_path: Path) -> None:
    """A file that calls itself a recording and brings views, triggers or columns of its own is not opened."""
    path = written(tmp_path / "r", events(0, 3))
    with pytest.raises(SourceError, match="its tables are others"):
        open_recording([changed(path, change)])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE blocks SET count = 4",
        "UPDATE blocks SET count = -1",
        "UPDATE blocks SET events = x'00'",
        "UPDATE blocks SET events = x'ff'",
        "UPDATE blocks SET events = 'text'",
        "UPDATE blocks SET events = x'0091c0'",
        "UPDATE blocks SET details = x'0093010203'",
        "UPDATE flows SET events = 2",
        "UPDATE flows SET through = '{'",
        "UPDATE flows SET started_at_ms = 'x'",
        "UPDATE flow_blocks SET events = 7",
        "DELETE FROM flow_blocks",
        "DELETE FROM blocks",
        "UPDATE about SET value = x'00'",
        "INSERT INTO nodes VALUES (NULL, 'x', 0, 0, x'c1')",
        "INSERT INTO counts VALUES ('x', 'y')",
        "INSERT INTO gaps VALUES (1, 'a', 'b', 3)",
    ],
)
def test_damage_is_one_clear_error_or_none(change: str, tmp_path: Path) -> None:
    """Whatever stands in the tables: the events, or a `SourceError`; never another failure."""
    path = written(tmp_path / "r", events(0, 3))
    try:
        assert all_events(changed(path, change)) == ["e0", "e1", "e2"]
    except (SourceError, KeyError):
        return


def test_a_blob_that_unpacks_beyond_its_bound_is_refused(tmp_path: Path) -> None:
    """A compressed block that says that it is huge is refused before memory is taken for it."""
    path = written(tmp_path / "r", events(0, 3))
    bomb = b"\x02" + zstandard.ZstdCompressor().compress(bytes(MAX_BLOB + 1))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE blocks SET events = ?", (bomb,))
    connection.close()
    with pytest.raises(SourceError, match="more than"):
        all_events(str(path))


@given(place=st.integers(0, 65_000), junk=st.binary(min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_changed_anywhere_never_crash_it(place: int, junk: bytes, tmp_path: Path) -> None:
    """A recording with any of its bytes overwritten opens, or is a `SourceError`."""
    source = tmp_path / "source"
    if not source.exists():
        written(source, events(0, 300))
    data = bytearray(source.read_bytes())
    place %= len(data)
    data[place : place + len(junk)] = junk
    path = tmp_path / "r"
    path.write_bytes(data)
    try:
        all_events(str(path))
    except (SourceError, KeyError):
        return


def test_a_foreign_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Opening a recording from elsewhere writes nothing beside it, and nothing into it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = written(folder / "r", events(0, 3))
    before = path.read_bytes()
    folder.chmod(0o500)
    assert all_events(str(path)) == ["e0", "e1", "e2"]
    assert [one.name for one in folder.iterdir()] == ["r"]
    assert path.read_bytes() == before
    folder.chmod(0o700)


def test_the_connection_that_reads_can_do_nothing_else(tmp_path: Path) -> None:
    """No statement but a plain read gets through, whatever would send one."""
    from connectome_tui.recordings.database import ReadingDatabase

    database = ReadingDatabase(written(tmp_path / "r", events(0, 3)), "r")
    attempts: list[Callable[[], object]] = [
        lambda: database.rows("DELETE FROM blocks"),
        lambda: database.rows("ATTACH '/tmp/other' AS other"),
        lambda: database.rows("PRAGMA query_only=OFF"),
        lambda: database.rows("SELECT load_extension('x')"),
        lambda: database.rows("SELECT zeroblob(1000000000)"),
    ]
    for attempt in attempts:
        with pytest.raises(SourceError):
            attempt()
    assert APPLICATION_ID.to_bytes(4, "big") == b"CnTm"
    database.close()
