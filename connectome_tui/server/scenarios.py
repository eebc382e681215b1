"""The server's half of scenarios (CLIENT-7): a session is made, or begun anew, whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from connectome_tui.clock import Clock, HeldClock
from connectome_tui.events.flow import SourceError
from connectome_tui.net.items import ScenarioItem
from connectome_tui.server.badges import HealthOf
from connectome_tui.server.elsewhere import Elsewhere, at_once
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.keeper import KeptServer
from connectome_tui.server.keeping import SERVER_ACTOR, Actor
from connectome_tui.server.limits import DEFAULT_LIMITS, Limits
from connectome_tui.server.preparing import (
    OpenedRecording,
    SourceOptions,
    begin_anew,
    begin_recording,
    open_named,
)
from connectome_tui.server.scenario_files import Scenario, read_folder
from connectome_tui.server.scenario_port import Loaded, LoadOutcome, NotLoaded

LOOK_MS: Final = 1000.0
"""The folder is looked at again when somebody asks, at most so often."""
MADE_FROM: Final = "scenario:"
BUSY: Final = "it is being made just now"


class Host(Protocol):
    """What is asked of the server core."""

    @property
    def sessions(self) -> Mapping[str, HostedSession]:
        """What is hosted, by name."""
        ...

    def add_session(self, hosted: HostedSession) -> None:
        """Offer a session."""
        ...


@dataclass(slots=True)
class _Making:
    """A session that is being made, and who waits for it. `actor` asked first; None when it comes back."""

    scenario: str
    reset: bool
    actor: Actor | None
    waiting: list[Callable[[LoadOutcome], None]] = field(default_factory=list)


class ScenarioFolder:
    """Implements `Scenarios` for a folder of files, which may change while the server runs. See `serve`.

    `SourceError` when there is no such folder.
    """

    def __init__(
        self,
        folder: Path,
        options: SourceOptions,
        *,
        keeper: KeptServer,
        clock: Clock,
        limits: Limits = DEFAULT_LIMITS,
        elsewhere: Elsewhere = at_once,
        health_of: HealthOf | None = None,
    ) -> None:
        self._folder = folder
        self._options = options
        self._keeper = keeper
        self._clock = clock
        self._limits = limits
        self._elsewhere = elsewhere
        self._health_of = health_of
        self._host: Host | None = None
        self._scenarios: Mapping[str, Scenario] = {one.name: one for one in read_folder(folder)}
        self._next_look_ms = clock.now_ms() + LOOK_MS
        self._listeners: list[Callable[[], None]] = []
        self._making: dict[str, _Making] = {}
        self._recordings: dict[str, Callable[[], None]] = {}
        self._closed = False

    def serve(self, host: Host) -> Sequence[str]:
        """Make sessions here from now on; those that were made before are there again. Lines to be said."""
        self._host = host
        notices: list[str] = []
        for scenario in self._scenarios.values():
            made_from = self._keeper.made_from(scenario.session) if scenario.session else ""
            if made_from == f"{MADE_FROM}{scenario.name}" and scenario.session not in host.sessions:
                # Before anybody is let in: a window that comes back is to find its session.
                self._begin(scenario, at_once, reset=False, actor=None, done=_noted(scenario, notices))
        return notices

    def items(self) -> Sequence[ScenarioItem]:
        """What there is, and what was made from it and is still hosted."""
        self._look()
        sessions = {} if self._host is None else self._host.sessions
        return [
            ScenarioItem(
                name=one.name,
                title=one.title,
                session=one.session,
                trouble=one.trouble,
                made=one.session in sessions and sessions[one.session].scenario == one.name,
            )
            for one in self._scenarios.values()
        ]

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back when `items` would answer otherwise; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def load(self, name: str, *, reset: bool, actor: Actor, done: Callable[[LoadOutcome], None]) -> None:
        """Make the session of a scenario, or begin it anew; one that is there stays as it is without `reset`."""
        self._look(now=True)
        scenario = self._scenarios.get(name)
        refusal = self._why_not(name, scenario, reset=reset)
        if refusal is not None or scenario is None:
            done(refusal or NotLoaded("scenario.unknown", name))
            return
        making = self._making.get(scenario.session)
        if making is not None:
            same = (making.scenario, making.reset) == (name, reset)
            making.waiting.append(done) if same else done(NotLoaded("scenario.failed", f"{scenario.session}: {BUSY}"))
            return
        if self._hosted(scenario.session) is not None and not reset:
            done(Loaded(scenario.session))
            return
        self._begin(scenario, self._elsewhere, reset=reset, actor=actor, done=done)

    def close(self) -> None:
        """Release the recordings of all sessions that were made here; what is being made is dropped."""
        self._closed = True
        for close in self._recordings.values():
            close()
        self._recordings.clear()

    def _why_not(self, name: str, scenario: Scenario | None, *, reset: bool) -> NotLoaded | None:
        if scenario is None:
            return NotLoaded("scenario.unknown", f"there is no scenario {name!r:.80}")
        if scenario.trouble:
            return NotLoaded("scenario.failed", scenario.trouble)
        hosted = self._hosted(scenario.session)
        if hosted is None or hosted.scenario == name:
            return None
        if not hosted.scenario:
            text = f"the session {scenario.session!r} is there, and was made from no scenario"
            return NotLoaded("session.exists", text)
        if reset:
            return None
        text = f"the session {scenario.session!r} is there, made from the scenario {hosted.scenario!r}: reset it"
        return NotLoaded("session.exists", text)

    def _begin(
        self,
        scenario: Scenario,
        elsewhere: Elsewhere,
        *,
        reset: bool,
        actor: Actor | None,
        done: Callable[[LoadOutcome], None],
    ) -> None:
        making = self._making[scenario.session] = _Making(scenario.name, reset, actor, [done])
        options = replace(self._options, flow=scenario.flow)
        elsewhere(lambda: _opened(scenario.source, options), lambda opened: self._make(scenario, making, opened))

    def _make(self, scenario: Scenario, making: _Making, opened: OpenedRecording | SourceError) -> None:
        """The recording was read, or could not be: host its session, or leave everything as it was."""
        outcome: LoadOutcome
        try:
            if isinstance(opened, SourceError):
                raise opened
            if self._closed:
                opened.recording.close()
                return
            self._put(scenario, opened, making.actor)
            outcome = Loaded(scenario.session)
        except (SourceError, OSError) as problem:
            outcome = NotLoaded("scenario.failed", f"{scenario.name}: {problem}")
        finally:
            del self._making[scenario.session]
        for done in making.waiting:
            done(outcome)
        self._tell()

    def _put(self, scenario: Scenario, opened: OpenedRecording, actor: Actor | None) -> None:
        assert self._host is not None, "it serves"
        name, hosted = scenario.session, self._hosted(scenario.session)
        try:
            if hosted is None:
                clock = HeldClock(self._clock)
                prepared = begin_recording(name, opened, self._options, keeper=self._keeper, clock=clock)
                made = HostedSession(
                    name,
                    prepared.running,
                    clock=prepared.clock,
                    keeper=prepared.keeper,
                    limits=self._limits,
                    scenario=scenario.name,
                    health_of=self._health_of,
                )
                self._host.add_session(made)
                if actor is not None:
                    made.note_made(actor)
            else:
                running = begin_anew(hosted, opened, self._options, keeper=self._keeper)
                hosted.replace(running, scenario=scenario.name, actor=actor or SERVER_ACTOR)
        except BaseException:
            opened.recording.close()
            raise
        self._keeper.session(name, opened.fingerprint).note_source(f"{MADE_FROM}{scenario.name}", "")
        before = self._recordings.pop(name, None)
        self._recordings[name] = opened.recording.close
        if before is not None:
            before()

    def _hosted(self, name: str) -> HostedSession | None:
        return None if self._host is None else self._host.sessions.get(name)

    def _look(self, *, now: bool = False) -> None:
        """Read the folder again; a folder that is gone for a moment changes nothing."""
        at_ms = self._clock.now_ms()
        if at_ms < self._next_look_ms and not now:
            return
        self._next_look_ms = at_ms + LOOK_MS
        try:
            found = {one.name: one for one in read_folder(self._folder)}
        except SourceError:
            return
        if found != self._scenarios:
            self._scenarios = found
            self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _opened(source: str, options: SourceOptions) -> OpenedRecording | SourceError:
    try:
        return open_named(source, options)
    except SourceError as problem:
        return problem
    except OSError as problem:
        return SourceError(problem.filename or "scenario", f"cannot be read: {(problem.strerror or '').lower()}")


def _noted(scenario: Scenario, notices: list[str]) -> Callable[[LoadOutcome], None]:
    def done(outcome: LoadOutcome) -> None:
        if isinstance(outcome, NotLoaded):
            notices.append(f"the scenario {scenario.name} does not come back: {outcome.message}")

    return done
