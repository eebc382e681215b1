"""Step scripts: flows written by hand, in YAML or JSON, opened as recordings."""

from collections.abc import Sequence
from typing import Final

import msgspec

from connectome_tui.events.flow import ALL_FLOWS, Flow, FlowSummary, ProgressCallback, ReadReport, SourceError
from connectome_tui.samples import is_sample
from connectome_tui.sources.script_flow import script_flow
from connectome_tui.sources.script_parts import ScriptParts
from connectome_tui.sources.script_places import ScriptProblem, ScriptTextError, path_text
from connectome_tui.traces.content import Content

FORMAT: Final = "script"
LARGEST: Final = 16 << 20


def open_step_script(content: Content, name: str) -> "ScriptRecording":
    """Open a step script; `SourceError` names the line, the field, and what was expected there."""
    if content.size > LARGEST:
        raise SourceError(content.name, f"expected a step script of at most {LARGEST >> 20} MiB")
    data = content.read(0, content.size)
    content.close()
    if is_sample(content.name) and content.name.endswith(".json"):
        # Checked by the tests of the package: the models that check it take a fifth of the start.
        return ScriptRecording(name, script_flow(msgspec.json.decode(data, type=ScriptParts)))
    return ScriptRecording(name, script_flow(_checked(content.name, data)))


def _checked(path: str, data: bytes) -> ScriptParts:
    from connectome_tui.sources.script_model import check_script
    from connectome_tui.sources.script_text import read_script_text

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(path, "expected UTF-8 text", f"line {line}") from None
    try:
        script = read_script_text(text)
    except ScriptTextError as error:
        raise SourceError(path, error.expected, f"line {error.line}") from None
    try:
        checked = check_script(script.value)
    except ScriptProblem as problem:
        line = script.line(problem.path)
        place = path_text(problem.path)
        raise SourceError(path, problem.expected, f"line {line}, {place}" if place else f"line {line}") from None
    return msgspec.convert(checked, ScriptParts)


class ScriptRecording:
    """A recording of one flow that is held in memory."""

    def __init__(self, name: str, flow: Flow) -> None:
        self._name = name
        self._flow = flow

    @property
    def name(self) -> str:
        """What the header calls it."""
        return self._name

    @property
    def complete(self) -> bool:
        """Always true."""
        return True

    @property
    def report(self) -> ReadReport:
        """What it holds, counted."""
        summary, topology = self._flow.summary, self._flow.topology
        links = sum(len(self._flow.events[row].link_event_ids) for row in range(summary.events))
        return ReadReport(
            format=FORMAT,
            flows=1,
            events=summary.events,
            nodes=len(topology.nodes),
            edges=len(topology.edges),
            errors=summary.errors,
            links=links,
            started_at_ms=summary.started_at_ms,
            duration_ms=summary.duration_ms,
        )

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """The one flow."""
        return (self._flow.summary,)

    def flow(self, flow_id: str) -> Flow:
        """The one flow, by its id or as all flows."""
        if flow_id not in (self._flow.summary.id, ALL_FLOWS):
            raise KeyError(flow_id)
        return self._flow

    def finish(self, progress: ProgressCallback) -> None:
        """Nothing is left to be read."""

    def close(self) -> None:
        """Nothing is held open."""
