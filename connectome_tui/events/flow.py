"""Recorded flows: sequences of events that are read on demand, and what is known about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, runtime_checkable

import msgspec

from connectome_tui.events.model import FlowEvent
from connectome_tui.events.topology import Topology

ALL_FLOWS: Final = "all"
"""The id under which a recording gives all its flows, one after the other in order of start (SPAN-7)."""


class EventDetail(msgspec.Struct, frozen=True, gc=False):
    """What the detail view shows beside the event itself (EVENT-8); read from the recording on demand.

    `identity` holds ids and the instrumentation scope as text; `raw` the record as it came, if asked for.
    """

    attributes: Mapping[str, Any] = {}
    resource: Mapping[str, Any] = {}
    identity: Mapping[str, str] = {}
    raw: Any = None


class EventSequence(Protocol):
    """The events of one flow in causal order, by row number from 0; decoded when asked for.

    Reading a row of a file that changed meanwhile raises `SourceError` (STORE-15).
    """

    @property
    def complete(self) -> bool:
        """Whether `len` is final; false while a large file is still being indexed."""
        ...

    def __len__(self) -> int:
        """The rows that can be read now."""
        ...

    def __getitem__(self, row: int, /) -> FlowEvent:
        """The event of a row; `IndexError` outside `0 <= row < len`."""
        ...

    def parent_row(self, row: int) -> int | None:
        """The row of the event's parent, when it is in this flow."""
        ...

    def child_rows(self, row: int) -> Sequence[int]:
        """The rows of the events whose parent it is, in order."""
        ...

    def detail(self, row: int) -> EventDetail:
        """Attributes and the rest, for the detail view and for exports."""
        ...


WaitAction = Literal["start", "stop", "none"]
"""What a step does to the wait timer (STORE-3)."""


@runtime_checkable
class WaitScript(Protocol):
    """What the events of a script offer besides: its steps say themselves when waiting begins and ends (SPAN-8)."""

    def wait_action(self, row: int, /) -> WaitAction:
        """What the step of this row does to the wait timer."""
        ...


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """A row of the picker (SPAN-7). Times in milliseconds; `through` are titles of nodes in order of visit.

    `result` is the short outcome of the root (`200`, `409`, `error`, or empty). `gaps` says in one line
    each what is missing right before an event, by its row.
    """

    id: str
    title: str
    started_at_ms: float
    duration_ms: float
    events: int
    errors: int
    result: str = ""
    through: tuple[str, ...] = ()
    gaps: Mapping[int, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow, ready to be stepped. `waits_on_clock`: scripts and live flows; recordings use flow time (SPAN-8).

    `session_id` is the id under which an export was read, so that exporting it again gives the same
    bytes (STORE-12); empty lets the session derive one from the content.
    """

    summary: FlowSummary
    events: EventSequence
    topology: Topology
    waits_on_clock: bool = False
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A place that could not be read: line number from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a recording holds, counted (the `info` command, SPAN-2).

    `events = spans + span_events` for traces. `skipped` counts, by name, the records that are no
    events (`log records`, `metrics`). `started_at_ms` is None when nothing has a time.
    """

    format: str
    flows: int = 0
    spans: int = 0
    span_events: int = 0
    events: int = 0
    nodes: int = 0
    edges: int = 0
    orphans: int = 0
    skewed: int = 0
    duplicates: int = 0
    errors: int = 0
    links: int = 0
    bad_lines: tuple[BadLine, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    started_at_ms: float | None = None
    duration_ms: float = 0.0


class Recording(Protocol):
    """A source at rest: files that were opened. Close it when done; its flows are unreadable after that."""

    @property
    def name(self) -> str:
        """What the header calls it: the file's name, or `3 files`."""
        ...

    @property
    def complete(self) -> bool:
        """Whether flows and report are final; see `finish`."""
        ...

    @property
    def report(self) -> ReadReport:
        """Counts, final when `complete`."""
        ...

    @property
    def flows(self) -> Sequence[FlowSummary]:
        """Every flow, in order of start."""
        ...

    def flow(self, flow_id: str) -> Flow:
        """One flow by its id, or `ALL_FLOWS`; `KeyError` for an unknown id."""
        ...

    def finish(self, progress: "ProgressCallback") -> None:
        """Do the rest of the reading (blocking; safe to run in a thread beside readers). Raises `Cancelled`."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the opening of a file has come. `fraction` is 0 to 1, None when the size is not known."""

    text: str
    fraction: float | None = None


ProgressCallback = Callable[[Progress], None]
"""Called now and then while reading; it may raise `Cancelled` to end the work."""


class Cancelled(Exception):
    """The user asked for the work to end."""


class SourceError(Exception):
    """Bad input at the edge: one clear line that names the file, the place and what was expected."""

    def __init__(self, path: str, expected: str, place: str = "") -> None:
        self.path, self.place, self.expected = path, place, expected
        super().__init__(f"{path}{f', {place}' if place else ''}: {expected}")


def no_progress(_progress: Progress) -> None:
    """For callers that do not show progress."""
