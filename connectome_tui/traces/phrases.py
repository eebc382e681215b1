"""One template for each kind of act (EVENT-9): what happened, between whom, with what outcome, how long, why now."""

from collections.abc import Callable
from typing import Final

from connectome_tui.events.sentences import best_fit
from connectome_tui.events.visible import elide
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces import words
from connectome_tui.traces.meaning import Act
from connectome_tui.traces.phrases_agents import AGENT_TEMPLATES
from connectome_tui.traces.places import UNKNOWN_CALLER
from connectome_tui.traces.story import (
    LONG,
    SHORT,
    Story,
    failed_with,
    failure_texts,
    got,
    lengths,
    reasons_of,
    tell,
)


def sentence_of(story: Story) -> str:
    """The sentence for a span's event."""
    return _TEMPLATES[story.act](story)


def _http_result(story: Story, word: str = "in") -> list[str]:
    status = attrs.http_status(story.span.attributes)
    if status is not None:
        return [f" and got {status}{story.within(word)}"]
    if not story.failed:
        return [f", which took {story.took}"] if story.took else []
    kind = attrs.first_text(story.span.attributes, "error.type")
    kind = story.failure.kind if not kind or kind.isdigit() else kind
    if kind:
        return got(story, kind.rpartition(".")[2], word)
    return [
        *(f" and failed{story.within('after')}{text}" for text in failure_texts(story)),
        f" and failed{story.within('after')}",
    ]


def _requests(story: Story) -> list[str]:
    """What was asked for, from long to short: a long path by its last part."""
    request = words.request_of(story.span, story.label)
    method, _, path = request.partition(" ")
    last = path.rpartition("/")[2]
    is_name = len(last) >= _SHORTEST_NAME and not last.isdigit() and len(last) + 8 < len(path)
    shorter = [f"{method} …/{last}", f"…/{last}"] if is_name else []
    texts = [each for text in [request, *shorter] for each in lengths(text, LONG, SHORT)]
    return sorted(dict.fromkeys(texts), key=len, reverse=True)


def _http_call(story: Story) -> str:
    if story.inside:
        to = f" to {story.callee}" if story.callee else ""
        acts = [f"{story.source} sent {each}{to}{story.again}" for each in _requests(story)]
        return tell(acts, _http_result(story, "after"), reasons_of(story))
    acts = [f"{story.source} asked {story.target} for {each}{story.again}" for each in _requests(story)]
    return tell(acts, _http_result(story), reasons_of(story))


def _http_serve(story: Story) -> str:
    if not story.inside:
        acts = [f"{story.source} asked {story.target} for {each}" for each in _requests(story)]
        return tell(acts, _http_result(story), reasons_of(story, "called from"))
    status = attrs.http_status(story.span.attributes)
    outcomes = [f" and answered {status}{story.within()}"] if status else _http_result(story)
    return tell([f"{story.target} was asked for {each}" for each in _requests(story)], outcomes, reasons_of(story))


def _rpc_result(story: Story, word: str = "in") -> list[str]:
    status = attrs.rpc_status(story.span.attributes)
    if status and (status != "OK" or not story.failed):
        return got(story, status, word)
    return failed_with(story) if story.failed else [story.within(word)]


def _rpc_call(story: Story) -> str:
    other = story.callee if story.inside else story.target
    verb = "sent" if story.inside else "called"
    link = f" {'to' if story.inside else 'on'} {other}" if other else ""
    acts = [f"{story.source} {verb} {each}{link}" for each in lengths(story.label)]
    return tell(acts, _rpc_result(story, "after" if story.inside else "in"), reasons_of(story))


def _rpc_serve(story: Story) -> str:
    if not story.inside:
        acts = [f"{story.source} called {each} on {story.target}" for each in lengths(story.label)]
        return tell(acts, _rpc_result(story), reasons_of(story, "called from"))
    acts = [f"{story.target} was called for {each}" for each in lengths(story.label)]
    status = attrs.rpc_status(story.span.attributes)
    outcomes = [f" and answered {status}{story.within()}"] if status else _rpc_result(story)
    return tell(acts, outcomes, reasons_of(story))


def _query(story: Story) -> str:
    asked = words.query_words(story.span, story.label)
    caller = story.source if not story.inside else ""
    acts = [f"{caller} asked {story.target} to {each}" if caller else f"{story.target} did {each}" for each in asked]
    if not story.failed:
        return tell(acts, [f", done{story.within()}"] if story.took else [], reasons_of(story))
    brief = story.failure.brief or story.failure.kind
    return tell(acts, got(story, brief) if brief else failed_with(story), reasons_of(story))


def _publish(story: Story) -> str:
    task = words.task_of(story.span, story.label)
    queue = attrs.destination(story.span.attributes)
    again = story.requeued
    outcomes = failed_with(story) if story.failed else [story.within()]
    reasons = [", for the retry"] if again else reasons_of(story)
    once_more = " again" if again else ""
    if not story.inside:
        acts = [f"{story.source} put {each}{once_more} on queue {story.target}" for each in lengths(task)]
    elif story.callee and story.callee != story.source:
        acts = [f"{story.source} queued {each}{once_more} for {story.callee}" for each in lengths(task)]
    else:
        where = f" on {queue}" if queue else ""
        acts = [f"{story.source} queued {each}{once_more}{where}" for each in lengths(task)]
    return tell(acts, outcomes, reasons)


