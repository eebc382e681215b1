"""Files and standard input as plain bytes: unpacking, bounds, damage, and files that change (STORE-15)."""

import gzip
import io
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from connectome_tui.events.flow import Cancelled, Progress, SourceError
from connectome_tui.sources.options import OpenOptions
from connectome_tui.sources.spool import PlainFile, open_content

TEXT = b"".join(b'{"line": %d}\n' % number for number in range(5000))


def read_all(path: Path | str, options: OpenOptions | None = None) -> tuple[bytes, str]:
    """The plain bytes of a file, and its damage."""
    content = open_content(str(path), options or OpenOptions())
    try:
        return content.read(0, content.size), content.damage
    finally:
        content.close()


def write(folder: Path, data: bytes) -> Path:
    path = folder / "input"
    path.write_bytes(data)
    return path


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(4, "big") + message for message in messages)


PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "gzip members": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "padded gzip": gzip.compress(TEXT) + b"\0" * 512,
    "zstd": zstandard.compress(TEXT),
    "zstd frames": zstandard.compress(TEXT[:100]) + zstandard.compress(TEXT[100:]),
    "zstd with a checksum": zstandard.ZstdCompressor(write_checksum=True).compress(TEXT),
    "zstd after a skippable frame": b"\x50\x2a\x4d\x18\x02\x00\x00\x00hi" + zstandard.compress(TEXT),
    "gzip in zstd": zstandard.compress(gzip.compress(TEXT)),
    "framed zstd": framed(*(zstandard.compress(line) for line in TEXT.splitlines())),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED.keys())
def test_packed_content_is_unpacked(data: bytes, tmp_path: Path) -> None:
    """Packed in any way, the plain bytes come out, told from the content (SPAN-1)."""
    assert read_all(write(tmp_path, data)) == (TEXT, "")


def test_framed_protobuf_keeps_its_frames(tmp_path: Path) -> None:
    """Messages of protobuf that are packed one by one stay framed when they are unpacked."""
    messages = [b"\x0a\x02\x0a\x00", b"\x0a\x03\x12\x01\x00"]
    data = framed(*(zstandard.compress(message) for message in messages))
    assert read_all(write(tmp_path, data)) == (framed(*messages), "")


@pytest.mark.parametrize("packing", ["gzip", "zstd", "framed zstd"])
@pytest.mark.parametrize("cut", [1, 9, 200])
def test_what_is_before_a_cut_is_kept(packing: str, cut: int, tmp_path: Path) -> None:
    """Of a packed file that ends early, what can be unpacked is kept, and the damage is told."""
    noise = os.urandom(300_000).hex().encode()
    data = {
        "gzip": gzip.compress(noise),
        "zstd": zstandard.compress(noise),
        "framed zstd": framed(zstandard.compress(noise), zstandard.compress(b"{}" + noise)),
    }[packing]
    found, damage = read_all(write(tmp_path, data[:-cut]))
    assert damage
    assert len(found) > 100_000
    assert noise in found or found in noise


def test_every_cut_of_zstd_is_noticed(tmp_path: Path) -> None:
    """A zstd file that is cut at any byte is damaged, whole it is not."""
    data = zstandard.ZstdCompressor(write_checksum=True).compress(TEXT[:2000]) + zstandard.compress(b"tail")
    whole = len(zstandard.ZstdCompressor(write_checksum=True).compress(TEXT[:2000]))
    for length in range(8, len(data) + 1):
        try:
            _, damage = read_all(write(tmp_path, data[:length]))
        except SourceError as problem:
            damage = str(problem)
        assert bool(damage) == (length not in {whole, len(data)}), length


def test_a_flipped_byte_of_gzip_is_noticed(tmp_path: Path) -> None:
    """A gzip file whose check sum is wrong is damaged, and what was unpacked is kept."""
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    found, damage = read_all(write(tmp_path, bytes(data)))
    assert (found, "damaged" in damage) == (TEXT, True)


