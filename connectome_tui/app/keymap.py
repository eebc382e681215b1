"""Which key runs which command: the table's keys, with those that the user's configuration names in their place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connectome_tui.app.commands import COMMAND_BY_ID, COMMANDS, RESERVED_KEYS, Command
from connectome_tui.config import KeyRemap
from connectome_tui.events.flow import SourceError

NAMED_KEYS: Final = frozenset(
    [
        "space",
        "enter",
        "escape",
        "tab",
        "shift+tab",
        "backspace",
        "delete",
        "insert",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
    ]
)
_MODIFIED: Final = re.compile(
    r"(?:ctrl|alt)\+[a-z]|f\d{1,2}|(?:ctrl|shift|alt)\+(?:up|down|left|right|pageup|pagedown|home|end)"
)
_SAME_AS_OTHERS: Final = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+j": "enter", "ctrl+m": "enter"}


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force. `command_of` is looked up at each key press."""

    keys_of: Mapping[str, tuple[str, ...]]
    command_of: Mapping[str, Command]

    def first_key(self, command_id: str) -> str:
        """The key to name for a command, as it is shown; empty when it has none."""
        keys = self.keys_of[command_id]
        return shown_key(keys[0]) if keys else ""


def build_keymap(remaps: Mapping[str, KeyRemap] | None = None, *, path: str = "the configuration") -> Keymap:
    """The table's keys with `remaps` in place of some.

    Raises `SourceError`, with `path` and the line, for an id that is not in the table, a key that does
    not exist, a digit (those are counts), and a key that two commands would have. A key that a remap
    takes away from a command that was not remapped is a clash as well.
    """
    remaps = remaps or {}
    for command_id, remap in remaps.items():
        _check_remap(command_id, remap, path)
    keys_of: dict[str, tuple[str, ...]] = {}
    command_of: dict[str, Command] = {}
    for command in _remapped_last(remaps):
        remap = remaps.get(command.id, KeyRemap(command.keys, 0))
        keys_of[command.id] = remap.keys
        for key in remap.keys:
            if key in command_of and command_of[key] is not command:
                raise SourceError(
                    path,
                    f"the key {key!r} of {command.id} is the key of {command_of[key].id}, too; give one another",
                    _place(remap.line),
                )
            command_of[key] = command
    return Keymap(MappingProxyType(keys_of), MappingProxyType(command_of))


def key_of_event(key: str, character: str | None) -> str:
    """The name under which a key press is looked up: a printable character is its own name."""
    if character is not None and character.isprintable() and character != " " and len(character) == 1:
        return character
    return _SAME_AS_OTHERS.get(key, key)


def shown_key(key: str) -> str:
    """A key as footer and help name it."""
    return {"escape": "esc", "pageup": "page up", "pagedown": "page down"}.get(key, key)


def _remapped_last(remaps: Mapping[str, KeyRemap]) -> Iterable[Command]:
    """All commands, those that were remapped last, so that a clash is told at the line that makes it."""
    return sorted(COMMANDS, key=lambda command: command.id in remaps)


def _check_remap(command_id: str, remap: KeyRemap, path: str) -> None:
    if command_id not in COMMAND_BY_ID:
        expected = f"there is no command {command_id!r}; docs/keys.md lists their ids"
        raise SourceError(path, expected, _place(remap.line))
    for key in remap.keys:
        problem = _problem_with(key)
        if problem:
            raise SourceError(path, f"{command_id}: {problem}", _place(remap.line))


def _problem_with(key: str) -> str:
    """Why a key cannot be used, or nothing."""
    if key in _SAME_AS_OTHERS:
        return f"terminals send {key!r} as {_SAME_AS_OTHERS[key]!r}; use that name, or another key"
    if key.isdigit() and len(key) == 1:
        return f"the key {key!r} is part of a count (10n)"
    if key in RESERVED_KEYS:
        return f"the key {key!r} is kept for the debugger"
    is_character = len(key) == 1 and key.isprintable() and key != " "
    if is_character or key in NAMED_KEYS or _MODIFIED.fullmatch(key):
        return ""
    return f"there is no key {key!r}; expected a character, a name such as space or pageup, or ctrl+p"


def _place(line: int) -> str:
    return f"line {line}" if line else ""
