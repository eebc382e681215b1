"""The program with one pane whose message handlers are slow: `slow_pane.py PANE FILE`. For the test of whole frames."""

import asyncio
import sys

from textual.widget import Widget

from connectome_tui.app.run import run_app
from connectome_tui.config import load_config
from connectome_tui.widgets.detail_panel import DetailPanel
from connectome_tui.widgets.flow_graph import FlowGraph
from connectome_tui.widgets.log_panel import LogPanel
from connectome_tui.widgets.now_bar import NowBar
from connectome_tui.widgets.pane import Pane

BUSY_SECONDS = 0.04
PANES: dict[str, type[Pane]] = {"graph": FlowGraph, "now": NowBar, "log": LogPanel, "detail": DetailPanel}


def make_slow(pane: type[Pane]) -> None:
    """Let this kind of pane be busy for a while behind each refresh, as a handler that awaits would make it."""
    refresh = pane.refresh

    async def be_busy() -> None:
        await asyncio.sleep(BUSY_SECONDS)

    def slow_refresh(self: Widget, *regions: object, **details: object) -> Widget:
        if self.is_mounted:
            self.call_next(be_busy)
        return refresh(self, *regions, **details)  # type: ignore[arg-type]

    pane.refresh = slow_refresh  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    make_slow(PANES[sys.argv[1]])
    sys.exit(run_app([sys.argv[2]], config=load_config()))
