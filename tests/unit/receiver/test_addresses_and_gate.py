"""Where a receiver may listen, and who may post."""

import os
from pathlib import Path

import pytest

from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.addresses import Address, check_reach, is_loopback, parse_address
from connectome_tui.receiver.gate import Gate, checked_token, read_token

TOKEN = "correct-horse-battery"
HERE = (b"host", b"localhost:4318")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("4318", Address("localhost", 4318)),
        ("localhost:0", Address("localhost", 0)),
        ("127.0.0.1:4318", Address("127.0.0.1", 4318)),
        ("[::1]:4318", Address("::1", 4318)),
        (" LocalHost:80 ", Address("localhost", 80)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """Host and port, IPv6 in brackets, a port alone is this machine."""
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "localhost", "localhost:", "localhost:x", "::1:4318", ":4318", "a:70000", "a:²"])
def test_what_is_no_address_is_said(text: str) -> None:
    """Anything else is one clear line, never a guess."""
    with pytest.raises(SourceError, match="HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("LOCALHOST.", True), ("app.localhost", True), ("127.8.9.1", True), ("::1", True),
        ("::ffff:127.0.0.1", True), ("0.0.0.0", False),  # noqa: S104 -- compared, not bound
        ("::", False), ("192.168.0.1", False),
        ("localhost.evil.example", False), ("evil.example", False), ("127.0.0.1.evil.example", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(host: str, expected: object) -> None:
    """Only names that nobody else can have count as loopback."""
    assert is_loopback(host) is expected


def test_reach() -> None:
    """An address that others can reach is fine with a token, and refused without."""
    address = parse_address("0.0.0.0:4318")
    check_reach([address], has_token=True)
    with pytest.raises(SourceError, match="token"):
        check_reach([address], has_token=False)


def test_a_gate_without_a_token() -> None:
    """It looks for pages in browsers: an Origin, another Host, no Host, or two."""
    gate = Gate(None, checks_host=True)
    assert gate.denial([HERE]) is None
    reasons = [
        denial.reason
        for headers in (
            [HERE, (b"origin", b"null")],
            [(b"host", b"evil.example")],
            [],
            [HERE, HERE],
            [(b"host", b"[::1]x")],
        )
        if (denial := gate.denial(headers))
    ]
    assert reasons == ["origin", "host", "host", "host", "host"]


@pytest.mark.parametrize(
    "shown",
    [[], [b""], [b"Bearer"], [TOKEN.encode()], [b"Bearer wrong"], [b"Bearer " + TOKEN.encode()] * 2, [b"Bearer \xff"]],
)
def test_a_gate_with_a_token(shown: list[bytes]) -> None:
    """Without exactly the token the answer is 401, and no message repeats what it should be."""
    gate = Gate(TOKEN, checks_host=False)
    denial = gate.denial([(b"authorization", value) for value in shown])
    assert denial is not None
    assert denial.status == 401
    assert TOKEN not in denial.message
    assert gate.denial([(b"authorization", b"bearer  " + TOKEN.encode())]) is None


def test_tokens_come_from_files_that_nobody_else_reads(tmp_path: Path) -> None:
    """The white space around a token is no part of it; a file that others may read is refused."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert read_token(file) == TOKEN
    if os.name == "posix":
        file.chmod(0o644)
        with pytest.raises(SourceError, match="others may read"):
            read_token(file)
    with pytest.raises(SourceError, match="cannot be read"):
        read_token(tmp_path / "none")


@pytest.mark.parametrize(
    "token", ["", "short", "x" * 5000, "with a blank in the midst", "line\nfeed-line-feed", "ünïcödé-ünïcödé-ünïcödé"]
)
def test_bad_tokens_are_not_repeated(token: str) -> None:
    """A token that cannot be sent, or is guessed at once, is refused without being shown."""
    with pytest.raises(SourceError) as refused:
        checked_token(token, "the environment")
    assert not token or token not in str(refused.value)
