"""The records of a session: confirmed values, and which commit changed them last (SERVER-2, SERVER-5).

A record is never written here: it is read off the states before and after a commit, so that its version
follows also when a command, the engine or a source changed it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from connectome_tui.net import record_keys as keys
from connectome_tui.net.record_keys import RecordKey
from connectome_tui.server.keeping import Actor
from connectome_tui.store.deltas import RecordChange
from connectome_tui.store.state import State

Values = Mapping[RecordKey, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that a commit changed, and what it was before."""

    key: RecordKey
    old: Any
    record: RecordChange


def _shared(state: State) -> Values:
    shared = state.shared
    return {
        keys.FOCUS_SELECTION: msgspec.to_builtins(shared.selection),
        keys.VIEW_CENTRE: shared.graph_centre,
        keys.VIEW_LEVEL: shared.graph_level,
        keys.VIEW_LOG: shared.log_index,
    }


def _sources(state: State) -> Values:
    if state.live is None:
        return {}
    values: dict[RecordKey, Any] = {
        RecordKey("source", source.name, keys.SOURCE_CONNECTION): {
            "phase": source.status.phase,
            "message": source.status.message,
        }
        for source in state.live.sources
    }
    rates = state.live.rates
    if len(rates.events) > 1:
        # The newest bucket is still being filled: its value would be another one with every batch.
        values[keys.SOURCE_RATES] = {
            "second": rates.second - 1,
            "events": rates.events[-2],
            "errors": rates.errors[-2],
        }
    return values


_READ: Final[Mapping[str, Callable[[State], Values]]] = {
    "mode": lambda state: {keys.PLAYBACK_MODE: state.mode},
    "speed": lambda state: {keys.PLAYBACK_SPEED: state.speed},
    "local_pause": lambda state: {keys.PLAYBACK_PAUSE: state.local_pause},
    "pinned": lambda state: {keys.FOCUS_PIN: state.pinned},
    "shared": _shared,
    "live": _sources,
    "session_id": lambda state: {keys.SESSION_RUN: state.session_id},
    "flow": lambda state: {keys.SESSION_FLOW: None if state.flow is None else state.flow.id},
}
"""How the records of each field of the state are read."""


class Records:
    """All records of one session."""

    def __init__(self) -> None:
        self._records: dict[RecordKey, RecordChange] = {}

    def __iter__(self) -> Iterator[RecordChange]:
        return iter(self._records.values())

    def get(self, key: RecordKey) -> RecordChange | None:
        """The record, None when there is none of that name."""
        return self._records.get(key)

    def seed(self, state: State, actor: Actor, at_ms: float, kept: Iterable[RecordChange]) -> None:
        """The records of a state that was not made commit by commit; who `kept` wrote one of this value wrote it."""
        written = {RecordKey(record.scope, record.target, record.key): record for record in kept}  # type: ignore[arg-type]
        for read in _READ.values():
            for key, value in read(state).items():
                known = written.get(key)
                if known is not None and known.value == value and int(known.version) <= state.commit_id:
                    self._records[key] = known
                else:
                    self._records[key] = _record(key, value, state.commit_id, actor, at_ms)

    def observe(self, old: State, new: State, actor: Actor, at_ms: float) -> list[Changed]:
        """Take over what a commit changed; gives it."""
        changes: list[Changed] = []
        for field, read in _READ.items():
            if getattr(old, field) is getattr(new, field):
                continue
            for key, value in read(new).items():
                before = self._records.get(key)
                if before is None or before.value != value:
                    record = self._records[key] = _record(key, value, new.commit_id, actor, at_ms)
                    changes.append(Changed(key, None if before is None else before.value, record))
        return changes


def _record(key: RecordKey, value: Any, version: int, actor: Actor, at_ms: float) -> RecordChange:
    return RecordChange(
        scope=key.scope,
        target=key.target,
        key=key.key,
        value=value,
        version=str(version),
        actor_id=actor.actor_id,
        origin=actor.origin,
        at_ms=at_ms,
    )
