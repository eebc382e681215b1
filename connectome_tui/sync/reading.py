"""Reading what comes from outside: events, snapshots and options may be mappings or objects with attributes."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, TypeGuard, TypeVar

from connectome_tui.sync.contracts import InvalidationEvent, SnapshotEnvelope
from connectome_tui.sync.errors import OptionError, ProtocolError
from connectome_tui.sync.revision import Revision, is_canonical_revision, not_canonical

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Made = TypeVar("Made", bound=DataclassInstance)

_MISSING: Final = object()


def is_topic(value: object) -> TypeGuard[str]:
    """Whether a value names a topic: text that is not empty after trim (SYNC-2)."""
    return isinstance(value, str) and bool(value.strip())


def read_event(raw: object) -> tuple[str, Revision]:
    """Topic and revision of an event; `ProtocolError` says what is wrong with it (SYNC-2)."""
    topic, revision = _field(raw, "topic"), _field(raw, "revision")
    if not is_topic(topic):
        raise ProtocolError(f"an event needs a topic that is not empty, not {_shown(topic)}")
    if not is_canonical_revision(revision):
        raise ProtocolError(f"an event of {topic!r}: {not_canonical(None if revision is _MISSING else revision)}")
    return topic, revision


def read_snapshot(raw: object) -> Revision:
    """The revision of a snapshot; `ProtocolError` when it is not canonical, or there is no data (SYNC-3)."""
    revision = _field(raw, "revision")
    if not is_canonical_revision(revision):
        raise ProtocolError(f"a snapshot: {not_canonical(None if revision is _MISSING else revision)}")
    if _field(raw, "data") is _MISSING:
        raise ProtocolError(f"the snapshot at revision {revision} has no data")
    return revision


def as_event(raw: object) -> object:
    """An event as `should_refresh` gets it."""
    return InvalidationEvent(raw) if isinstance(raw, Mapping) else raw


def as_envelope(raw: object) -> object:
    """A snapshot as the applier gets it."""
    if isinstance(raw, Mapping) and not isinstance(raw, SnapshotEnvelope):
        return SnapshotEnvelope[Any](raw)
    return raw


def read_options(kind: "type[Made]", options: object) -> "Made":
    """Options of a kind from a mapping or an object; what is missing or None is as by default.

    `OptionError` for a name that a mapping has and the kind has not, and for values without meaning.
    """
    if isinstance(options, kind):
        return options
    names = [field.name for field in fields(kind)]
    if isinstance(options, Mapping) and (unknown := [name for name in options if name not in names]):
        raise OptionError(f"there is no option {unknown[0]!r}: there are {', '.join(names)}")
    given = {name: _field(options, name) for name in names}
    return kind(**{name: value for name, value in given.items() if value is not _MISSING and value is not None})


def _field(raw: object, name: str) -> object:
    return raw.get(name, _MISSING) if isinstance(raw, Mapping) else getattr(raw, name, _MISSING)


def _shown(value: object) -> str:
    return "none" if value is _MISSING else repr(value)[:60]
