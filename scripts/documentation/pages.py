"""The pages that are made from the program, as text."""

from collections.abc import Callable, Mapping
from typing import Final

from connectome_tui.app.commands import COMMANDS, GROUPS, RESERVED_KEYS, Command
from connectome_tui.app.keymap import shown_key

_KEYS_BEFORE: Final = """\
# Keys

<!-- Made by scripts/docs from the command table (connectome_tui/app/commands.py). -->

Every key can be changed in the [configuration](configuration.md#keys) by the id of its command. A
number typed before a key repeats it: `10n` releases ten events, one at a time, and Escape stops it.
"""

_KEYS_AFTER: Final = """\
In the log, Enter selects the row in hand; in the graph it selects the card or edge. A click does
both and focuses the pane, the wheel scrolls the log and pans the graph, dragging pans.

Kept for the debugger and bound to nothing yet: {reserved}.
"""


def keys_page() -> str:
    """`docs/keys.md`."""
    groups = [_group(group, [command for command in COMMANDS if command.group == group]) for group in GROUPS]
    reserved = ", ".join(f"`{key}`" for key in sorted(RESERVED_KEYS, key=lambda key: (key.lower(), key)))
    return "\n".join([_KEYS_BEFORE, *groups, _KEYS_AFTER.format(reserved=reserved)])


def _group(name: str, commands: list[Command]) -> str:
    rows = (f"| {_shown(command)} | {command.description} | `{command.id}` |" for command in commands)
    return "\n".join([f"## {name}", "", "| keys | what they do | id |", "|---|---|---|", *rows, ""])


def _shown(command: Command) -> str:
    return " ".join(f"`{shown_key(key)}`" for key in command.keys)


PAGES: Final[Mapping[str, Callable[[], str]]] = {"docs/keys.md": keys_page}
"""Path in the repository → what makes it."""
