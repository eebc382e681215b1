"""Sources as they are named on the command line: files, `-` for standard input, `sample:NAME`."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

from connectome_tui.config import Config, load_config
from connectome_tui.events.flow import ALL_FLOWS, BadLine, Recording, SourceError
from connectome_tui.events.visible import visible
from connectome_tui.samples import SAMPLES, sample_path
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions

SAMPLE_PREFIX: Final = "sample:"
NAMED_LINES: Final = 5
GC_THRESHOLDS: Final = (20_000, 20, 20)
"""With the usual ones a third of the time that a large trace takes goes into looking for garbage among its spans. A
step leaves some 30 objects that only a collection frees: that is a few ms of it in a thousand steps."""


def source_paths(names: Sequence[str]) -> list[str]:
    """The files behind the names; `SourceError` for a sample that there is not."""
    return [_sample_file(name) if name.startswith(SAMPLE_PREFIX) else name for name in names]


def _sample_file(source: str) -> str:
    try:
        return str(sample_path(source.removeprefix(SAMPLE_PREFIX)))
    except KeyError:
        names = ", ".join(f"{SAMPLE_PREFIX}{sample.name}" for sample in SAMPLES)
        raise SourceError(source, f"there is no such sample; expected one of {names}") from None


def open_options(*, keep_raw: bool = False, config: Config | None = None) -> OpenOptions:
    """How to open, with what the configuration says of nodes and of where recordings are."""
    config = config or load_config()
    return OpenOptions(keep_raw=keep_raw, nodes=config.nodes, recordings=config.recordings.folder)


def collect_seldom() -> None:
    """Collect garbage less often, and never look at what the imports made."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


@contextmanager
def opened(names: Sequence[str], options: OpenOptions) -> Iterator[Recording]:
    """The recording, complete, with a note on standard error when some of it could not be read."""
    collect_seldom()
    recording = open_recording(source_paths(names), options=options)
    try:
        note_what_was_skipped(recording)
        yield recording
    finally:
        recording.close()


def note_what_was_skipped(recording: Recording) -> None:
    """Say on standard error how much could not be read, and where (the status stays 0)."""
    bad_lines = recording.report.bad_lines
    if bad_lines:
        click.echo(f"connectome: {visible(recording.name)}: {_what_was_skipped(bad_lines)}", err=True)


def _what_was_skipped(bad_lines: Sequence[BadLine]) -> str:
    count = len(bad_lines)
    what = "1 line could not be read" if count == 1 else f"{count} lines could not be read"
    places = ", ".join(str(bad.line) for bad in bad_lines[:NAMED_LINES])
    more = f" and {count - NAMED_LINES} more" if count > NAMED_LINES else ""
    return f"{what}: {places}{more} (line {bad_lines[0].line}: {visible(bad_lines[0].reason)})"


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
