"""`connectome diagnostics`: what the windows of this user noted of their connections (CLIENT-8)."""

import json
import time
from collections.abc import Sequence
from typing import IO, Final

import msgspec

from connectome_tui.client.diagnostics import DiagnosticsEntry, DiagnosticsError, diagnostics_path, read_diagnostics
from connectome_tui.commands.output import open_output
from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.store.text_lines import time_text

FOLLOW_SECONDS: Final = 0.25


def run(*, as_json: bool, follow: bool) -> None:
    """Print what is kept, oldest first; with `follow` what comes, until Ctrl+C."""
    with open_output(None) as output:
        newest = _print(_read(0), output, as_json=as_json)
        while follow:
            time.sleep(FOLLOW_SECONDS)
            newest = _print(_read(newest), output, as_json=as_json) or newest


def _read(after_id: int) -> Sequence[DiagnosticsEntry]:
    path = diagnostics_path()
    try:
        return read_diagnostics(path, after_id=after_id)
    except DiagnosticsError as problem:
        raise SourceError(str(path), str(problem).removeprefix(f"{path}: ")) from None


def _print(entries: Sequence[DiagnosticsEntry], output: IO[bytes], *, as_json: bool) -> int:
    """The id of the newest, 0 when there is none."""
    for entry in entries:
        text = json.dumps(msgspec.to_builtins(entry)) if as_json else _text(entry)
        output.write(f"{text}\n".encode("utf-8", "replace"))
    if entries:
        output.flush()
    return entries[-1].id if entries else 0


def _text(entry: DiagnosticsEntry) -> str:
    """`[time] type event (source) key=value …`."""
    values = " ".join(f"{key}={_value(value)}" for key, value in entry.payload.items() if value != "")
    line = f"[{time_text(entry.timestamp)}] {entry.type} {entry.event} ({entry.source}) {values}"
    return visible(line.rstrip())


def _value(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value, ensure_ascii=False)
