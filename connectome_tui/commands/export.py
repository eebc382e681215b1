"""`connectome export`: the log of a recording, every step released through the engine and the store."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from connectome_tui.commands.output import open_output
from connectome_tui.commands.sources import open_options, opened
from connectome_tui.events.flow import SourceError
from connectome_tui.session import export_recording
from connectome_tui.sources.named import chosen_flow
from connectome_tui.store.export import Passes
from connectome_tui.store.ledger import Ledger

BUFFER_BYTES: Final = 1 << 16


def run(
    sources: Sequence[str],
    *,
    form: Literal["jsonl", "text"],
    flow: str | None,
    output: str | None,
    filter_text: str | None,
    attributes: bool,
    raw: bool,
) -> None:
    """Release everything and write it, without holding the lines."""
    passing = _filter_of(filter_text)
    with opened(sources, open_options(keep_raw=raw)) as recording:
        lines = export_recording(
            recording, chosen_flow(recording, flow), form, attributes=attributes, raw=raw, passing=passing
        )
        with open_output(output) as stream:
            for block in _blocks(lines):
                stream.write(block)


def _blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines in blocks: standard output may be unbuffered, and a write for each line is dear."""
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= BUFFER_BYTES:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _filter_of(text: str | None) -> Passes | None:
    """The filter as the export takes it; `SourceError` for one that cannot be read."""
    if text is None:
        return None
    from connectome_tui.find.bounded import ExpressionTooSlowError
    from connectome_tui.find.filters import parse_filter
    from connectome_tui.find.query import QueryError

    try:
        log_filter = parse_filter(text)
    except QueryError as error:
        raise SourceError("--filter", str(error)) from None

    def passes(ledger: Ledger, index: int) -> bool:
        topology = ledger.session_at(index).topology
        try:
            return log_filter.passes(ledger[index].event, lambda: ledger.detail(index), topology)
        except ExpressionTooSlowError:
            raise SourceError("--filter", "this expression takes too long on these events") from None

    return passes
