"""The records of a session, by scope, target and key (SERVER-2), and the ids of those who write them.

A value is plain data. Those of `playback`, `focus` and `view` are written by windows with
`state.update`; `source` and `session` are the server's to write.
"""

from typing import Final, NamedTuple

from connectome_tui.net.frames import Scope


class RecordKey(NamedTuple):
    """Which record; `str()` of it is the key of the audit log."""

    scope: Scope
    target: str
    key: str

    def __str__(self) -> str:
        return f"{self.scope}/{self.target}/{self.key}"


PLAYBACK_MODE: Final = RecordKey("playback", "session", "mode")
"""`stepper` or `realtime`."""
PLAYBACK_SPEED: Final = RecordKey("playback", "session", "speed")
"""`pause`, `1x`, `2x` or `3x`."""
PLAYBACK_PAUSE: Final = RecordKey("playback", "session", "pause")
"""Whether realtime mode is held, for all."""
FOCUS_PIN: Final = RecordKey("focus", "session", "pin")
"""Whether the focus stays in realtime mode."""
FOCUS_SELECTION: Final = RecordKey("focus", "session", "selection")
"""A `Selection` as plain data, or None."""
VIEW_CENTRE: Final = RecordKey("view", "graph", "centre")
"""The id of the node in the middle of the graph, or None."""
VIEW_LEVEL: Final = RecordKey("view", "graph", "level")
"""The graph's level of detail; None: it is fitted."""
VIEW_LOG: Final = RecordKey("view", "log", "index")
"""The entry at the bottom of the log; None while it follows the newest."""
SESSION_RUN: Final = RecordKey("session", "session", "session_id")
"""The run of the stepper: another one after a Restart."""
SESSION_FLOW: Final = RecordKey("session", "session", "flow")
"""The id of the flow that is stepped; None for a live session."""
SOURCE_CONNECTION: Final = "connection"
"""Key of a record of scope `source`, whose target is the source's name: {`phase`, `message`}."""
SOURCE_RATES: Final = RecordKey("source", "session", "rates")
"""{`second`, `events`, `errors`}: how many came in the newest whole second; about once a second."""

ID_MARK: Final = "~"


def actor_id_of(name: str, unique: str) -> str:
    """The id of somebody new: the name stands in it, so that it can be shown long after they left."""
    return f"{name}{ID_MARK}{unique}"


def actor_name(actor_id: str) -> str:
    """The name that an id was made for; `server` for what the server did by itself."""
    name, mark, _unique = actor_id.rpartition(ID_MARK)
    return name if mark else actor_id
