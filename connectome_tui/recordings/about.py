"""What a recording says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Kind = Literal["spans", "events", "run"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What its events come from: spans of traces (counted as spans and span events), a stream, an orchestration run."""


@dataclass(frozen=True, slots=True)
class About:
    """`source` is what the user named (`listen 127.0.0.1:4318`, `follow https://…`), without secrets.

    `ended_at_ms` is None while it is being written, and for one whose writer was killed. Times in
    milliseconds since the epoch.
    """

    id: str
    source: str
    kind: Kind
    started_at_ms: float
    ended_at_ms: float | None = None
    program: str = ""


def about_of(values: Mapping[str, Any]) -> About:
    """What the table says; whatever is missing or of another type there is empty."""
    kind: Kind = next((known for known in KINDS if known == values.get("kind")), "events")
    started, ended = values.get("started_at_ms"), values.get("ended_at_ms")
    return About(
        id=str(values.get("id") or ""),
        source=str(values.get("source") or ""),
        kind=kind,
        started_at_ms=float(started) if isinstance(started, int | float) else 0.0,
        ended_at_ms=float(ended) if isinstance(ended, int | float) else None,
        program=str(values.get("program") or ""),
    )
