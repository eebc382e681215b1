"""`connectome audit`: who changed what in a session that was served here (SERVER-6)."""

import json
from dataclasses import asdict

from connectome_tui.commands.output import open_output
from connectome_tui.events.visible import visible
from connectome_tui.server.audit import read_audit
from connectome_tui.server.keeping import AuditLine
from connectome_tui.store.text_lines import time_text


def run(session: str, *, as_json: bool) -> None:
    """Print the audit log of a session, oldest first."""
    lines = read_audit(session)
    with open_output(None) as output:
        for line in lines:
            text = json.dumps(asdict(line), ensure_ascii=True, default=str) if as_json else _text(line)
            output.write(f"{text}\n".encode("utf-8", "replace"))


def _text(line: AuditLine) -> str:
    """`[time] [revision] actor (origin) key: old → new`."""
    who = f"{line.actor.name} ({line.actor.origin})"
    what = line.key if line.old is None else f"{line.key}: {_value(line.old)}"
    return visible(f"[{time_text(line.at_ms)}] [{line.revision}] {who} {what} → {_value(line.new)}")


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
