"""The one table of commands: it makes the key bindings, the footer, the palette, the help and `docs/keys.md`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from connectome_tui.store.selectors import is_cut_off, select_live_sources
from connectome_tui.store.state import State
from connectome_tui.widgets.standing import ALONE, Standing

Group = Literal["Step", "Find", "Look", "Take", "Other"]


def always(_state: State) -> bool:
    """For commands that are possible at any time."""
    return True


def never(_state: State) -> bool:
    """For commands that need a shared session."""
    return False


def stepping(state: State) -> bool:
    """Whether Next does something: in the stepper before the end, or while looking back."""
    return state.inspection_index is not None or (state.mode == "stepper" and not state.ended)


def released(state: State) -> bool:
    """Whether there is anything to look back at, search or copy."""
    return len(state.ledger) > 0


def looking_back(state: State) -> bool:
    """Whether an earlier entry is looked at (ENGINE-8)."""
    return state.inspection_index is not None


def realtime(state: State) -> bool:
    """Whether the engine plays by itself."""
    return state.mode == "realtime"


def recorded(state: State) -> bool:
    """Whether what is stepped is a recording: it has flows, and a speed."""
    return state.live is None


def live(state: State) -> bool:
    """Whether live sources are followed."""
    return state.live is not None


def cut_off(state: State) -> bool:
    """Whether a live source waits to connect again."""
    return any(is_cut_off(source) for source in select_live_sources(state))


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
        return "close" if view.detail_open else "no selection"
    if view.search is not None:
        return "no search"
    return "no filter" if view.log_filter is not None else ""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the user can ask for.

    `id` is the stable name for remapping. `keys` are the keys as they are typed (`n`, `?`, `space`,
    `ctrl+p`). `action` names the method of the action classes. `description` is for the palette and
    the list of keys. `word` is the footer's, `rank` its importance there: the lowest leave first, 0
    never shows. `when` is for a program on its own; `shared` says when it is possible in a window on a
    shared session, None: as otherwise. `acts`: for what changes the session, which a window that may
    only look, or has lost its connection, cannot.
    """

    id: str
    keys: tuple[str, ...]
    description: str
    group: Group
    action: str
    word: str = ""
    rank: int = 0
    when: Callable[[State], bool] = always
    shared: Callable[[State], bool] | None = None
    acts: bool = False

    def is_possible(self, state: State, standing: Standing = ALONE) -> bool:
        """Whether it does something now."""
        if self.acts and (standing.is_cut_off or standing.is_read_only):
            is_looking = state.inspection_index is not None and (standing.is_cut_off or standing.is_detached)
            return is_looking and self.id == "step.next"
        if standing.is_shared and self.id == "other.retry":
            return standing.connection != "connected"
        when = self.when if self.shared is None or not standing.is_shared else self.shared
        return when(state)


GROUPS: Final[tuple[Group, ...]] = ("Step", "Find", "Look", "Take", "Other")


def _command(command_id: str, keys: str, description: str, **details: Any) -> Command:
    """A row of the table: the id begins with the group and ends with the action, unless that is named."""
    group, _, action = command_id.partition(".")
    details.setdefault("action", action)
    by_name: Mapping[str, Group] = {name.lower(): name for name in GROUPS}
    details.setdefault("acts", group == "step")
    return Command(command_id, tuple(keys.split()), description, by_name[group], **details)