def test_nothing_unpackable_is_an_error(tmp_path: Path) -> None:
    """A packed file of which nothing can be unpacked is an error that says so."""
    with pytest.raises(SourceError, match="cut off: the gzip data ends early, at byte 12"):
        read_all(write(tmp_path, gzip.compress(TEXT)[:12]))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused(pack: object, tmp_path: Path) -> None:
    """What unpacks to very many times its size is refused before it fills the disk."""
    assert callable(pack)
    options = OpenOptions(ratio_applies_from=1 << 20, max_ratio=100)
    with pytest.raises(SourceError, match="compression bomb"):
        read_all(write(tmp_path, pack(b"\0" * 8_000_000)), options)


def test_unpacking_is_bounded(tmp_path: Path) -> None:
    """What unpacks to more than the limit is refused."""
    with pytest.raises(SourceError, match="unpacks to more than 1 MiB, which is the limit"):
        read_all(write(tmp_path, gzip.compress(os.urandom(2 << 20))), OpenOptions(max_input_bytes=1 << 20))


def test_unpacking_tells_progress_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unpacking tells how far it is; what the callback raises ends it."""
    now_s = iter(range(100_000))
    monkeypatch.setattr("connectome_tui.traces.throttle.monotonic", lambda: next(now_s))
    path = write(tmp_path, gzip.compress(os.urandom(1 << 20)))
    told: list[Progress] = []
    open_content(str(path), OpenOptions(), told.append).close()
    assert told[-1].text == "unpacking gzip · 1 MiB"

    def cancel(_progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_content(str(path), OpenOptions(), cancel)


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)])
def test_standard_input_is_spooled(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input, packed or not, and can be read at any place."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))
    assert read_all("-") == (TEXT, "")


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input that does not end is refused at the limit."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(bytes(2 << 20)), isatty=lambda: False))
    with pytest.raises(SourceError, match="standard input: is larger than 1 MiB"):
        read_all("-", OpenOptions(max_input_bytes=1 << 20))


def test_a_terminal_is_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` at a terminal says what to do in place of waiting for typed JSON."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    with pytest.raises(SourceError, match="it is a terminal"):
        read_all("-")


@pytest.mark.parametrize(
    ("name", "says"),
    [("missing", "no such file"), (".", "is a folder"), ("/dev/zero", "is a device"), ("a\0b", "cannot be opened")],
)
def test_what_cannot_be_opened_is_named(name: str, says: str, tmp_path: Path) -> None:
    """A path that is no file is an error that names it and says why."""
    with pytest.raises(SourceError, match=says):
        read_all(f"{tmp_path}/{name}" if not name.startswith("/") else name)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the super-user")
def test_no_permission(tmp_path: Path) -> None:
    """A file that may not be read is an error that says so."""
    path = write(tmp_path, TEXT)
    path.chmod(0)
    with pytest.raises(SourceError, match="no permission"):
        read_all(path)


def test_a_pipe_is_read(tmp_path: Path) -> None:
    """A named pipe, as process substitution makes one, is read like standard input."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(PACKED["zstd"],))
    writer.start()
    assert read_all(path) == (TEXT, "")
    writer.join()


def opened(path: Path) -> PlainFile:
    return open_content(str(path), OpenOptions())


def test_a_file_that_grew_is_an_error(tmp_path: Path) -> None:
    """A plain file that was written to since is an error, never other data (STORE-15)."""
    path = write(tmp_path, TEXT)
    content = opened(path)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(SourceError, match="changed since it was opened"):
        content.read(0, 10)
    content.close()


def test_a_file_that_was_replaced_is_an_error(tmp_path: Path) -> None:
    """A file under the same path with the same size and time is still another one."""
    path = write(tmp_path, TEXT)
    content = opened(path)
    other = tmp_path / "other"
    other.write_bytes(TEXT)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    with pytest.raises(SourceError, match="changed since it was opened"):
        content.read(0, 10)
    content.close()


def test_a_file_that_was_removed_is_still_read(tmp_path: Path) -> None:
    """The file stays open: what was removed meanwhile is still the data that was opened."""
    path = write(tmp_path, TEXT)
    content = opened(path)
    path.unlink()
    assert content.read(2, 4) == TEXT[2:6]
    content.close()


def test_an_unpacked_copy_cannot_change(tmp_path: Path) -> None:
    """What was unpacked is our own copy: the packed file may change."""
    path = write(tmp_path, gzip.compress(TEXT))
    content = opened(path)
    path.write_bytes(b"other")
    assert content.read(0, 10) == TEXT[:10]
    content.close()
