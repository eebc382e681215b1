"""The page about the library is true (SYNC-8)."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args

from connectome_tui.sync import ErrorContext, Phase, RetryPolicy, ThrottlingOptions
from connectome_tui.sync.transports import wire

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sync.md").read_text()


def test_the_example_runs_and_prints_what_the_page_says() -> None:
    """SYNC-8: as a script of its own, as it stands there."""
    example = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = re.search(r"It prints `(.*)` and `(.*)`\.", PAGE)
    assert example
    assert said
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", example[1]], capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == list(said.groups())


def test_every_phase_option_and_field_is_documented() -> None:
    """SYNC-6, SYNC-7: phases, fields of the error context, options of retry and throttle."""
    names = [field.name for kind in (ErrorContext, RetryPolicy, ThrottlingOptions) for field in fields(kind)]
    assert [name for name in (*names, *get_args(Phase)) if f"`{name}`" not in PAGE] == []


def test_the_whole_wire_is_documented() -> None:
    """SYNC-8: each type of message with its fields, and each code."""
    table = PAGE[PAGE.index("The wire is JSON") :]
    for kind in (*get_args(wire.FromClient), *get_args(wire.FromServer)):
        row = re.search(rf"^\| `{re.escape(kind.__struct_config__.tag)}` \|(.*)$", table, re.MULTILINE)
        assert row, kind
        assert [name for name in kind.__struct_fields__ if f"`{name}`" not in row[1]] == []
    assert [code for code in get_args(wire.ErrorCode) if f"`{code}`" not in PAGE] == []


def test_importing_the_library_begins_nothing() -> None:
    """SYNC-8: no thread is made by an import."""
    script = "import threading, connectome_tui.sync.transports as t; assert threading.active_count() == 1"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
