"""What a sentence about a span is made of, and how its pieces are fitted into one line."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectome_tui.events.durations import duration_text
from connectome_tui.events.sentences import best_fit
from connectome_tui.events.visible import elide
from connectome_tui.traces.failures import Failure
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.span import Span

LONG: Final = 44
SHORT: Final = 24

UNKNOWN_CALLER: Final = "an unknown caller"
"""Who called, in a sentence about a span whose parent is not in the file."""


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Why a span happened, as an ancestor's name: `POST /ship/8`, shorter `ship/8`.

    `word` is what leads to it, when the sentence's own would be wrong. `at_root`: it is where the flow
    began, which says little.
    """

    name: str
    short: str
    word: str = ""
    at_root: bool = False


class Story(msgspec.Struct, frozen=True, gc=False):
    """A span with what its relatives tell of it. Names are titles of nodes, ready to be shown.

    `source` and `target` are equal for a step inside a node. `callee` is who answers a call that is a
    step of its caller, empty when nobody did. `origins` say why a span without a parent began.
    `requeued`: a task puts itself on the queue again. `attempt` counts up when its parent had tried the
    same before and failed, `visit` when its parent had done the same before at all.
    """

    span: Span
    act: Act
    label: str
    source: str
    target: str
    duration_ms: float | None
    failed: bool
    failure: Failure
    callee: str = ""
    cause: Cause | None = None
    origins: tuple[str, ...] = ()
    parent: Span | None = None
    requeued: bool = False
    attempt: int = 1
    visit: int = 1

    @property
    def inside(self) -> bool:
        """Whether it is a step of one node."""
        return self.source == self.target

    @property
    def took(self) -> str:
        """`4.1ms`, or empty when it is not known."""
        return "" if self.duration_ms is None else duration_text(self.duration_ms)

    @property
    def again(self) -> str:
        """` again` when the same was tried before and failed."""
        return " again" if self.attempt > 1 else ""

    def within(self, word: str = "in") -> str:
        """` in 4.1ms`, or nothing."""
        return f" {word} {self.took}" if self.took else ""


def tell(acts: Sequence[str], outcomes: Sequence[str], reasons: Sequence[str]) -> str:
    """Act, outcome and reason as one sentence, each given from long to short, shortened only as needed.

    An empty reason says that it may go before anything else is shortened.
    """
    return best_fit("".join(pieces) for pieces in _ever_shorter(acts, outcomes, reasons))


def _ever_shorter(acts: Sequence[str], outcomes: Sequence[str], reasons: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Shorten the reason first, then what was done, then the outcome; rather than to lose the outcome, the reason."""
    outcomes, reasons = list(outcomes) or [""], list(reasons) or [""]
    act, reason = acts[-1], reasons[-1]
    for each in reasons:
        yield acts[0], outcomes[0], each
    for each in acts:
        yield each, outcomes[0], reason
    for each in outcomes[:-1]:
        yield act, each, reason
    for each in acts:
        yield each, outcomes[0], ""
    for each in outcomes[:-1]:
        yield act, each, ""
    yield act, outcomes[-1], reason
    yield act, outcomes[-1], ""


def lengths(text: str, *cells: int) -> list[str]:
    """`text` elided to each of some widths, without repeats."""
    if len(text) <= (min(cells) if cells else SHORT) and text.isascii():
        return [text]
    return list(dict.fromkeys(elide(text, each) for each in cells or (LONG, SHORT)))


def reasons_of(story: Story, word: str = "for") -> list[str]:
    """`, for POST /ship/8` and shorter, or why a span without a parent began."""
    cause = story.cause
    if cause is None:
        return [*story.origins, ""] if story.origins else []
    word = cause.word or word
    reasons = [f", {word} {name}" for name in dict.fromkeys([*lengths(cause.name, LONG), *lengths(cause.short)])]
    if word == "called from":
        reasons.append(f", for {elide(cause.short, SHORT)}")
    return reasons


def failure_names(failure: Failure) -> list[str]:
    """`RuntimeError: index offline` and shorter; nothing when it is not known what failed."""
    widths = (60, 40) if failure.kind else (60, 40, SHORT)
    texts = [each for text in failure.texts() for each in lengths(text, *widths)]
    return sorted(dict.fromkeys(texts), key=len, reverse=True)


def failure_texts(story: Story) -> list[str]:
    """` with RuntimeError: index offline` and shorter; nothing when it is not known what failed."""
    joint = " with " if story.failure.kind else ": "
    return [f"{joint}{name}" for name in failure_names(story.failure)]


def failed_with(story: Story) -> list[str]:
    """`, which failed in 1.3ms with RuntimeError: index offline`, from long to short."""
    failed = f", which failed{story.within()}"
    return [*(f"{failed}{text}" for text in failure_texts(story)), failed]


def got(story: Story, what: str, word: str = "in") -> list[str]:
    """` and got 404 in 12ms`, from long to short."""
    return [f" and got {each}{story.within(word)}" for each in lengths(what, 48, 32, 18)]
