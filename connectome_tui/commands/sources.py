"""Sources as they are named on the command line: files, `-` for standard input, `sample:NAME`."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

from connectome_tui.config import Config, load_config
from connectome_tui.events.flow import BadLine, Recording
from connectome_tui.events.visible import visible
from connectome_tui.sources.named import source_paths
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions

NAMED_LINES: Final = 5
GC_THRESHOLDS: Final = (20_000, 20, 20)
"""With the usual ones a third of the time that a large trace takes goes into looking for garbage among its spans. A
step leaves some 30 objects that only a collection frees: that is a few ms of it in a thousand steps."""


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
