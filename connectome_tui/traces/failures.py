"""What went wrong, in the few words that a sentence has room for."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from connectome_tui.events.visible import one_line
from connectome_tui.traces import attributes as attrs
from connectome_tui.traces.span import Span, SpanEvent

_CLASS_IN_FRONT: Final = re.compile(
    r"^\(?(?:[A-Za-z_]\w*\.)*_*([A-Z]\w*(?:Error|Exception|Timeout|Warning))\)?[:(]?\s*"
)
_GRPC_STATUS: Final = re.compile(r"StatusCode\.([A-Z_]+)")
_CLASS_NAME: Final = re.compile(r"^[A-Za-z_]\w*$")
_MAX_MESSAGE: Final = 400


class Failure(NamedTuple):
    """An error by the short name of its class and the first line of its message; either may be empty."""

    kind: str
    message: str

    def texts(self) -> Iterator[str]:
        """What to say of it, from long to short; nothing when nothing is known."""
        if not self.kind or not self.message:
            yield from dict.fromkeys(text for text in (self.message, self.brief, self.kind) if text)
        elif self.kind in self.message:
            yield self.kind
        else:
            yield f"{self.kind}: {self.message}"
            if self.brief != self.message:
                yield f"{self.kind}: {self.brief}"
            yield self.kind

    @property
    def brief(self) -> str:
        """The message up to its first colon: `no such table: stock` is `no such table`; a number stays."""
        head, _, tail = self.message.partition(": ")
        number = re.match(r"\d+", tail)
        head = f"{head}: {number.group()}" if number else head
        return head if len(head) > 3 else self.message


NO_FAILURE: Final = Failure("", "")


def failure_of(span: Span) -> Failure:
    """Why a span failed: from its last exception, else its status message, else its error type."""
    for event in reversed(span.events):
        if event.name == "exception":
            found = exception_of(event)
            if found != NO_FAILURE:
                return found
    found = _from_message("", span.status_message)
    if found.message or found.kind:
        return found
    return Failure(_short_class(attrs.first_text(span.attributes, "error.type", "exception.type")), "")


def exception_of(event: SpanEvent) -> Failure:
    """The error that an exception event tells of."""
    kind = _short_class(attrs.first_text(event.attributes, "exception.type", "error.type"))
    return _from_message(kind, _raw_message(event))


def _raw_message(event: SpanEvent) -> str:
    message = attrs.first(event.attributes, "exception.message", "error.message", "message")
    return message if isinstance(message, str) else attrs.as_text(message)


def _short_class(name: str) -> str:
    """`sqlalchemy.exc.OperationalError` as `OperationalError`; numbers say nothing and are dropped."""
    name = name.rpartition(".")[2].lstrip("_")
    return name if _CLASS_NAME.match(name) else ""


def _from_message(kind: str, message: str) -> Failure:
    """Class and message, with the class taken off the front of the message where it stands there too."""
    return _read_message(kind, message[:_MAX_MESSAGE])


@lru_cache(maxsize=1024)
def _read_message(kind: str, message: str) -> Failure:
    message = message.strip()
    status = _GRPC_STATUS.search(message)
    if status and message.lstrip("_").find("RPC that terminated") >= 0:
        return Failure("", status.group(1))
    lines = [line.partition("Traceback (most")[0].strip() for line in message.splitlines()[:1]]
    text = one_line(lines[0]) if lines else ""
    while found := _CLASS_IN_FRONT.match(text):
        kind = kind or found.group(1)
        text = text[found.end() :]
    text = text.removesuffix(")").strip("'\"") if text.endswith(("')", '")')) else text
    text = text.partition(" for url: ")[0]
    return Failure("" if kind == text else kind, text.rstrip(" :"))