# In the order of the footer.
COMMANDS: Final[tuple[Command, ...]] = (
    _command(
        "step.next",
        "space enter n",
        "Release the next event; 10n releases ten",
        action="next_step",
        word="next",
        rank=95,
        when=stepping,
    ),
    _command("step.pause", "p", "Pause or resume realtime", word="pause", rank=96, when=realtime),
    _command("other.retry", "ctrl+r", "Connect again now", word="retry now", rank=94, when=cut_off),
    _command("step.back", "N", "Look back", word="back", rank=85, when=released, acts=False),
    _command(
        "step.head", "G", "Return to the newest event", word="to the head", rank=80, when=looking_back, acts=False
    ),
    _command("step.restart", "r", "Start the flow again", word="restart", rank=62),
    _command("look.pin", "i", "Pin the focus in realtime", word="pin", rank=50, when=realtime, acts=True),
    _command("other.escape", "escape", "Stop, close or drop the newest thing", word="close", rank=88, when=escapable),
    _command("find.next_error", "e", "Go to the next error", word="error", rank=55, when=released),
    _command("find.search", "/", "Search the events", word="search", rank=75),
    _command("find.next_hit", ".", "Go to the next hit", word="hits", rank=80, when=searching),
    _command("find.previous_hit", ",", "Go to the hit before", word="hits", rank=80, when=searching),
    _command("find.filter", "\\", "Filter the log", word="filter", rank=40),
    _command("step.slower", "<", "Slower", word="speed", rank=30, when=recorded),
    _command("step.faster", ">", "Faster", word="speed", rank=30, when=recorded),
    _command("take.copy_event", "y", "Copy the event as JSON", word="copy", rank=66, when=released),
    _command("take.copy_log", "Y", "Copy the log as JSON lines", word="copy log", rank=15, when=released),
    _command("look.fit", "f", "Fit the graph into its pane", word="fit", rank=35),
    _command("step.mode", "m", "Stepper or realtime", word="mode", rank=22),
    _command("look.next_pane", "tab", "Focus the next pane", word="pane", rank=20),
    _command("look.previous_pane", "shift+tab", "Focus the pane before"),
    _command("look.select_next", "j", "Select the next row or card"),
    _command("look.select_previous", "k", "Select the row or card before"),
    _command("look.select_first", "g", "Select the first row or card"),
    _command("look.up", "up", "Pan the graph up, or scroll"),
    _command("look.down", "down", "Pan the graph down, or scroll"),
    _command("look.left", "left", "Pan the graph left"),
    _command("look.right", "right", "Pan the graph right"),
    _command("look.zoom_in", "+ =", "More detail in the graph"),
    _command("look.zoom_out", "-", "Less detail in the graph"),
    _command("look.page_up", "pageup", "A page up"),
    _command("look.page_down", "pagedown", "A page down"),
    _command("look.top", "home", "To the top"),
    _command("look.bottom", "end", "To the bottom, and follow"),
    _command(
        "look.detach",
        "d",
        "Look on your own, or with the others again",
        word="own view",
        rank=32,
        when=never,
        shared=always,
    ),
    _command("look.who", "h", "Who is here", word="who", rank=24, when=never, shared=always),
    _command("look.sources", "s", "What live sources have counted", word="sources", rank=25, when=live),
    _command("look.time_order", "T", "Log in order of time, or of cause"),
    _command("look.flows", "o", "Choose another flow, or session", word="flows", rank=33, when=recorded, shared=always),
    _command("find.previous_error", "E", "Go to the error before", when=released),
    _command("take.copy_event_text", "w", "Copy the event as text", when=released),
    _command("take.copy_log_text", "W", "Copy the log as text", when=released),
    _command("other.diagnostics", "D", "What happened to the connection", when=never, shared=always),
    _command("other.theme", "L", "Light or dark"),
    _command("other.suspend", "ctrl+z", "Back to the shell; fg returns"),
    _command("other.commands", ": ctrl+p", "All commands, by name", word="commands", rank=10),
    _command("other.help", "?", "Keys, and how to read the picture", word="help", rank=100),
    _command("other.quit", "q ctrl+c ctrl+q", "Quit", word="quit", rank=92),
)

COMMAND_BY_ID: Final[Mapping[str, Command]] = {command.id: command for command in COMMANDS}

RESERVED_KEYS: Final = frozenset("cCbtuU")
"""Kept for the debugger; nothing is bound to them."""


HELP: Final[Mapping[Group, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "Step": (
        ("next event; 10n ten", ("step.next",)),
        ("look back, to the head", ("step.back", "step.head")),
        ("restart", ("step.restart",)),
        ("pause, resume, pin", ("step.pause", "look.pin")),
        ("mode, speed", ("step.mode", "step.slower", "step.faster")),
    ),
    "Find": (
        ("search, next, previous", ("find.search", "find.next_hit", "find.previous_hit")),
        ("filter the log", ("find.filter",)),
        ("next, previous error", ("find.next_error", "find.previous_error")),
    ),
    "Look": (
        ("next pane; flows", ("look.next_pane", "look.flows")),
        ("live: sources, retry", ("look.sources", "other.retry")),
        ("shared: own view, who", ("look.detach", "look.who")),
        ("select; enter opens", ("look.select_next", "look.select_previous", "look.select_first")),
        ("pan or scroll", ("look.up", "look.down", "look.left", "look.right")),
        ("zoom, fit", ("look.zoom_in", "look.zoom_out", "look.fit")),
        ("log in order of time", ("look.time_order",)),
    ),
    "Take": (
        ("copy event, log", ("take.copy_event", "take.copy_log")),
        ("the same as text", ("take.copy_event_text", "take.copy_log_text")),
    ),
    "Other": (
        ("stop, close, drop", ("other.escape",)),
        ("commands, help, quit", ("other.commands", "other.help", "other.quit")),
        ("what the link did", ("other.diagnostics",)),
        ("light or dark, suspend", ("other.theme", "other.suspend")),
    ),
}
"""The rows of the help, by group: what they say, and the commands whose keys they name."""
