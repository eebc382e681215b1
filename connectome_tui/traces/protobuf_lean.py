"""OTLP's messages for spans, read lazily: attributes, resources and scopes stay bytes, because they repeat.

A message inside another is written as bytes are, so a descriptor in which those fields are bytes reads
the same data. What an attribute means is then looked up, and decoded only when it was not seen before.
"""

import sys
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from connectome_tui.events.model import UNKNOWN
from connectome_tui.traces.otlp_spans import NO_RESOURCE
from connectome_tui.traces.protobuf_mend import with_mended_text
from connectome_tui.traces.protobuf_values import attributes_of, value_of
from connectome_tui.traces.span import Resource
from connectome_tui.traces.values import text

MAX_KNOWN: Final = 20_000
"""So many attributes are remembered, then all are forgotten."""
MAX_KNOWN_SIZE: Final = 200
"""Longer ones are not: they hardly repeat."""
MAX_RESOURCES: Final = 1000

_Message = Any
"""A generated message, which brings no types."""

_LAZY: Final = frozenset(
    {
        ".opentelemetry.proto.common.v1.KeyValue",
        ".opentelemetry.proto.common.v1.InstrumentationScope",
        ".opentelemetry.proto.resource.v1.Resource",
    }
)


def _lean_classes() -> tuple[Any, Any]:
    """The classes of a request and of what one resource sent, in which what repeats is bytes."""
    file = descriptor_pb2.FileDescriptorProto()
    trace_pb2.DESCRIPTOR.CopyToProto(file)
    file.name = "connectome/lean_trace.proto"
    del file.dependency[:]
    messages = list(file.message_type)
    while messages:
        message = messages.pop()
        messages.extend(message.nested_type)
        for field in message.field:
            if field.type_name in _LAZY:
                field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
                field.ClearField("type_name")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = ("TracesData", "ResourceSpans")
    found = [pool.FindMessageTypeByName(f"{file.package}.{name}") for name in names]
    request, part = [message_factory.GetMessageClass(descriptor) for descriptor in found]
    return request, part


LeanRequest, LeanResourceSpans = _lean_classes()


class KnownParts:
    """What bytes mean that were seen before. Only plain values are shared: others could be changed by who has them."""

    def __init__(self) -> None:
        self._pairs: dict[bytes, tuple[str, Any]] = {}
        self._resources: dict[bytes, Resource] = {}
        self._scopes: dict[bytes, str] = {}

    def attributes(self, pairs: _Message) -> dict[str, Any]:
        """Attributes by key; `DecodeError` or `WireError` when one is none."""
        known = self._pairs
        try:
            return dict([known[data] for data in pairs])
        except KeyError:
            return dict([known.get(data) or self._new_pair(data) for data in pairs])

    def resource(self, data: bytes) -> Resource:
        """A resource, the same object for the same bytes."""
        if not data:
            return NO_RESOURCE
        resource = self._resources.get(data)
        if resource is None:
            if len(self._resources) >= MAX_RESOURCES:
                self._resources.clear()
            attributes = attributes_of(parsed(data, resource_pb2.Resource).attributes)
            service = text(attributes.get("service.name")) or UNKNOWN
            resource = self._resources[data] = Resource(service, attributes) if attributes else NO_RESOURCE
        return resource

    def scope(self, data: bytes) -> str:
        """The name of a scope."""
        name = self._scopes.get(data)
        if name is None:
            if len(self._scopes) >= MAX_RESOURCES:
                self._scopes.clear()
            name = self._scopes[data] = parsed(data, common_pb2.InstrumentationScope).name
        return name

    def _new_pair(self, data: bytes) -> tuple[str, Any]:
        message = parsed(data, common_pb2.KeyValue)
        pair = sys.intern(message.key), value_of(message.value)
        if len(data) <= MAX_KNOWN_SIZE and not isinstance(pair[1], list | dict):
            if len(self._pairs) >= MAX_KNOWN:
                self._pairs.clear()
            self._pairs[data] = pair
        return pair


def parsed(data: bytes, kind: Any) -> _Message:
    """A message of this kind; text in it that is no UTF-8 costs its bad bytes and nothing else."""
    try:
        return kind.FromString(data)
    except DecodeError:
        return kind.FromString(with_mended_text(data, kind.DESCRIPTOR))
