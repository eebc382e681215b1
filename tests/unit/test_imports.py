"""What each command loads: start-up stays light, and only `open` and `screenshot` know the screen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
sys.argv[0] = "connectome"
from connectome_tui.cli import main
try:
    main()
except SystemExit as end:
    status = end.code
with open(3, "w") as report:
    json.dump([status, sorted(sys.modules)], report)
"""

SESSION = (
    '{"type":"session","session_id":"s-1","started_at_ms":0.0,"title":"t","duration_ms":1.0,"events":1,"errors":0,'
    '"nodes":[{"id":"service:a","title":"a","kind":"service","zone":"BACKEND"}],"edges":[]}\n'
    '{"id":"e1","at_ms":0.0,"from_node_id":"service:a","to_node_id":"service:a","trigger":"direct",'
    '"call_type":"code","label":"x"}\n'
)


def modules_loaded_by(arguments: list[str], report: Path) -> set[str]:
    """The modules that are loaded once the command has ended well, as the program's own process tells."""
    command = f'exec "$@" 3>{report}'
    ended = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    status, modules = json.loads(report.read_text())
    assert status == 0, ended.stderr
    return set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["open", "--help"], ["export", "--help"]])
def test_help_loads_next_to_nothing(arguments: list[str], tmp_path: Path) -> None:
    """Help comes from the command line alone: no screen, no models, no readers."""
    modules = modules_loaded_by(arguments, tmp_path / "report")
    heavy = {"textual", "rich", "pydantic", "msgspec", "yaml", "google", "zstandard", "PIL", "asyncio"}
    assert not modules & heavy
    ours = {name for name in modules if name.startswith("connectome_tui")}
    assert ours == {"connectome_tui", "connectome_tui.cli", "connectome_tui.cli_options"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "SESSION"],
        ["export", "SESSION"],
        ["export", "--format", "text", "SESSION"],
        ["health"],
        ["samples"],
        ["schema"],
    ],
    ids=" ".join,
)
def test_commands_without_a_screen_never_load_one(arguments: list[str], tmp_path: Path) -> None:
    """Everything but `open` and `screenshot` runs where Textual and Rich are not installed (STORE-14)."""
    session = tmp_path / "session.jsonl"
    session.write_text(SESSION)
    replaced = [str(session) if argument == "SESSION" else argument for argument in arguments]
    modules = modules_loaded_by(replaced, tmp_path / "report")
    assert not modules & {"textual", "rich"}
