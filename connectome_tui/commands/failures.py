"""Which exceptions are no mistakes of the program, and the line that they become."""

from connectome_tui.commands.output import drop_standard_output
from connectome_tui.events.flow import Cancelled, SourceError
from connectome_tui.events.visible import visible


def expected_failure(error: Exception) -> str | None:
    """The line to print; empty to end quietly; None for a mistake in the program, which is to be seen."""
    if isinstance(error, SourceError):
        return visible(str(error))
    if isinstance(error, BrokenPipeError):
        drop_standard_output()  # the reader had enough (`| head`)
        return ""
    if isinstance(error, Cancelled):
        return ""
    return None
