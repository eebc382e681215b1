"""The characters that carry meaning, as Unicode and as ASCII; every one is one cell wide."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

_ASCII_FOR: Final = str.maketrans(
    {
        **dict.fromkeys("─━┄┅┈┉╌╍╴╸╺", "-"),
        **dict.fromkeys("│┃▏▌▐▎▍", "|"),
        **dict.fromkeys("╭╮╰╯┏┓┗┛├┤┬┴┼", "+"),
        **dict.fromkeys("→›▶▸▹▷»", ">"),
        **dict.fromkeys("←‹◀◁«", "<"),
        "…": "~",
        "—": "-",
        "–": "-",
        "−": "-",
        "·": ".",
        "×": "x",
        "≈": "~",
        "✗": "x",
        "✓": "+",
        "▴": "^",
        "▾": "v",
        "↓": "v",
        "↑": "^",
        "‖": "=",
        "◌": "o",
        "●": "*",
        "○": ".",
        "◐": "%",
        "⊘": "!",
    }
)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters. `line_cards` draws cards with lines instead of half blocks."""

    ascii_only: bool
    line_cards: bool
    trigger: Mapping[str, str]
    call: Mapping[str, str]
    trigger_line: Mapping[str, str]
    trigger_line_lit: Mapping[str, str]
    head_right: Mapping[str, str]
    head_left: Mapping[str, str]
    row_bar: str
    error: str
    note: str
    ok: str
    unknown: str
    live: str
    paused: str
    stale: str
    ring: str
    bar_full: str
    bar_half: str
    bar_half_start: str
    bar_rest: str
    bar_here: str
    rule: str
    rule_heavy: str
    rule_gap: str
    scroll: str
    cursor: str
    ellipsis: str
    arrow: str
    chain: str
    dot: str
    dash: str
    times: str
    newer: str
    older: str
    sparkline: str

    def text(self, text: str) -> str:
        """`text` with what this set cannot show replaced, one character by one."""
        if not self.ascii_only or text.isascii():
            return text
        return text.translate(_ASCII_FOR).encode("ascii", "replace").decode("ascii")


UNICODE: Final = Glyphs(
    ascii_only=False,
    line_cards=False,
    trigger={"direct": "─▸", "stream": "┈»", "async": "╌▹", "hook": "┈◇", "timer": "╌◷"},
    call={"code": "■", "graphQuery": "◆", "llm": "✦", "graphLink": "▲", "moment": "●", "unknown": "?"},
    trigger_line={"direct": "─", "stream": "┈", "async": "╌", "hook": "┈", "timer": "╌"},
    trigger_line_lit={"direct": "━", "stream": "┉", "async": "╍", "hook": "┉", "timer": "╍"},
    head_right={"direct": "▶", "stream": "»", "async": "▷", "hook": "◇", "timer": "◷"},
    head_left={"direct": "◀", "stream": "«", "async": "◁", "hook": "◇", "timer": "◷"},
    row_bar="▌",
    error="✗",
    note="!",
    ok="✓",
    unknown="·",
    live="●",
    paused="‖",
    stale="◌",
    ring="○◔◑◕●",
    bar_full="━",
    bar_half="╸",
    bar_half_start="╺",
    bar_rest="─",
    bar_here="●",
    rule="─",
    rule_heavy="━",
    rule_gap="┄",
    scroll="▐",
    cursor="▏",
    ellipsis="…",
    arrow="→",
    chain="›",
    dot="·",
    dash="—",
    times="×",
    newer="↓",
    older="↑",
    sparkline="▁▂▃▄▅▆▇█",
)

ASCII: Final = Glyphs(
    ascii_only=True,
    line_cards=True,
    trigger={"direct": "->", "stream": "~>", "async": "=>", "hook": "-o", "timer": "-@"},
    call={"code": "c", "graphQuery": "q", "llm": "l", "graphLink": "k", "moment": "m", "unknown": "?"},
    trigger_line={"direct": "-", "stream": "~", "async": "=", "hook": "-", "timer": "="},
    trigger_line_lit={"direct": "=", "stream": "#", "async": "#", "hook": "#", "timer": "#"},
    head_right={"direct": ">", "stream": ")", "async": ">", "hook": "o", "timer": "@"},
    head_left={"direct": "<", "stream": "(", "async": "<", "hook": "o", "timer": "@"},
    row_bar=">",
    error="x",
    note="!",
    ok="+",
    unknown=".",
    live="*",
    paused="=",
    stale="o",
    ring="",
    bar_full="=",
    bar_half="=",
    bar_half_start="=",
    bar_rest="-",
    bar_here="o",
    rule="-",
    rule_heavy="=",
    rule_gap="-",
    scroll="#",
    cursor="_",
    ellipsis="~",
    arrow=">",
    chain=">",
    dot=".",
    dash="-",
    times="x",
    newer="v",
    older="^",
    sparkline="",
)

UNICODE_LINE_CARDS: Final = replace(UNICODE, line_cards=True)


def choose_glyphs(encoding: str, terminal: str, *, ascii_only: bool = False, line_cards: bool = False) -> Glyphs:
    """ASCII by choice, where the encoding is not UTF-8, and on the Linux console (`TERM=linux`)."""
    is_utf8 = encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")
    if ascii_only or not is_utf8 or terminal == "linux":
        return ASCII
    return UNICODE_LINE_CARDS if line_cards else UNICODE
