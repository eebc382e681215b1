"""Spans that were acknowledged and not yet events when the program was killed: they become events when it is opened."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectome_tui.clock import ManualClock
from connectome_tui.events.flow import SourceError
from connectome_tui.receiver.decoding import ENCODINGS, SPANS, BodyDecoder, TooManyError
from connectome_tui.receiver.options import ReceiverLimits
from connectome_tui.recordings.failures import RecordingError
from connectome_tui.recordings.keeper import RawBatch
from connectome_tui.recordings.writer import RecordingWriter
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.piece_file import UnreadableError
from connectome_tui.traces.settle import Settler
from connectome_tui.traces.span import Span

_SECONDS: Final = 60.0


def settle_left_over(path: Path, overrides: Sequence[NodeOverride] = ()) -> None:
    """Record what a receiver that was killed had kept (SPAN-9).

    What cannot be done, on a full disk or in a folder that is read only, is left for the next time.
    """
    with suppress(SourceError, RecordingError, OSError):
        clock = ManualClock()
        writer = RecordingWriter.resume(path, clock=clock)
        try:
            _settle(writer, clock, overrides)
        finally:
            writer.close()


def _settle(writer: RecordingWriter, clock: ManualClock, overrides: Sequence[NodeOverride]) -> None:
    settler = Settler(overrides=overrides)
    decoder = BodyDecoder(ReceiverLimits())
    shown: dict[str, set[str]] = {}
    numbers: list[int] = []
    for batch in writer.pending():
        # It ended when it was last heard of, not when it is opened.
        clock.advance(max(0.0, batch.received_at_ms - clock.now_ms()))
        # What cannot be read now could be read when it was acknowledged: it stays for a program that can.
        with suppress(UnreadableError, TooManyError):
            spans = _spans(batch, decoder)
            for trace in {span.trace_id for span in spans} - shown.keys():
                shown[trace] = writer.recorded_ids(trace)
            settler.add([span for span in spans if span.key not in shown[span.trace_id]], 0.0)
            numbers.append(batch.number)
    settled = settler.flush()
    writer.append(settled.events, settled.details, nodes=settled.nodes, settles=numbers).result(_SECONDS)


def _spans(batch: RawBatch, decoder: BodyDecoder) -> Sequence[Span]:
    encoding = next((known for known in ENCODINGS if known == batch.content_type), ENCODINGS[0])
    return decoder.decode(encoding, SPANS, batch.body).spans
