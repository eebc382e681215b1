"""Bad input ends with one clear line: the file, the place, what was expected; status 2, no traceback."""

import gzip
import os
import re
from pathlib import Path

import pytest

from tests.integration.command_line import run_connectome, the_one_line

SPAN = (
    b'{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},'
    b'"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",'
    b'"name":"GET /","kind":2,"startTimeUnixNano":"1763644413007000000","endTimeUnixNano":"1763644413009000000"}]}]}]}'
)

SCRIPT = b"""\
title: t
nodes:
  - {id: page, title: Page, zone: FRONTEND}
  - {id: api, title: Api, zone: BACKEND}
steps:
"""

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
)

CASES = {
    "empty": (b"", r"empty"),
    "white space": (b" \n\t\n", r"empty|white space"),
    "not text": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", r"expected|not"),
    "truncated JSON": (SPAN[:200], r"line 1|offset|byte"),
    "truncated gzip": (gzip.compress(SPAN)[:40], r"gzip"),
    "another shape of JSON": (b'{"users": [{"name": "x"}]}', r"expected"),
    "Elasticsearch documents": (
        b'{"hits":{"hits":[{"_index":"jaeger-span-2025-01-01","_source":{"traceID":"a","spanID":"b"}}]}}',
        r"Elasticsearch",
    ),
    "a script with a wrong field": (SCRIPT + b"  - {from: page, to: api, label: x, colour: red}\n", r"line 6.*colour"),
    "a script with an unknown trigger": (
        SCRIPT + b"  - {from: page, to: api, label: x, trigger: soon}\n",
        r"line 6.*trigger",
    ),
    "a script with a step to nowhere": (SCRIPT + b"  - {from: page, to: nowhere, label: x}\n", r"line 6.*nowhere"),
    "YAML that explodes": (BOMB, r"alias"),
}


@pytest.mark.parametrize(("content", "says"), CASES.values(), ids=CASES.keys())
def test_a_bad_file_is_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    """Whatever is wrong with the content, the line names the file and says what it is."""
    path = tmp_path / "input.txt"
    path.write_bytes(content)
    message = the_one_line(run_connectome("info", path))
    assert message.startswith(f"connectome: {path}")
    assert re.search(says, message), message


@pytest.mark.parametrize("command", ["info", "export"])
def test_a_missing_file_is_one_line(command: str, tmp_path: Path) -> None:
    """A file that is not there is named, whatever the command."""
    path = tmp_path / "missing.jsonl"
    assert the_one_line(run_connectome(command, path)) == f"connectome: {path}: no such file\n"


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    """A folder is no recording, and is called a folder."""
    assert "is a folder" in the_one_line(run_connectome("info", tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the super-user")
def test_a_file_without_permission_is_one_line(tmp_path: Path) -> None:
    """A file that may not be read is named with the reason."""
    path = tmp_path / "secret.jsonl"
    path.write_bytes(SPAN)
    path.chmod(0)
    assert "permission" in the_one_line(run_connectome("info", path))


def test_bad_standard_input_is_named(tmp_path: Path) -> None:
    """What came through a pipe is called standard input."""
    assert "standard input" in the_one_line(run_connectome("info", "-", stdin=b"{}"))
    assert "standard input" in the_one_line(run_connectome("info", "-", stdin=b""))
    assert not list(tmp_path.iterdir())


def test_control_characters_in_a_name_are_shown(tmp_path: Path) -> None:
    """The name of a file cannot break out of the line or write to the terminal (LOG-5)."""
    message = the_one_line(run_connectome("info", tmp_path / "a\n\x1b[31mb"))
    assert "\\n\\x1b[31mb" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "FILE", "--format", "xml"],
        ["export", "FILE", "--flow", "nowhere"],
        ["export", "FILE", "--filter", "status:odd"],
        ["export"],
        ["screenshot", "FILE", "-o", "picture.gif"],
        ["screenshot", "FILE", "--size", "large", "-o", "picture.svg"],
        ["info", "FILE", "--yaml"],
        ["open", "FILE", "--at", "-1"],
        ["health", "nothing_of_ours"],
        ["info", "sample:nowhere"],
    ],
    ids=" ".join,
)
def test_a_bad_choice_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    """A value that an option cannot take is told in one line as well."""
    path = tmp_path / "spans.json"
    path.write_bytes(SPAN)
    the_one_line(run_connectome(*[str(path) if argument == "FILE" else argument for argument in arguments]))


def test_without_a_terminal_open_names_export(tmp_path: Path) -> None:
    """Where nothing can be drawn, `open` says so and names the command that needs no terminal."""
    path = tmp_path / "spans.json"
    path.write_bytes(SPAN)
    message = the_one_line(run_connectome("open", path))
    assert "terminal" in message
    assert "export" in message


def test_a_bad_configuration_is_one_line(tmp_path: Path) -> None:
    """A mistake in the configuration is told with its line."""
    config = tmp_path / "config.toml"
    config.write_text("\nkolour = 1\n")
    path = tmp_path / "spans.json"
    path.write_bytes(SPAN)
    message = the_one_line(run_connectome("screenshot", path, "-o", "x.svg", CONNECTOME_CONFIG=str(config)))
    assert f"{config}, line 2: there is no setting 'kolour'" in message


def test_a_partly_readable_file_is_read(tmp_path: Path) -> None:
    """A bad line costs that line: the rest is read, the note says how many and where, the status is 0."""
    path = tmp_path / "spans.jsonl"
    path.write_bytes(SPAN + b'\n{"resourceSpans":[{"scopeSp\n' + b"\n")
    for command in ("info", "export"):
        ended = run_connectome(command, path)
        assert ended.returncode == 0
        assert ended.stdout
        assert ended.stderr.decode().startswith(f"connectome: {path.name}: 1 line could not be read: 2 (line 2:")
