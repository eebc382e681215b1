"""What the library brings with it (SYNC-8)."""

import subprocess
import sys

SCRIPT = """
import sys
import connectome_tui.sync
ours = {name for name in sys.modules if name.startswith("connectome_tui.") and "sync" not in name}
foreign = {"websockets", "msgspec", "textual", "rich", "pydantic", "connectome_tui.sync.transports"} & set(sys.modules)
assert not ours and not foreign, (ours, foreign)
import connectome_tui.sync.transports
assert "websockets" not in sys.modules
"""


def test_the_core_imports_no_transport_and_nothing_else_of_ours() -> None:
    """SYNC-8: nor a framework; `websockets` is loaded with its own transport alone."""
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
