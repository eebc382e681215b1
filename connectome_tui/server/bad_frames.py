"""What is wrong with a frame that could not be read, in a code and one line."""

from typing import Any, Final, get_args

import msgspec

from connectome_tui.net.error_codes import ErrorCode
from connectome_tui.net.frames import PROTOCOL, FromWindow

KNOWN: Final = frozenset(str(frame.__struct_config__.tag) for frame in get_args(FromWindow))
MAX_ID: Final = 2**53


class _Envelope(msgspec.Struct):
    """What every frame has, whatever else is wrong with it."""

    type: Any = None
    id: Any = 0
    protocol: Any = PROTOCOL


def what_is_wrong(message: bytes | str, problem: Exception) -> tuple[ErrorCode, str, int]:
    """The code, the line, and the id of the request as far as it can be read."""
    if not isinstance(problem, msgspec.ValidationError):
        return "frame.malformed", f"not JSON that can be read: {_line(problem)}", 0
    try:
        envelope = msgspec.json.decode(message, type=_Envelope)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return "frame.malformed", f"a frame is one JSON object: {_line(problem)}", 0
    is_id = isinstance(envelope.id, int) and 0 <= envelope.id < MAX_ID
    request_id = envelope.id if is_id else 0
    kind = envelope.type
    if not isinstance(kind, str):
        return "frame.malformed", "a frame has a type, which is text", request_id
    if kind not in KNOWN:
        return "frame.unknown_type", f"there is no frame {kind!r:.60}", request_id
    if kind == "session.hello" and envelope.protocol != PROTOCOL:
        return "protocol.version", version_text(envelope.protocol), request_id
    return "frame.malformed", f"{kind}: {_line(problem)}", request_id


def version_text(theirs: object) -> str:
    """Why a version of the protocol is refused."""
    return f"this server speaks version {PROTOCOL} of the protocol, not {theirs!r:.40}"


def _line(problem: Exception) -> str:
    text = str(problem) or type(problem).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"
