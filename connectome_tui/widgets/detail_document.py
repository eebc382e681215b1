"""What the detail panel shows: lines of runs, and the places in them that can be followed or opened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from connectome_tui.events.numbers import grouped
from connectome_tui.widgets.detail_values import SHOWN_WHOLE, value_text, wrapped
from connectome_tui.widgets.painting import Run, elide, runs_width, width_of

LEFT: Final = 2
_CLOSED_ROWS: Final = 6
_LEAST_VALUE: Final = 8
_PAIR_KEY_WIDTH: Final = 10


@dataclass(frozen=True, slots=True)
class FollowEntry:
    """Go to the entry of this arrival index."""

    arrival_index: int


@dataclass(frozen=True, slots=True)
class OpenValue:
    """Show a long value whole, or close it again; `key` names it within its document."""

    key: str


Action = FollowEntry | OpenValue


@dataclass(frozen=True, slots=True)
class Target:
    """Cells of a line that do something."""

    line: int
    x: int
    width: int
    action: Action


@dataclass(frozen=True, slots=True)
class DetailDocument:
    """The lines below the rule, and its title."""

    title: str = "Detail"
    lines: Sequence[Sequence[Run]] = ()
    targets: Sequence[Target] = ()


@dataclass
class DetailWriter:
    """Writes a document `width` cells wide. `airy`: blank rows between groups. `opened`: values shown whole."""

    width: int
    airy: bool
    opened: frozenset[str] = frozenset()
    lines: list[Sequence[Run]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def line(self, *runs: Run) -> None:
        """A line of its own."""
        self.lines.append((Run(" " * LEFT), *runs))

    def gap(self) -> None:
        """A blank line, where there is room for such."""
        if self.airy:
            self.lines.append(())

    def heading(self, text: str, count: int | None = None) -> None:
        """The name of a group."""
        self.gap()
        counted = () if count is None else (Run(f"  {grouped(count)}", "text.muted"),)
        self.line(Run(text, "text.muted", "b"), *counted)

    def pair(self, key: str, *runs: Run, key_width: int = _PAIR_KEY_WIDTH) -> None:
        """A key and what belongs to it, on one line."""
        self.line(Run(_padded(key, key_width), "text.muted"), *runs)

    def text_pair(
        self, key: str, text: str, token: str = "text", *, key_width: int = _PAIR_KEY_WIDTH, name: str = ""
    ) -> None:
        """A key and a text that is wrapped behind it; more than six rows are elided until they are opened."""
        name = name or key
        room = max(_LEAST_VALUE, self.width - LEFT - key_width - 2)
        if name in self.opened:
            rows = list(wrapped(text[:SHOWN_WHOLE], room))
            rest = max(0, len(text) - SHOWN_WHOLE)
            told = f"… {grouped(rest)} more in its copy, enter closes" if rest else "enter closes"
        else:
            rows = list(islice(wrapped(text, room), _CLOSED_ROWS + 1))
            told = ""
            if len(rows) > _CLOSED_ROWS:
                rows = rows[: _CLOSED_ROWS - 1]
                told = f"… {grouped(len(text) - rows[-1][1])} more, enter opens"
        for number, (row, _) in enumerate(rows or [("", 0)]):
            self.pair("" if number else key, Run(row, token), key_width=key_width)
        if told:
            self.targets.append(Target(len(self.lines), LEFT + key_width, width_of(told), OpenValue(name)))
            self.pair("", Run(told, "text.muted"), key_width=key_width)

    def mapping(self, group: str, values: Mapping[str, Any]) -> None:
        """A group of keys and values; nothing when it is empty."""
        if not values:
            return
        self.heading(group, len(values))
        key_width = min(max(width_of(key) for key in values) + 2, self.width // 2)
        for key, value in values.items():
            self.text_pair(key, value_text(value), key_width=key_width, name=f"{group}.{key}")

    def steps(self, key: str, steps: Iterable[tuple[int, str]]) -> None:
        """Numbers of steps, each of which can be followed; wrapped."""
        runs: list[Run] = []
        first = True
        used = room = max(_LEAST_VALUE, self.width - LEFT - _PAIR_KEY_WIDTH - 2)
        for arrival_index, text in steps:
            if used + width_of(text) + 2 > room:
                if runs:
                    self.pair(key if first else "", *runs)
                    first = False
                runs, used = [], 0
            x = LEFT + _PAIR_KEY_WIDTH + used
            self.targets.append(Target(len(self.lines), x, width_of(text), FollowEntry(arrival_index)))
            runs += [Run(text), Run("  ")]
            used += width_of(text) + 2
        if runs:
            self.pair(key if first else "", *runs)

    def step_line(self, arrival_index: int, *runs: Run) -> None:
        """A line that can be followed as a whole."""
        width = min(runs_width(runs), self.width - LEFT - 2)
        self.targets.append(Target(len(self.lines), LEFT, width, FollowEntry(arrival_index)))
        self.line(*runs)

    def document(self, title: str) -> DetailDocument:
        """What was written."""
        return DetailDocument(title, tuple(self.lines), tuple(self.targets))


def _padded(key: str, width: int) -> str:
    shown = elide(key, width - 1)
    return shown + " " * (width - width_of(shown))
