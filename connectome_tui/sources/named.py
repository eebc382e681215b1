"""Sources at rest as a user names them, and the flow to take of them: the commands and the server use it."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.events.flow import ALL_FLOWS, Recording, SourceError
from connectome_tui.samples import SAMPLES, sample_path

SAMPLE_PREFIX: Final = "sample:"


def source_paths(names: Sequence[str]) -> list[str]:
    """The files behind the names; `SourceError` for a sample that there is not."""
    return [_sample_file(name) if name.startswith(SAMPLE_PREFIX) else name for name in names]


def chosen_flow(recording: Recording, wanted: str | None) -> str:
    """The id of the flow to take; for None the only one, or all. Raises `SourceError` for one that there is not."""
    ids = [flow.id for flow in recording.flows]
    if wanted is None:
        return ids[0] if len(ids) == 1 else ALL_FLOWS
    if wanted == ALL_FLOWS:
        return ALL_FLOWS
    if wanted not in ids:
        some = ", ".join(ids[:3]) + (", …" if len(ids) > 3 else "")
        raise SourceError(
            recording.name, f"there is no flow {wanted!r}; expected the id of one of its flows ({some}) or {ALL_FLOWS}"
        )
    return wanted


def _sample_file(source: str) -> str:
    try:
        return str(sample_path(source.removeprefix(SAMPLE_PREFIX)))
    except KeyError:
        names = ", ".join(f"{SAMPLE_PREFIX}{sample.name}" for sample in SAMPLES)
        raise SourceError(source, f"there is no such sample; expected one of {names}") from None
