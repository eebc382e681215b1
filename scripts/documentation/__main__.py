"""`./scripts/docs`: write the generated pages and the picture, or with `--check` only see whether they are stale."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.documentation.pages import PAGES

REPOSITORY: Final = Path(__file__).resolve().parents[2]
PICTURE: Final = (
    *("sample:checkout", "--flow", "edc814e28cc9fadf1d5162a328db2079", "--steps", "18"),
    *("--size", "120x40", "-o", "docs/picture.svg"),
)


def main() -> int:
    """Write or check; the status is 1 when a page is stale."""
    pages = {REPOSITORY / path: make() for path, make in PAGES.items()}
    if "--check" in sys.argv[1:]:
        stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
        for path in stale:
            print(f"{path.relative_to(REPOSITORY)} is stale: run ./scripts/docs")
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text, "utf-8")
    command = [sys.executable, "-P", "-m", "connectome_tui", "screenshot", *PICTURE]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
