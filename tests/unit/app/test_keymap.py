"""The table of commands, and the keys of the user's configuration in place of its own."""

import re

import pytest

from connectome_tui.app.actions.find import FindActions
from connectome_tui.app.actions.look import LookActions
from connectome_tui.app.actions.other import OtherActions
from connectome_tui.app.actions.steps import StepActions
from connectome_tui.app.actions.take import TakeActions
from connectome_tui.app.commands import COMMANDS, GROUPS, HELP, RESERVED_KEYS
from connectome_tui.app.key_hints import hints_now
from connectome_tui.app.keymap import build_keymap, key_of_event
from connectome_tui.config import KeyRemap
from connectome_tui.events.flow import SourceError
from connectome_tui.store.state import State, ViewState
from connectome_tui.widgets.standing import Connection, Standing

ACTIONS = (StepActions, LookActions, FindActions, TakeActions, OtherActions)


def test_each_command_has_one_action() -> None:
    """Every row of the table names a method of exactly one class of actions."""
    for command in COMMANDS:
        owners = [kind for kind in ACTIONS if hasattr(kind, command.action)]
        assert len(owners) == 1, command.id


def test_ids_are_unique_and_no_key_is_anothers() -> None:
    """No two commands share an id or a key, and the debugger's keys are free."""
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    keymap = build_keymap()
    assert sum(len(command.keys) for command in COMMANDS) == len(keymap.command_of)
    assert RESERVED_KEYS.isdisjoint(keymap.command_of)


def test_no_command_needs_a_key_that_terminals_lack() -> None:
    """Nothing is reached only by an F-key or by Ctrl+H, J or M."""
    for command in COMMANDS:
        assert any(not re.fullmatch(r"f\d+|ctrl\+[hjm]", key) for key in command.keys), command.id


def test_the_help_names_known_commands() -> None:
    """Each row of the help stands for commands of the table, in every group."""
    assert set(HELP) == set(GROUPS)
    ids = {command.id for command in COMMANDS}
    named = [command_id for rows in HELP.values() for _, command_ids in rows for command_id in command_ids]
    assert set(named) <= ids
    assert len(named) == len(set(named))


def test_no_row_of_the_help_is_cut_in_the_least_terminal() -> None:
    """What a row says fits into its column where both columns stand beside each other at 80 columns."""
    for rows in HELP.values():
        for brief, _ in rows:
            assert len(brief) <= 22, brief


def test_a_remap_takes_the_place_of_the_tables_keys() -> None:
    """The keys of the configuration hold, the table's own for that command no more."""
    keymap = build_keymap({"step.next": KeyRemap(("x", "f5"), 3)})
    assert keymap.command_of["x"].id == "step.next"
    assert "space" not in keymap.command_of
    assert keymap.first_key("step.next") == "x"


@pytest.mark.parametrize(
    ("remaps", "message"),
    [
        ({"step.forward": KeyRemap(("x",), 4)}, r"config.toml, line 4: there is no command 'step.forward'"),
        ({"step.next": KeyRemap(("q",), 7)}, r"line 7: the key 'q' of step.next is the key of other.quit, too"),
        ({"look.fit": KeyRemap(("5",), 2)}, r"line 2: look.fit: the key '5' is part of a count"),
        ({"look.fit": KeyRemap(("b",), 2)}, r"line 2: look.fit: the key 'b' is kept for the debugger"),
        ({"look.fit": KeyRemap(("ctrl+j",), 2)}, r"terminals send 'ctrl\+j' as 'enter'"),
        ({"look.fit": KeyRemap(("spacebar",), 2)}, r"there is no key 'spacebar'"),
        (
            {"step.next": KeyRemap(("x",), 1), "step.back": KeyRemap(("x",), 2)},
            r"line 2: the key 'x' of step.back is the key of step.next, too",
        ),
    ],
)
def test_what_is_wrong_with_a_remap_is_told_with_its_line(remaps: dict[str, KeyRemap], message: str) -> None:
    """Unknown ids and keys, digits, kept keys and clashes are errors that name the line."""
    with pytest.raises(SourceError, match=message):
        build_keymap(remaps, path="config.toml")


def test_two_commands_may_change_places() -> None:
    """Keys that two remaps exchange are no clash."""
    keymap = build_keymap({"look.fit": KeyRemap(("o",), 1), "look.flows": KeyRemap(("f",), 2)})
    assert keymap.command_of["o"].id == "look.fit"


@pytest.mark.parametrize(
    ("key", "character", "name"),
    [("upper_n", "N", "N"), ("space", " ", "space"), ("enter", "\r", "enter"), ("ctrl+j", "\n", "enter")],
)
def test_a_key_press_is_looked_up_by_its_character(key: str, character: str, name: str) -> None:
    """Printable keys are their own names; keys that terminals cannot tell apart have one name."""
    assert key_of_event(key, character) == name


def test_the_footer_names_only_what_works() -> None:
    """In realtime p leads and Space is gone; the words follow what the key does now."""
    keymap = build_keymap()
    realtime = hints_now(State(mode="realtime", local_pause=True), keymap)
    assert (realtime[0].key, realtime[0].word) == ("p", "resume")
    assert "space" not in {hint.key for hint in realtime}
    at_end = hints_now(State(ended=True), keymap)
    assert (at_end[0].key, at_end[0].word) == ("r", "restart")
    assert ("< >", "speed") in {(hint.key, hint.word) for hint in at_end}


def test_the_footer_names_remapped_keys() -> None:
    """The footer says the key that the user chose."""
    hints = hints_now(State(view=ViewState()), build_keymap({"step.next": KeyRemap(("x",), 1)}))
    assert hints[0].key == "x"


@pytest.mark.parametrize("connection", ["connecting", "reconnecting", "ended"])
def test_a_window_without_a_server_offers_to_connect_and_no_step(connection: Connection) -> None:
    """What it cannot do is not in the footer, whether or not it ever saw its session (SCREENS "Footer")."""
    words = [hint.word for hint in hints_now(State(), build_keymap({}), Standing(connection))]
    assert words[0] == "retry now"
    assert {"next", "restart", "speed", "mode"}.isdisjoint(words)
