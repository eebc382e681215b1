"""The keys that the footer names: only what works now, what is most wanted first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from connectome_tui.app.commands import COMMANDS, Command, cut_off, escape_word
from connectome_tui.app.keymap import Keymap, shown_key
from connectome_tui.store.state import State
from connectome_tui.widgets.footer import KeyHint
from connectome_tui.widgets.standing import ALONE, Standing

_LEADING_LOOKING_BACK: Final = ("step.next", "step.back", "step.head")
_LEADING_AT_END: Final = ("step.restart",)
_LEADING_REALTIME: Final = ("step.pause",)
_LEADING_CUT_OFF: Final = ("other.retry",)
_LEADING_STALE: Final = ("other.retry", "step.next", "step.back")


def hints_now(state: State, keymap: Keymap, standing: Standing = ALONE) -> Sequence[KeyHint]:
    """What the footer names in this state; commands that stand beside each other with one word share a hint."""
    possible = [command for command in COMMANDS if command.rank and command.is_possible(state, standing)]
    if standing.is_cut_off:
        possible = [command for command in possible if command.shared is None]
    leading = _leading(state, standing)
    possible.sort(key=lambda command: leading.index(command.id) if command.id in leading else len(leading))
    hints: list[KeyHint] = []
    for command in possible:
        keys = keymap.keys_of[command.id]
        if not keys:
            continue
        hint = KeyHint(_key_to_name(command, keys, state), _word_now(command, state, standing), command.rank)
        if hints and hints[-1].word == hint.word:
            hints[-1] = replace(hints[-1], key=f"{hints[-1].key} {hint.key}")
        else:
            hints.append(hint)
    return hints


def _leading(state: State, standing: Standing) -> tuple[str, ...]:
    if standing.is_cut_off:
        return _LEADING_STALE
    if state.inspection_index is not None:
        return _LEADING_LOOKING_BACK
    if cut_off(state):
        return _LEADING_CUT_OFF
    if state.mode == "realtime":
        return _LEADING_REALTIME
    return _LEADING_AT_END if state.ended else ()


def _key_to_name(command: Command, keys: Sequence[str], state: State) -> str:
    """The first key; `n` beside `N` while looking back, where both are wanted."""
    if command.id == "step.next" and state.inspection_index is not None and "n" in keys:
        return "n"
    return shown_key(keys[0])


def _word_now(command: Command, state: State, standing: Standing) -> str:
    """The word of a command, where it means something else in this state."""
    if command.id == "other.escape":
        return escape_word(state)
    if command.id == "step.next" and state.inspection_index is not None:
        return "forward"
    if command.id == "step.pause" and state.local_pause:
        return "resume"
    if command.id == "look.pin" and state.pinned:
        return "unpin"
    if command.id == "look.detach" and standing.is_detached:
        return "shared view"
    if command.id == "look.flows" and standing.is_shared:
        return "flows" if standing.has_flows else "sessions"
    return command.word
