"""The detail of who is here (CLIENT-1, SERVER-2): each window of the session, then those of other sessions."""

import shlex

from connectome_tui.events.numbers import counted
from connectome_tui.widgets.detail_document import DetailDocument, DetailWriter
from connectome_tui.widgets.glyphs import Glyphs
from connectome_tui.widgets.painting import Run
from connectome_tui.widgets.standing import Present, Standing
from connectome_tui.widgets.times import clock_text

_ORIGINS = {"user": "", "script": "script", "agent": "agent", "server": "server"}


def presence_document(standing: Standing, writer: DetailWriter, glyphs: Glyphs) -> DetailDocument:
    """Who is here, by name; what each may do, since when, and from which program."""
    here = [present for present in standing.here if present.session == standing.session]
    elsewhere = [present for present in standing.here if present.session != standing.session]
    writer.gap()
    if not standing.is_shared:
        writer.line(Run("Nobody else can see this session.", "text.muted"))
        return writer.document("Detail")
    for present in here:
        _write_present(writer, present)
    if elsewhere:
        writer.heading("Elsewhere", len(elsewhere))
        for present in elsewhere:
            _write_present(writer, present)
    writer.heading("Session")
    writer.text_pair("name", standing.session or "none")
    writer.text_pair("address", standing.address)
    if standing.address:
        writer.text_pair("to join", f"connectome attach {shlex.quote(standing.address)}", "text.muted")
    if standing.is_stale:
        writer.pair("", Run("as it was when the connection was lost", "text.muted"))
    return writer.document(f"Detail {glyphs.dot} {counted(len(here), 'window')} here")


def _write_present(writer: DetailWriter, present: Present) -> None:
    marks = [word for word in ("you" if present.is_self else "", present.role, _ORIGINS[present.origin]) if word]
    shown = [word for word in marks if word != "full"]
    writer.line(Run(present.name, "text.strong", "b"), Run("".join(f"   {word}" for word in shown), "text.muted"))
    since = f"since {clock_text(present.since_ms)}" if present.since_ms else ""
    where = f"in {present.session}" if present.session else "no session yet"
    told = "   ".join(text for text in (since, where, present.client) if text)
    writer.line(Run("  "), Run(told, "text.muted"))
