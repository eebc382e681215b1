"""What reducers work on, and what they answer."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from connectome_tui.engine.commands import RuntimeCommand, RuntimeReleaseResult
from connectome_tui.net.error_codes import ErrorCode
from connectome_tui.store.state import SharedView, State

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a write or a command: accepted with an empty `code`, else refused with the reason."""

    code: ErrorCode | Literal[""] = ""
    message: str = ""


ACCEPTED = Outcome()


class Stage(Protocol):
    """A session while somebody acts on it: each call is one commit, in that actor's name."""

    @property
    def state(self) -> State:
        """As of the newest commit."""
        ...

    def dispatch(self, command: RuntimeCommand) -> RuntimeReleaseResult:
        """Have the engine carry out a command."""
        ...

    def share(self, shared: SharedView) -> None:
        """Let all windows look there."""
        ...


def outcome_of(result: RuntimeReleaseResult) -> Outcome:
    """The engine's answer in codes of the protocol."""
    if result.status == "blocked":
        return Outcome("command.blocked", result.notes)
    if result.status == "end_of_script":
        return Outcome("command.end_of_script", result.notes)
    return ACCEPTED


def valid(value: Any, kind: type[Value]) -> Value:
    """The value as what it has to be; `ValueError` says in one line what is wrong."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from None


def unknown(key: object) -> Outcome:
    """The answer to a write of a record that there is not."""
    return Outcome("state.invalid", f"there is no record {key!s:.120}")
