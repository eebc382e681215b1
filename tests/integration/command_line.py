"""The program, started as a user starts it, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = [sys.executable, "-P", "-m", "connectome_tui"]
REPOSITORY = Path(__file__).resolve().parents[2]


def environment(**extra: str) -> dict[str, str]:
    """The usual environment, without what a developer's own terminal would bring along."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "CONNECTOME_CONFIG"}}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "XDG_CONFIG_HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **extra}


def run_connectome(*arguments: str | Path, stdin: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, without a terminal."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env=environment(**extra),
    )


def the_one_line(ended: subprocess.CompletedProcess[bytes]) -> str:
    """What a command said about bad input: one line, status 2, nothing else."""
    message = ended.stderr.decode()
    assert ended.returncode == 2, message
    assert ended.stdout == b""
    assert message.startswith("connectome: ")
    assert message.count("\n") == 1
    assert message.endswith("\n")
    return message
