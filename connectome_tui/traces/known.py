"""What was found out about spans before: their facts, and sentences with a gap for the duration; bounded."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.cache import RecentCache
from connectome_tui.traces.facts import SpanFacts, facts_of
from connectome_tui.traces.overrides import NodeOverride
from connectome_tui.traces.phrases import sentence_of
from connectome_tui.traces.places import Places
from connectome_tui.traces.span import Resource, Span
from connectome_tui.traces.story import Story

MAX_FACTS: Final = 4_000
MAX_SENTENCES: Final = 8_000
MAX_RESOURCES: Final = 1_000
MAX_TEXT: Final = 2_000
"""Spans with longer texts in all are not remembered: they are prompts and documents, and do not come again."""

UNREAD: Final = frozenset(
    {
        "celery.eta",
        "celery.reply_to",
        "client.port",
        "http.request.body.size",
        "http.request_content_length",
        "http.response.body.size",
        "http.response_content_length",
        "messaging.conversation_id",
        "messaging.kafka.message.offset",
        "messaging.kafka.offset",
        "messaging.message.body.size",
        "messaging.message.conversation_id",
        "messaging.message.id",
        "messaging.message_id",
        "rpc.message.id",
        "thread.id",
        "thread.name",
        "url.query",
    }
)
"""Attributes that differ from span to span and that nothing here reads."""
UNREAD_OF_SERVERS: Final = UNREAD | {"net.peer.port", "net.sock.peer.port", "network.peer.port"}
"""The ports of callers; of a call, the port is the place that is called."""

_GAP: Final = "\0"


class KnownSpans:
    """Facts and sentences. Whatever it remembers, it answers what it would answer without."""

    def __init__(self, overrides: Sequence[NodeOverride] = ()) -> None:
        self._places = Places(overrides)
        self._homes: dict[int, tuple[Resource, Any]] = {}
        self._facts: RecentCache[Any, SpanFacts] = RecentCache(MAX_FACTS)
        self._sentences: RecentCache[Story, str] = RecentCache(MAX_SENTENCES)

    def facts(self, span: Span) -> SpanFacts:
        """What a span says by itself."""
        key = self._key(span)
        try:
            facts = self._facts.get(key)
        except TypeError:  # a list among the attributes
            return facts_of(span, self._places)
        if facts is None:
            facts = facts_of(span, self._places)
            # 0.0 equals -0.0, and reads otherwise.
            if float not in key[-1] and _length(span) <= MAX_TEXT:
                facts = replace(facts, span=replace(span, events=(), links=(), raw=None), is_shared=True)
                self._facts.put(key, facts)
        return facts

    def sentence(self, story: Story, took: str) -> str:
        """The sentence for a span that took so long; `story` has a gap (`gap_for`) where that is to stand.

        A sentence is remembered when it is told for the second time: many are told only once.
        """
        if not story.facts.is_shared:
            return sentence_of(replace(story, took=took))
        template = self._sentences.get(story)
        if template:
            return template.replace(story.took, took) if took else template
        sentence = sentence_of(replace(story, took=took))
        if template is None:
            self._sentences.put(story, "")
        else:
            template = sentence_of(story)
            # Texts may hold what looks like a gap.
            if (template.replace(story.took, took) if took else template) == sentence:
                self._sentences.put(story, template)
        return sentence

    def _key(self, span: Span) -> tuple[Any, ...]:
        attributes = span.attributes
        unread = UNREAD_OF_SERVERS if span.kind == "server" else UNREAD
        if not unread.isdisjoint(attributes):
            attributes = {name: value for name, value in attributes.items() if name not in unread}
        values = tuple(attributes.values())
        return (
            span.name,
            span.kind,
            span.scope,
            not span.parent_id,
            not span.links,
            self._home(span.resource),
            tuple(attributes),
            values,
            tuple(map(type, values)),  # True equals 1, and reads otherwise
        )

    def _home(self, resource: Resource) -> Any:
        """What is read of a resource, the same for resources that read the same."""
        known = self._homes.get(id(resource))
        if known is None:
            if len(self._homes) >= MAX_RESOURCES:
                self._homes.clear()
            home = self._places.service_of(resource), attrs.sdk_language(resource.attributes)
            # The resource is kept with it, so that no other one gets its identity.
            known = self._homes[id(resource)] = resource, home
        return known[1]


def _length(span: Span) -> int:
    return len(span.name) + sum([len(value) for value in span.attributes.values() if isinstance(value, str)])


def gap_for(took: str) -> str:
    """What stands for a duration in a story: just as wide, so that the same pieces fit into the sentence."""
    return _GAP * len(took)
