"""The load in a process of its own: ready when its bodies are made, posting when it is told to."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def load_process(address: str, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has made its bodies and waits for the word."""
    command = [sys.executable, "-m", "scripts.benchmark.load", address, *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        try:
            assert load.stdout is not None
            if load.stdout.readline().strip() != "ready":
                raise RuntimeError("the load could not be made: are the recorded requests in ../shared/data?")
            yield load
        finally:
            load.kill()


def posted_by(load: "subprocess.Popen[str]") -> dict[str, Any]:
    """Tell it to post, and wait; what was answered."""
    assert load.stdin is not None
    assert load.stdout is not None
    load.stdin.write("go\n")
    load.stdin.flush()
    posted: dict[str, Any] = json.loads(load.stdout.readline())
    return posted
