"""The help as lines: the keys in groups from the command table, and how to read the picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectome_tui.app.commands import GROUPS, HELP
from connectome_tui.app.keymap import Keymap, shown_key
from connectome_tui.events.model import CALL_TYPES, TRIGGERS, Tone
from connectome_tui.widgets.painting import CellLine, Look, Run, width_of

ROOMY_FROM: Final = 34
"""From so many rows on, groups have their heading in a row of its own and a blank row between them."""
KEYS_WIDTH: Final = 15
RIGHT_COLUMN: Final = 48
LEGEND_WIDTH: Final = 28
LINE_CELLS: Final = 3
ARROWS: Final = ("up", "down", "left", "right")
_TONES: Final[tuple[Tone, ...]] = (*CALL_TYPES, "unknown")


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A row of one column: where it begins, and its runs."""

    indent: int
    runs: Sequence[Run]


def help_lines(look: Look, keymap: Keymap, width: int, *, roomy: bool) -> Sequence[CellLine]:
    """All lines of the help, both columns side by side, on a narrow screen one below the other."""
    left = list(_key_rows(keymap, roomy=roomy))
    right = list(_legend_rows(look, roomy=roomy))
    if width < RIGHT_COLUMN + LEGEND_WIDTH:
        left, right = [*left, HelpRow(0, ()), *right], []
    lines = []
    for at in range(max(len(left), len(right))):
        line = look.line(width, bg="overlay")
        for x, column, end in ((2, left, RIGHT_COLUMN - 2), (RIGHT_COLUMN, right, width - 1)):
            if at < len(column):
                row = column[at]
                line.put_runs(x + row.indent, row.runs, limit=min(end, width - 1) - x - row.indent)
        lines.append(line)
    return lines


def _key_rows(keymap: Keymap, *, roomy: bool) -> Iterator[HelpRow]:
    for group in GROUPS:
        heading = Run(group, "text.muted", "b")
        if roomy:
            yield HelpRow(0, (heading,))
        for number, (brief, command_ids) in enumerate(HELP[group]):
            keys = _keys_text(keymap, command_ids)
            pair = (Run(keys.ljust(KEYS_WIDTH), "text.strong", "b"), Run(f" {brief}"))
            if roomy:
                yield HelpRow(2, pair)
            else:
                name = heading if number == 0 else Run("", "text.muted")
                yield HelpRow(0, (Run(name.text.ljust(6), name.fg, name.attrs), *pair))
        if roomy:
            yield HelpRow(0, ())


def _keys_text(keymap: Keymap, command_ids: Sequence[str]) -> str:
    """The keys of a row: all of a command alone, the first of each of several, the four arrows by one word."""
    keys_of = keymap.keys_of
    if len(command_ids) == 1:
        keys = keys_of[command_ids[0]]
    else:
        keys = tuple(keys_of[command_id][0] for command_id in command_ids if keys_of[command_id])
    if keys[: len(ARROWS)] == ARROWS:
        keys = ("arrows", *keys[len(ARROWS) :])
    return " ".join(shown_key(key) for key in keys)


def _legend_rows(look: Look, *, roomy: bool) -> Iterator[HelpRow]:
    glyphs = look.glyphs
    indent = 2 if roomy else 0
    yield _heading("How a call is made")
    for trigger in TRIGGERS:
        drawn = glyphs.trigger_line[trigger] * LINE_CELLS + glyphs.head_right[trigger]
        token = f"trigger.{trigger}"
        yield HelpRow(indent, (Run(drawn, token), Run(f"  {glyphs.trigger[trigger]}  ", token), Run(trigger)))
    yield from _gap(roomy=roomy)
    yield _heading("What is called")
    for first, second in zip(_TONES[::2], _TONES[1::2], strict=True):
        gap = Run(" " * (13 - width_of(first)))
        yield HelpRow(indent, (*_call_runs(look, first), gap, *_call_runs(look, second)))
    yield from _gap(roomy=roomy)
    yield _heading("How long it took")
    classes = (("<1 s", "blue"), ("<2 s", "yellow"), ("<3 s", "orange"), ("more", "red"), ("?", "missing"))
    yield HelpRow(indent, [Run(f"{text}  ", f"took.{name}") for text, name in classes])
    yield from _gap(roomy=roomy)
    yield _heading("Marks")
    for mark, token, meaning in (
        (glyphs.row_bar, "call.code.lit", "now"),
        (glyphs.error, "error", "failed"),
        (glyphs.note, "warn", "orphan, skew, double"),
        (glyphs.rule_heavy * 2, "text.strong", "lit now"),
        (glyphs.rule * 2, "call.code", "travelled"),
        (glyphs.rule * 2, "call.code.rest", "not yet"),
    ):
        yield HelpRow(indent, (Run(mark.ljust(4), token, "b"), Run(meaning)))


def _call_runs(look: Look, tone: Tone) -> Sequence[Run]:
    glyph = look.glyphs.call[tone]
    return (Run(f"{glyph} ", f"call.{tone}"), Run(tone))


def _heading(text: str) -> HelpRow:
    return HelpRow(0, (Run(text, "text.muted", "b"),))


def _gap(*, roomy: bool) -> Iterator[HelpRow]:
    if roomy:
        yield HelpRow(0, ())
