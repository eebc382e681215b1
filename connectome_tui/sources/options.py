"""What a caller may choose when a recording is opened, and the bounds that protect the machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.traces.overrides import NodeOverride

MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """Choices for `open_recording`.

    `max_input_bytes` bounds what is written to disk for packed input and for standard input.
    `max_ratio` is how many times its packed size a file may unpack to once it is larger than
    `ratio_applies_from` bytes: far above what traces reach, far below what a bomb needs.
    `keep_raw` keeps every span as it came (`--raw`, EVENT-8). `nodes` are other titles, zones and
    kinds for nodes, from the configuration (SPAN-6). `recordings` is the folder in which `session:ID`
    is looked for; None where it is by default.
    """

    max_input_bytes: int = 8 * GIB
    max_ratio: int = 400
    ratio_applies_from: int = 256 * MIB
    keep_raw: bool = False
    nodes: tuple[NodeOverride, ...] = ()
    recordings: Path | None = None
