"""What a span says by itself: where it happens, what it does, what it is called. Its relatives, ids and times aside.

Nearly all spans of a program say one of a few hundred things, which is why `known` remembers them.
"""

from typing import Final

import msgspec

from connectome_tui.events.model import UNKNOWN, CallType, Trigger
from connectome_tui.traces import words
from connectome_tui.traces.meaning import Act, act_of, call_type_of, trigger_of
from connectome_tui.traces.places import Place, Places
from connectome_tui.traces.span import Span

_NAMED_BY_NODE: Final[frozenset[Act]] = frozenset({"agent", "tool", "chain", "retrieve"})


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Why a span happened, as an ancestor's name: `POST /ship/8`, shorter `ship/8`.

    `word` is what leads to it, when the sentence's own would be wrong. `at_root`: it is where the flow
    began, which says little.
    """

    name: str
    short: str
    word: str = ""
    at_root: bool = False


class SpanFacts(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What spans like `span` say. Of `span` only name, kind, scope, attributes and resource are all of theirs.

    `cause` is the span as the cause of others; None where its node names it. `spoken` is the label within
    a sentence.
    """

    span: Span
    act: Act
    place: Place
    label: str
    spoken: str
    trigger: Trigger
    call_type: CallType
    summary: str | None
    cause: Cause | None
    is_shared: bool = False
    """Whether other spans that say the same get this very object."""


def facts_of(span: Span, places: Places) -> SpanFacts:
    """What a span says by itself."""
    act = act_of(span)
    label = words.label_of(span, act)
    return SpanFacts(
        span=span,
        act=act,
        place=places.place_of(span, act),
        label=label,
        spoken="something without a name" if label == UNKNOWN else label,
        trigger=trigger_of(span, act),
        call_type=call_type_of(span, act),
        summary=words.summary_of(span, act),
        cause=_cause_of(span, act, label),
    )


def _cause_of(span: Span, act: Act, label: str) -> Cause | None:
    if act in _NAMED_BY_NODE:
        return None
    if act in {"http_serve", "http_call"}:
        request = words.request_of(span, label)
        path = request.rpartition(" ")[2].strip("/")
        return Cause(request, path or request)
    if act in {"process", "publish"}:
        task = words.task_of(span, label)
        return Cause(task, task)
    if act in {"rpc_serve", "rpc_call"}:
        return Cause(label, label.rpartition("/")[2] or label)
    return Cause(label, label)
