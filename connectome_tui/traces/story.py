"""What a sentence about a span is made of, and how its pieces are fitted into one line."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectome_tui.events.sentences import best_fit
from connectome_tui.events.visible import elide
from connectome_tui.traces.facts import Cause, SpanFacts
from connectome_tui.traces.failures import NO_FAILURE, Failure
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.span import Span

LONG: Final = 44
SHORT: Final = 24


class Story(msgspec.Struct, frozen=True, gc=False):
    """What spans that say the same are told alike by: what one says, and what its relatives tell of it.

    Names are titles of nodes, ready to be shown. `source` and `target` are equal for a step inside a
    node. `took` is `4.1ms`, or empty when it is not known. `callee` is who answers a call that is a step
    of its caller, empty when nobody did. `origins` say why a span without a parent began. `requeued`: a
    task puts itself on the queue again. `retried`: its parent had tried the same before and failed;
    `visit` counts how often a graph's node was run by its parent by then.
    """

    facts: SpanFacts
    source: str
    target: str
    took: str
    failed: bool = False
    failure: Failure = NO_FAILURE
    callee: str = ""
    cause: Cause | None = None
    origins: tuple[str, ...] = ()
    has_parent: bool = False
    requeued: bool = False
    retried: bool = False
    visit: int = 1

    @property
    def span(self) -> Span:
        """A span of which only name, kind, scope, attributes and resource are those of the one that is told of."""
        return self.facts.span

    @property
    def act(self) -> Act:
        """What it does."""
        return self.facts.act

    @property
    def label(self) -> str:
        """Its label, as it is spoken."""
        return self.facts.spoken

    @property
    def inside(self) -> bool:
        """Whether it is a step of one node."""
        return self.source == self.target

    @property
    def again(self) -> str:
        """` again` when the same was tried before and failed."""
        return " again" if self.retried else ""

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
