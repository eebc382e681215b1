"""What `connectome screenshot` draws."""

from pathlib import Path

import msgspec

from connectome_tui.app.opening import INLINE_EVENTS_OF_ONE
from connectome_tui.app.picture import take_picture
from connectome_tui.events.flow import no_progress
from connectome_tui.sources.open import open_recording


def test_a_flow_that_is_put_together_beside_the_screen_is_waited_for(tmp_path: Path) -> None:
    """The picture of a long trace shows its steps, not that it is being put in order."""
    spans = [
        {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": f"{number:016x}", "name": f"op {number}"}
        for number in range(1, INLINE_EVENTS_OF_ONE + 2)
    ]
    path = tmp_path / "long.otlp.json"
    path.write_bytes(msgspec.json.encode({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    recording = open_recording([str(path)], progress=no_progress)
    picture = take_picture(recording, recording.flows[0].id, steps=3, size=(120, 40), theme="dark")
    recording.close()
    text = "".join(run.text for row in picture.rows for run in row)
    assert f"Step 3 of {INLINE_EVENTS_OF_ONE + 1:,}".replace(",", " ") in text
