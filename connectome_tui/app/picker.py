"""Choosing a flow of a recording that this program opened (SPAN-7), with a preview where there is room for it."""

from dataclasses import replace
from typing import Final

from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import DockArrangeResult, WidgetPlacement
from textual.widget import Widget

from connectome_tui.app.arrangement import WIDE_FROM
from connectome_tui.app.flow_choosing import FlowChoosing
from connectome_tui.app.flow_list import FlowList, first_choice
from connectome_tui.app.flow_list_pane import FlowListPane
from connectome_tui.app.flow_preview import PreviewErrors, PreviewGraph, make_preview
from connectome_tui.app.list_screen import ROWS_ABOVE
from connectome_tui.events.flow import Recording
from connectome_tui.net.flows import source_of

PREVIEW_WIDTH: Final = 76


class _ListBesidePreview(FlowListPane):
    """The list, which leaves room for the preview from 160 columns on."""

    def list_width(self, width: int) -> int:
        return width - PREVIEW_WIDTH if width >= WIDE_FROM else width


class Picker(FlowChoosing, inherit_bindings=False):
    """The screen that opens first when there is more than one flow."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        flows = FlowList(recording.flows, at=first_choice(recording.flows))
        self.pane = _ListBesidePreview(source_of(recording.name, recording.report), flows)
        self.graph = PreviewGraph()
        self.errors = PreviewErrors()
        self.graph.can_focus = False
        self._previewed: str | None = None

    def compose(self) -> ComposeResult:
        """The list, and the preview of the flow in hand where there is room for it."""
        yield self.pane
        yield self.graph
        yield self.errors

    def on_mount(self) -> None:
        """Preview the flow in hand."""
        self._preview()

    def arrange(self, size: Size, _optimal: bool = False) -> DockArrangeResult:  # noqa: FBT001, FBT002 -- as in Textual
        """The list over the whole screen, the preview over its right when it is wide."""
        width, height = size
        places: dict[Widget, Region] = {self.pane: size.region}
        if width >= WIDE_FROM:
            graph_height = min(24, max(8, (height - 6) * 6 // 10))
            x, preview_width = width - PREVIEW_WIDTH + 1, PREVIEW_WIDTH - 1
            places[self.graph] = Region(x, ROWS_ABOVE - 1, preview_width, graph_height)
            top = ROWS_ABOVE + graph_height
            places[self.errors] = Region(x, top, preview_width, max(1, height - 1 - top))
        placements = [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, widget, order)
            for order, (widget, region) in enumerate(places.items())
        ]
        return DockArrangeResult(placements, set(places), NULL_SPACING)

    def on_resize(self) -> None:
        """There may be room for a preview now."""
        self._preview()

    def show(self, changed: FlowList) -> None:
        """Show another list, and soon what it has in hand."""
        super().show(changed)
        self.call_after_refresh(self._preview)

    def _preview(self) -> None:
        flow_id = self.pane.list.chosen_id
        if self.size.width < WIDE_FROM or not self.is_active or flow_id == self._previewed:
            return
        self._previewed = flow_id
        preview = make_preview(self.recording, flow_id)
        self.graph.show(preview)
        self.errors.show(preview)

    def flows_changed(self) -> None:
        """The recording is indexed: there may be more flows."""
        shown = self.pane.list
        self.pane.source = source_of(self.recording.name, self.recording.report)
        self.show(replace(shown, flows=self.recording.flows).typed(shown.query))

    def leave(self) -> None:
        """Go back to the flow in hand, or quit when there is none."""
        if self.connectome.session is not None:
            self.dismiss()
        else:
            self.app.exit()

    def choose(self, flow_id: str) -> None:
        """Step it."""
        self.dismiss()
        self.connectome.open_flow(flow_id)
