"""The one table of commands: it makes the key bindings, the footer, the palette, the help and `docs/keys.md`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from connectome_tui.store.state import State

Group = Literal["Step", "Find", "Look", "Take", "Other"]


def always(_state: State) -> bool:
    """For commands that are possible at any time."""
    return True


def stepping(state: State) -> bool:
    """Whether Next does something: in the stepper before the end, or while looking back."""
    return state.mode == "stepper" and (not state.ended or state.inspection_index is not None)


def released(state: State) -> bool:
    """Whether there is anything to look back at, search or copy."""
    return len(state.ledger) > 0


def looking_back(state: State) -> bool:
    """Whether an earlier entry is looked at (ENGINE-8)."""
    return state.inspection_index is not None


def realtime(state: State) -> bool:
    """Whether the engine plays by itself."""
    return state.mode == "realtime"


def searching(state: State) -> bool:
    """Whether a search has hits to go to."""
    return state.view.search is not None


def escapable(state: State) -> bool:
    """Whether Escape has something to close or drop."""
    return escape_word(state) != ""


def escape_word(state: State) -> str:
    """What Escape does now: it closes the newest thing first."""
    view = state.view
    if view.selection is not None:
        return "close"
    if view.search is not None:
        return "no search"
    return "no filter" if view.log_filter is not None else ""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the user can ask for.

    `id` is the stable name for remapping. `keys` are the keys as they are typed (`n`, `?`, `space`,
    `ctrl+p`). `action` names the method of the main screen, without its `action_`. `word` is the
    footer's, `rank` its importance there: the lowest leave first, 0 never shows.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    word: str
    description: str
    group: Group
    rank: int = 0
    when: Callable[[State], bool] = always


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "step.next",
        ("space", "enter", "n"),
        "next_step",
        "next",
        "Release the next event; 10n releases ten",
        "Step",
        95,
        stepping,
    ),
    Command("step.back", ("N",), "back", "back", "Look one event back", "Step", 85, released),
    Command("step.head", ("G",), "head", "to the head", "Return to the newest event", "Step", 80, looking_back),
    Command("step.restart", ("r",), "restart", "restart", "Start the flow again", "Step", 70),
    Command("step.pause", ("p",), "pause", "pause", "Pause or resume realtime", "Step", 90, realtime),
    Command("step.mode", ("m",), "mode", "mode", "Switch between stepper and realtime", "Step", 25),
    Command("step.slower", ("<",), "slower", "speed", "Slower", "Step", 30),
    Command("step.faster", (">",), "faster", "speed", "Faster", "Step", 30),
    Command("find.search", ("/",), "search", "search", "Search events; --all searches ahead too", "Find", 60),
    Command("find.next_hit", (".",), "next_hit", "next hit", "Go to the next hit", "Find", 62, searching),
    Command("find.previous_hit", (",",), "previous_hit", "previous hit", "Go to the hit before", "Find", 0, searching),
    Command("find.filter", ("\\",), "filter", "filter", "Filter the log", "Find", 40),
    Command("find.next_error", ("e",), "next_error", "error", "Go to the next error", "Find", 55, released),
    Command("find.previous_error", ("E",), "previous_error", "", "Go to the error before", "Find", 0, released),
    Command("look.next_pane", ("tab",), "next_pane", "pane", "Focus the next pane", "Look", 20),
    Command("look.previous_pane", ("shift+tab",), "previous_pane", "", "Focus the pane before", "Look"),
    Command("look.select_next", ("j",), "select_next", "", "Select the next row, or card", "Look"),
    Command("look.select_previous", ("k",), "select_previous", "", "Select the row, or card, before", "Look"),
    Command("look.select_first", ("g",), "select_first", "", "Select the first row, or card", "Look"),
    Command("look.up", ("up",), "up", "", "Pan or scroll up", "Look"),
    Command("look.down", ("down",), "down", "", "Pan or scroll down", "Look"),
    Command("look.left", ("left",), "left", "", "Pan left", "Look"),
    Command("look.right", ("right",), "right", "", "Pan right", "Look"),
    Command("look.page_up", ("pageup",), "page_up", "", "A page up", "Look"),
    Command("look.page_down", ("pagedown",), "page_down", "", "A page down", "Look"),
    Command("look.top", ("home",), "top", "", "To the top", "Look"),
    Command("look.bottom", ("end",), "bottom", "", "To the bottom, and follow", "Look"),
    Command("look.zoom_in", ("+", "="), "zoom_in", "", "More detail in the graph", "Look"),
    Command("look.zoom_out", ("-",), "zoom_out", "", "Less detail in the graph", "Look"),
    Command("look.fit", ("f",), "fit", "fit", "Fit the graph into its pane", "Look", 35),
    Command("look.pin", ("i",), "pin", "pin", "Pin the focus, or let it follow", "Look", 50, realtime),
    Command("look.time_order", ("T",), "time_order", "", "Log in order of time, or of cause", "Look"),
    Command("look.flows", ("o",), "flows", "flows", "Choose another flow", "Look", 33),
    Command("take.event", ("y",), "copy_event", "copy", "Copy the event as JSON", "Take", 45, released),
    Command("take.log", ("Y",), "copy_log", "copy log", "Copy the log as JSON lines", "Take", 15, released),
    Command("take.event_text", ("w",), "copy_event_text", "", "Copy the event as text", "Take", 0, released),
    Command("take.log_text", ("W",), "copy_log_text", "", "Copy the log as text", "Take", 0, released),
    Command("other.escape", ("escape",), "escape", "close", "Stop, close or drop the newest thing", "Other", 65, escapable),
    Command("other.commands", (":", "ctrl+p"), "commands", "commands", "All commands, by name", "Other", 10),
    Command("other.theme", ("L",), "theme", "", "Light or dark", "Other"),
    Command("other.suspend", ("ctrl+z",), "suspend", "", "Back to the shell; fg returns", "Other"),
    Command("other.help", ("?",), "help", "help", "Keys, and how to read the picture", "Other", 100),
    Command("other.quit", ("q", "ctrl+c", "ctrl+q"), "quit", "quit", "Quit", "Other", 92),
)

COMMAND_BY_ID: Final = {command.id: command for command in COMMANDS}
GROUPS: Final[tuple[Group, ...]] = ("Step", "Find", "Look", "Take", "Other")

RESERVED_KEYS: Final = frozenset("cCbtuU")
"""Kept for the debugger; nothing is bound to them."""
