"""The scripts on a machine with nothing but a Python: what they say when it is not good enough."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "cat", "cksum", "dirname", "mkdir", "rm", "sleep")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of the scripts, and a PATH that holds a few tools and no Python."""
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "repository" / "scripts")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path / "repository")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def add_program(machine: Path, name: str, script: str) -> None:
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def run_connectome(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(machine / "repository" / "scripts" / "connectome"), "--version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": str(machine / "bin"), "HOME": str(machine), **environment},
    )


def test_a_python_that_is_too_old_is_named(machine: Path) -> None:
    """With only an old Python the script says which it found and which it needs."""
    add_program(machine, "python3", 'case $1 in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    ended = run_connectome(machine)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, found Python 3.9.2" in ended.stderr


def test_a_python_without_pip_says_what_to_install(machine: Path) -> None:
    """Debian's python3 without python3-venv cannot make an environment: the package is named."""
    add_program(machine, "python3", 'case $1 in --version) echo "Python 3.11.2";; -c) exit 0;; *) exit 1;; esac')
    ended = run_connectome(machine)
    assert ended.returncode == 1
    assert "apt install python3-venv" in ended.stderr
    assert not (machine / "repository" / ".venv").exists()
    assert not (machine / "repository" / ".venv.lock").exists()


def test_an_environment_that_is_current_is_used_at_once(machine: Path) -> None:
    """Later uses look at the stamp alone: no Python has to be found, nothing is installed."""
    environment = machine / "repository" / ".venv"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text('#!/bin/sh\necho "ran $*"\n')
    python.chmod(0o755)
    checksum = subprocess.run(
        ["cksum"],
        input=(machine / "repository" / "pyproject.toml").read_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    (environment / "made-for-run").write_text(f"{os.path.realpath(machine / 'repository')} {checksum.stdout}")
    ended = run_connectome(machine)
    assert ended.stdout == "ran -P -m connectome_tui --version\n"
    assert ended.stderr == ""
