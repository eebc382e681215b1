"""What `connectome serve SOURCE…` names: recordings and live sources, each with the name of its session.

`FILE`, `session:ID`, `sample:NAME` and `-` are opened; `listen:HOST:PORT` (with `grpc:HOST:PORT` behind a
comma) receives; `follow:URL|FILE|-` and an address of the web follow; `watch:FILE|unix:PATH|-` follows
runs. `NAME=SOURCE` names the session, else the source does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final, Literal
from urllib.parse import urlsplit

from connectome_tui.events.flow import SourceError
from connectome_tui.live_sources import SOCKET_PREFIX, STANDARD_INPUT
from connectome_tui.receiver.addresses import parse_address
from connectome_tui.recordings.names import SESSION_PREFIX
from connectome_tui.sources.named import SAMPLE_PREFIX

Way = Literal["open", "listen", "follow", "watch"]

LISTEN: Final = "listen:"
FOLLOW: Final = "follow:"
WATCH: Final = "watch:"
GRPC: Final = "grpc:"
WEB: Final = ("http://", "https://")
DEFAULT_ADDRESS: Final = "localhost:4318"
NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_NAMED: Final = re.compile(rf"({NAME.pattern})=(.+)", re.DOTALL)
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(frozen=True, slots=True)
class NamedSource:
    """One source and its session. `text` is the source as the user gave it; `http` and `grpc` are of `listen`."""

    name: str
    way: Way
    target: str
    text: str
    http: tuple[str, ...] = ()
    grpc: tuple[str, ...] = ()

    @property
    def rereads(self) -> bool:
        """Whether it brings again what it brought before: a file is read from its beginning."""
        if self.way in {"open", "listen"} or self.target == STANDARD_INPUT:
            return False
        return not (self.target.startswith(SOCKET_PREFIX) if self.way == "watch" else "://" in self.target)


def parse_sources(texts: Iterable[str]) -> Sequence[NamedSource]:
    """The sources, each with a name of its own, the same ones each time; `SourceError` for one that cannot be."""
    sources: list[NamedSource] = []
    taken: set[str] = set()
    parsed = [parse_source(text) for text in texts]
    given = [source.name for source, is_given in parsed if is_given]
    for name in given:
        if given.count(name) > 1:
            raise SourceError(name, "two sessions cannot have the same name")
    taken.update(given)
    for source, is_given in parsed:
        name = source.name if is_given else _unique(source.name, taken)
        taken.add(name)
        sources.append(replace(source, name=name))
    return sources


def parse_source(text: str) -> tuple[NamedSource, bool]:
    """One source, and whether its name was given."""
    if (named := _NAMED.fullmatch(text)) and not Path(text).exists():
        return replace(_parsed(named[2]), name=named[1]), True
    return _parsed(text), False


def is_name(text: str) -> bool:
    """Whether a session can be called so: letters, digits, `.`, `_` and `-`, at most 64."""
    return NAME.fullmatch(text) is not None


def _parsed(text: str) -> NamedSource:
    if not text:
        raise SourceError("SOURCE", "expected a file, sample:NAME, session:ID, listen:, follow: or watch:")
    if text.startswith(LISTEN):
        return _listening(text)
    if text.startswith((FOLLOW, *WEB)):
        return _live("follow", text, text.removeprefix(FOLLOW))
    if text.startswith(WATCH):
        return _live("watch", text, text.removeprefix(WATCH))
    target = text.removeprefix(SAMPLE_PREFIX).removeprefix(SESSION_PREFIX)
    return NamedSource(_name(target), "open", text, text)


def _live(way: Literal["follow", "watch"], text: str, target: str) -> NamedSource:
    if not target:
        raise SourceError(text, f"expected what to {way} behind the colon")
    name = _name(target.removeprefix(SOCKET_PREFIX) if way == "watch" else target)
    return NamedSource(name, way, target, text)


def _listening(text: str) -> NamedSource:
    """`listen:HOST:PORT`, `listen:grpc:HOST:PORT`, or several of them behind commas."""
    parts = [part.strip() for part in text.removeprefix(LISTEN).split(",")]
    http = [part.removeprefix("http:") for part in parts if not part.startswith(GRPC)]
    grpc = [part.removeprefix(GRPC) for part in parts if part.startswith(GRPC)]
    http = [part or DEFAULT_ADDRESS for part in http]
    addresses = [parse_address(part) for part in (*http, *grpc)]
    for address in addresses:
        if not address.is_loopback:
            raise SourceError(
                str(address), "expected an address that only this machine reaches: a server asks senders for no token"
            )
    port = addresses[0].port
    name = f"listen-{port}" if port else "listen"
    return NamedSource(name, "listen", text.removeprefix(LISTEN), text, tuple(http), tuple(grpc))


def _name(target: str) -> str:
    """What a session is called for its file or address: `checkout` for `traces/checkout.otlp.jsonl`."""
    if target == STANDARD_INPUT:
        return "stdin"
    if "://" in target:
        try:
            found = urlsplit(target).hostname or ""
        except ValueError:
            found = ""
    else:
        name = PurePath(target).name
        found = name.lstrip(".").partition(".")[0]
    return _UNSAFE.sub("-", found).strip("-._")[:48] or "session"


def _unique(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
