"""Sentences about models, agents, tools and the graphs they run in, and about what happens within spans (EVENT-9)."""

from collections.abc import Callable
from typing import Final

from connectome_tui.traces import attributes as attrs
from connectome_tui.traces import words
from connectome_tui.traces.failures import NO_FAILURE, exception_of
from connectome_tui.traces.meaning import Act, is_streamed
from connectome_tui.traces.places import UNKNOWN_CALLER, bounded
from connectome_tui.traces.span import SpanEvent
from connectome_tui.traces.story import (
    SHORT,
    Story,
    failed_with,
    failure_names,
    failure_texts,
    lengths,
    reasons_of,
    tell,
)

_ORDINALS: Final = {1: "st", 2: "nd", 3: "rd"}


def _quoted(text: str, *cells: int) -> list[str]:
    return [f'"{each}"' for each in lengths(text, *(cells or (40, 24, 12)))]


def _spent(story: Story) -> str:
    tokens = words.tokens_of(story.span)
    return f", {tokens}" if tokens else ""


def _chat(story: Story) -> str:
    caller = story.source if not story.inside else "the caller"
    asked = f"{caller} asked {story.target}{story.again}"
    if story.failed:
        return tell([asked], failed_with(story), _agent_reasons(story))
    reasons = _agent_reasons(story) or [_spent(story), ""]
    calls = list(dict.fromkeys(words.tool_calls_of(story.span)))
    if calls:
        told = [" and ".join(calls), ", ".join(calls), f"{calls[0]} and {len(calls) - 1} more"]
        acts = [f"{story.target} told {caller} to call {each}" for each in (told if len(calls) > 1 else calls)]
        return tell(acts, [story.within()], reasons)
    streamed = is_streamed(story.span, story.act)
    if reply := words.reply_of(story.span):
        verb = "was streamed" if streamed else "got"
        outcomes = [f" and {verb} {each}{story.within()}" for each in _quoted(reply)]
    else:
        outcomes = [
            f", which streamed its answer{story.within()}" if streamed else f" for an answer, done{story.within()}"
        ]
    return tell([asked], outcomes, reasons)


def _agent_reasons(story: Story, word: str = "for") -> list[str]:
    """The reason, unless it is only that the agent runs at all."""
    return [] if story.cause and story.cause.at_root else reasons_of(story, word)


def _embed(story: Story) -> str:
    what = "an embedding" if story.act == "embed" else "a ranking"
    outcomes = failed_with(story) if story.failed else [f", done{story.within()}{_spent(story)}"]
    return tell([f"{story.source} asked {story.target} for {what}"], outcomes, _agent_reasons(story))


def _answered(story: Story) -> list[str]:
    answer = words.answer_of(story.span)
    if not answer:
        return [story.within()]
    return [*(f" and got {each}{story.within()}" for each in _quoted(answer)), story.within()]


def _agent(story: Story) -> str:
    if story.source in {story.target, UNKNOWN_CALLER}:
        return _ran_by_itself(story)
    outcomes = failed_with(story) if story.failed else _answered(story)
    return tell([f"{story.source} invoked {story.target}"], outcomes, _agent_reasons(story, "called from"))


def _ran_by_itself(story: Story) -> str:
    """An agent or graph that nothing in the record called."""
    answer = words.answer_of(story.span)
    took = f" for {story.took}" if story.took else ""
    if story.failed:
        texts = [f" and failed{text}" for text in failure_texts(story)]
        return tell([f"{story.target} ran{took}"], [*texts, " and failed"], _agent_reasons(story))
    outcomes = [f" and answered {each}" for each in _quoted(answer)] if answer else []
    return tell([f"{story.target} ran{took}"], [*outcomes, ""], _agent_reasons(story))


def _tool(story: Story) -> str:
    arguments = words.arguments_of(story.span)
    called = f"{story.source} called {story.target}" if story.source != story.target else f"{story.target} ran"
    called += story.again
    acts = [*(f"{called} with {each}" for each in lengths(arguments, 40, SHORT) if arguments), called]
    if "pydantic_ai.tool.retry.cause" in story.span.attributes:
        texts = [f": {each}" for each in lengths(story.failure.message, 40, SHORT)] if story.failure.message else []
        outcomes = [f", which asked for a retry{story.within()}{text}" for text in [*texts, ""]]
    else:
        outcomes = failed_with(story) if story.failed else _answered(story)
    return tell(acts if not story.failed else [called], outcomes, _agent_reasons(story))


def _chain(story: Story) -> str:
    if story.inside and story.label in {story.target, UNKNOWN_CALLER}:
        return _ran_by_itself(story)
    acts = (
        [f"{story.target} ran {each}" for each in lengths(story.label)]
        if story.inside
        else [f"{story.source} ran {story.target}{_visit(story)}"]
    )
    if story.failed:
        return tell(acts, failed_with(story), _agent_reasons(story))
    if not story.inside:
        return tell(acts, _answered(story), _agent_reasons(story))
    answer = words.answer_of(story.span)
    chosen = [f" and chose {each}{story.within()}" for each in lengths(answer, 40, SHORT)] if answer else []
    return tell(acts, [*chosen, story.within()], _agent_reasons(story))


def _visit(story: Story) -> str:
    """` for the 3rd time`: graphs of agents run in loops."""
    if story.visit == 1:
        return ""
    last = story.visit % 10 if story.visit % 100 not in {11, 12, 13} else 0
    return f" for the {story.visit}{_ORDINALS.get(last, 'th')} time"


def _retrieve(story: Story) -> str:
    query = attrs.first_text(story.span.attributes, "input.value", "gen_ai.retrieval.query.text")
    searched = f"{story.source} searched {story.target}" if not story.inside else f"{story.target} searched"
    acts = [*(f"{searched} for {each}" for each in _quoted(query) if query), searched]
    if story.failed:
        return tell(acts, failed_with(story), _agent_reasons(story))
    found = 0
    while f"retrieval.documents.{found}.document.content" in story.span.attributes:
        found += 1
    got = f" and got {found} document{'s' if found != 1 else ''}" if found else ""
    return tell(acts, [f"{got}{story.within()}"], _agent_reasons(story))


def moment_sentence(story: Story, event: SpanEvent, caller: str) -> str:
    """The sentence for an event within a span. `caller` asked `story.target`, when that is a peer without spans."""
    if event.name != "exception":
        message = words.message_of(event)
        name = bounded(event.name) or "something without a name"
        acts = [
            f"{caller} got {each} from {story.target}" if caller else f"{story.target} noted {each}"
            for each in lengths(name)
        ]
        texts = [f": {each}" for each in lengths(message, 48, SHORT)] if message else []
        return tell(acts, [*texts, ""], reasons_of(story, "in"))
    failure = exception_of(event)
    failure = story.failure if failure == NO_FAILURE else failure
    names = failure_names(failure) or ["an exception"]
    if caller and failure.message and not failure.kind:
        return tell([f"{caller} failed at {story.target}: {each}" for each in names], [], reasons_of(story))
    if caller:
        return tell([f"{caller} got {each} from {story.target}" for each in names], [], reasons_of(story))
    return tell([f"{story.target} raised {each}" for each in names], [], reasons_of(story, "in"))


AGENT_TEMPLATES: Final[dict[Act, Callable[[Story], str]]] = {
    "chat": _chat,
    "embed": _embed,
    "rerank": _embed,
    "agent": _agent,
    "tool": _tool,
    "chain": _chain,
    "retrieve": _retrieve,
}
