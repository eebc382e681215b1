"""What the receiving process is told when it starts, and every bound that holds in it."""

from typing import Final

import msgspec

from connectome_tui.events.topology import Zone
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.settle import DEFAULT_SETTLE_MS

MIB: Final = 1 << 20


class ReceiverLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds. What is over one of them is answered with the status that its protocol names, and counted.

    `body_bytes` holds for a body as it comes over the wire and for what it unpacks to. `records` are
    spans and span events of one request, `attributes` those of one span. `reading_bytes` is what all
    bodies that are being read may hold together. `queued` are complete bodies that wait for their turn,
    for which a sender waits up to `turn_seconds`. `outgoing` are events that the application has not
    taken yet: more are read back from the recording later, or without one no more are accepted.
    """

    body_bytes: int = 20 * MIB
    records: int = 100_000
    attributes: int = 1_000
    head_bytes: int = 16 << 10
    connections: int = 256
    reading_bytes: int = 128 * MIB
    queued: int = 32
    outgoing: int = 20_000
    turn_seconds: float = 3.0
    head_seconds: float = 10.0
    silence_seconds: float = 10.0
    request_seconds: float = 60.0
    idle_seconds: float = 120.0
    retry_after_seconds: int = 1


class Override(msgspec.Struct, frozen=True):
    """A `NodeOverride` on its way to the process."""

    pattern: str
    title: str | None = None
    zone: Zone | None = None
    kind: str | None = None


class ReceiverOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver is to do. It crosses to the process over its standard input, never on a command line.

    `http` and `grpc` are addresses as `parse_address` takes them; none for `grpc` leaves it out.
    `token` is what senders have to show; without one only loopback is possible. `recording` is the
    file that it writes, None keeps nothing. `recordings_bytes` is what all recordings of its folder may
    take together, the oldest go first; None for a file in another folder. `source` is what batches are
    named by, `title` what the recording calls its source. `goes_on`: it is the recording of
    a process that died. `next_row` is the first row of a recording
    that goes on which was not handed over yet; None for a new one. `takes_up`: what was acknowledged and
    not settled when another process died is settled now.
    """

    http: tuple[str, ...] = ("localhost:4318",)
    grpc: tuple[str, ...] = ()
    token: str | None = None
    settle_ms: float = DEFAULT_SETTLE_MS
    source: str = "receiver"
    title: str = "listen"
    recording: str | None = None
    recordings_bytes: int | None = None
    next_row: int | None = None
    goes_on: bool = False
    takes_up: bool = True
    keep_raw: bool = False
    keep_attributes: bool = True
    overrides: tuple[Override, ...] = ()
    limits: ReceiverLimits = ReceiverLimits()

    @property
    def node_overrides(self) -> tuple[NodeOverride, ...]:
        """Other titles, zones and kinds for nodes (SPAN-6)."""
        return tuple(NodeOverride(entry.pattern, entry.title, entry.zone, entry.kind) for entry in self.overrides)