def _process(story: Story) -> str:
    span, task = story.span, words.task_of(story.span, story.label)
    state = attrs.first_text(span.attributes, "celery.state")
    verb = "ran" if "celery.action" in span.attributes or span.name.startswith("run/") else "took up"
    again = " again" if attrs.as_number(span.attributes.get("celery.retries")) else ""
    ran, queued = f"{story.target} {verb} {elide(task, LONG)}{again}", _queued_by(story)
    if story.failed and state != "RETRY":
        failed = f" and failed{story.within('after')}"
        texts = [*failure_texts(story), ""]
        queued = queued and f"{queued},"
        full, kind = f"{failed}{texts[0]}", f"{failed}{texts[-2] if len(texts) > 1 else ''}"
        return best_fit(
            [
                f"{ran}{queued}{full}",
                f"{ran}{full}",
                f"{ran}{queued}{kind}",
                *(f"{ran}{failed}{each}" for each in texts),
            ]
        )
    link = f"{queued}," if queued else ""
    if state == "RETRY":
        outcome = f"{link} and asked for a retry{story.within('after')}"
    elif queued:
        outcome = f"{link} and finished{story.within()}" if story.took else queued
    else:
        outcome = story.within()
    acts = [f"{story.target} {verb} {each}{again}" for each in lengths(task)]
    if queued == f", queued by {UNKNOWN_CALLER}":
        return tell(acts, [outcome, outcome.removeprefix(link)], [])
    return tell(acts, [outcome], [] if queued else reasons_of(story))


def _queued_by(story: Story) -> str:
    """`, queued by api`: who put the message on the queue, as far as that is known."""
    if not story.has_parent and not story.inside:
        return f", queued by {story.source}" if story.source == UNKNOWN_CALLER else f", from queue {story.source}"
    if not story.inside:
        return f", queued by {story.source}"
    if story.requeued:
        return ", queued by itself"
    return f", queued by {elide(story.cause.short, SHORT)}" if story.cause else ""


_SHORTEST_NAME: Final = 4

_ASGI_ACTS: Final = {
    "http.request": "read the request",
    "http.response.start": "began to answer",
    "http.response.body": "sent the body of the answer",
    "http.disconnect": "saw the caller hang up",
    "websocket.accept": "accepted a websocket",
    "websocket.receive": "received a websocket message",
    "websocket.send": "sent a websocket message",
}


def _asgi(story: Story) -> str:
    status = attrs.http_status(story.span.attributes)
    done = _ASGI_ACTS.get(attrs.first_text(story.span.attributes, "asgi.event.type"))
    if done is None:
        return _step(story)
    answer = f" with {status}" if status else ""
    return tell([f"{story.target} {done}{answer}"], [story.within()], reasons_of(story))


def _timer(story: Story) -> str:
    acts = [f"{story.target} ran {each} on its schedule" for each in lengths(story.label)]
    return tell(acts, failed_with(story) if story.failed else [story.within()], [])


def _call(story: Story) -> str:
    if not story.inside or story.callee:
        other = story.callee if story.inside else story.target
        acts = [f"{story.source} called {other} for {each}" for each in lengths(story.label)]
    else:
        acts = [f"{story.source} called out for {each}" for each in lengths(story.label)]
    return tell(acts, failed_with(story) if story.failed else [story.within()], reasons_of(story))


def _serve(story: Story) -> str:
    known = not story.inside
    who = f"{story.source} called {story.target}" if known else f"{story.target} was called"
    acts = [f"{who} for {each}" for each in lengths(story.label)]
    outcomes = failed_with(story) if story.failed else [story.within()]
    return tell(acts, outcomes, reasons_of(story, "called from" if known else "for"))


def _step(story: Story) -> str:
    crosses = not story.inside and story.source != UNKNOWN_CALLER
    acts = [
        f"{story.source} set off {each} in {story.target}" if crosses else f"{story.target} ran {each}"
        for each in lengths(story.label)
    ]
    return tell(acts, failed_with(story) if story.failed else [story.within()], reasons_of(story))


def _unknown(story: Story) -> str:
    outcomes = failed_with(story) if story.failed else [story.within()]
    return tell([f"{story.target} did something that the record does not name"], outcomes, reasons_of(story))


_TEMPLATES: Final[dict[Act, Callable[[Story], str]]] = {
    "http_call": _http_call,
    "http_serve": _http_serve,
    "rpc_call": _rpc_call,
    "rpc_serve": _rpc_serve,
    "query": _query,
    "publish": _publish,
    "process": _process,
    "asgi": _asgi,
    "timer": _timer,
    "call": _call,
    "serve": _serve,
    "step": _step,
    "unknown": _unknown,
    **AGENT_TEMPLATES,
}
