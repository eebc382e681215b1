"""What a flow would look like, beside the list on a wide screen: its graph, not yet travelled, and its errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from textual.geometry import Size
from textual.strip import Strip

from connectome_tui.app.opening import long_work
from connectome_tui.events.flow import Flow, Recording
from connectome_tui.events.model import FlowEvent
from connectome_tui.events.numbers import grouped
from connectome_tui.store.state import State
from connectome_tui.widgets.flow_graph import FlowGraph
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.line_pane import LinePane
from connectome_tui.widgets.painting import Look, Run
from connectome_tui.widgets.palette import Palette
from connectome_tui.widgets.pane import PaneHost
from connectome_tui.widgets.standing import ALONE, Standing

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp

MOST_ERRORS: Final = 40
ROWS_ABOVE_ERRORS: Final = 2


@dataclass(frozen=True, slots=True)
class Preview:
    """A flow, or None where there is no preview, and its first errors."""

    flow: Flow | None
    errors: tuple[FlowEvent, ...] = ()


def make_preview(recording: Recording, flow_id: str | None) -> Preview:
    """Read what the preview of a flow shows."""
    if flow_id is None or long_work(recording, flow_id):
        return Preview(None)
    flow = recording.flow(flow_id)
    errors: list[FlowEvent] = []
    for row in range(len(flow.events)):
        if len(errors) == min(MOST_ERRORS, flow.summary.errors):
            break
        event = flow.events[row]
        if event.status == "error":
            errors.append(event)
    return Preview(flow, tuple(errors))


class _PreviewHost:
    """The host of the graph of the preview: its state is the start of the flow in hand."""

    def __init__(self, app: "ConnectomeApp") -> None:
        self._app = app
        self.state = State()
        self.flow: Flow | None = None

    @property
    def palette(self) -> Palette:
        return self._app.palette

    @property
    def glyphs(self) -> Glyphs:
        return self._app.glyphs

    @property
    def standing(self) -> Standing:
        return ALONE

    def now_ms(self) -> float:
        return self._app.now_ms()


class PreviewGraph(FlowGraph):
    """The graph of a flow of which nothing was released."""

    _preview_host: _PreviewHost | None = None

    @property
    def host(self) -> PaneHost:
        """The start of the flow in hand, instead of what is stepped."""
        if self._preview_host is None:
            self._preview_host = _PreviewHost(cast("ConnectomeApp", self.app))
        return self._preview_host

    def show(self, preview: Preview) -> None:
        """Show another flow."""
        host = cast("_PreviewHost", self.host)
        old = host.state
        flow = preview.flow
        host.flow = flow
        host.state = State() if flow is None else State(topology=flow.topology, flow=flow.summary)
        self.on_commit(old, host.state)


class PreviewErrors(LinePane):
    """Title and counts of a flow, and a line for each of its errors."""

    preview = Preview(None)

    def slices(self, state: State) -> Sequence[object]:
        """Nothing of the state is shown here."""
        del state
        return ()

    def show(self, preview: Preview) -> None:
        """Show another flow."""
        self.preview = preview
        self.redraw()

    def draw(self, state: State, look: Look, size: Size) -> Sequence[Strip]:
        del state
        flow = self.preview.flow
        if flow is None:
            return []
        summary = flow.summary
        title = look.line(size.width)
        counts = [Run(summary.title, "text.strong", "b"), Run(f"   {grouped(summary.events)} events", "text.muted")]
        if summary.errors:
            counts.append(Run(f"   {look.glyphs.error} {grouped(summary.errors)}", "error", "b"))
        title.put_runs(1, counts, limit=size.width - 2)
        lines = [title, look.line(size.width)]
        for event in self.preview.errors[: size.height - ROWS_ABOVE_ERRORS]:
            line = look.line(size.width)
            what = event.payload_summary or event.notes or ""
            runs = (Run(f"{look.glyphs.error} ", "error", "b"), Run(event.label), Run(f"  {what}", "text.muted"))
            line.put_runs(1, runs, limit=size.width - 2)
            lines.append(line)
        return [line.strip() for line in lines]
