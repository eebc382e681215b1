"""Checkers of the authoritative server (HEALTH-1): they look on while windows step, repeat, write and lag."""

from collections.abc import Sequence
from typing import Final

from connectome_tui.health.checker import Looker
from connectome_tui.health.server_run import (
    LIMITS,
    READ_ON,
    REPEATED,
    STALE,
    STALLED,
    TWO_NEXTS,
    ServerMoment,
    deltas_of,
)
from connectome_tui.net.frames import CommitsBaseline

LARGEST_FRAME: Final = 64 << 10
"""A message that is on its way when the bound is reached."""


class ServerChecker(Looker):
    """Looks on at a server: at each moment when it has done all that was asked of it."""

    module = "server"

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:
        """Look at what became of a server between two moments."""


class RevisionsNeverGoBack(ServerChecker):
    """SERVER-3, SERVER-7: what a window is told follows on without a hole, and nothing leads back."""

    name = "health_check_server_revisions_never_go_back"
    indicator = "server_revision_monotonic_integrity"

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, int] = {}

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:
        self.check(now.revision >= before.revision, f"the server went from {before.revision} to {now.revision}")
        for name, frames in now.told.items():
            for revision, base, is_whole in deltas_of(frames):
                at = self._told.get(name, 0)
                self.check(revision >= at if is_whole else revision > at, f"{name} was at {at} and is told {revision}")
                self.check(is_whole or base == at, f"{name} was at {at} and is told what follows {base}")
                self._told[name] = revision
            behind = now.revision - self._told.get(name, 0)
            stalled = now.what == STALLED and name == "slow"
            self.check(stalled or not behind, f"behind {now.what}: {name} is {behind} commits behind")


class TwoNextsAreTwoEvents(ServerChecker):
    """SERVER-5: two Nexts from two windows release two events, each with an answer of its own."""

    name = "health_check_server_two_nexts_are_two_events"
    indicator = "server_command_integrity"

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:
        if now.what == TWO_NEXTS:
            released = now.entries - before.entries
            self.check(released == 2, f"two Nexts released {released} events")
            answers = {ack.revision for ack in now.acks if ack.accepted}
            self.check(len(answers) == 2, f"two Nexts were answered with {len(answers)} commits")


class RepeatsAreNotDoneAgain(ServerChecker):
    """SERVER-5: an intent that comes again is answered as before, and changes nothing."""

    name = "health_check_server_repeats_are_not_done_again"
    indicator = "server_intent_integrity"

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:
        if now.what == REPEATED:
            self.check(now.entries == before.entries, f"a repeat released {now.entries - before.entries} events")
            self.check(now.revision == before.revision, "a repeat made a commit")
            then, again = ({ack.intent_id: ack.revision for ack in moment.acks} for moment in (before, now))
            self.check(then == again, f"what was answered {then} is answered {again} now")


class StaleWritesChangeNothing(ServerChecker):
    """SERVER-5: a write on a version that is not the newest is refused, and changes nothing."""

    name = "health_check_server_stale_writes_change_nothing"
    indicator = "server_record_integrity"

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:
        if now.what == STALE:
            codes = [ack.code for ack in now.acks]
            self.check(codes == ["state.conflict"], f"a stale write is answered {codes}")
            self.check(now.speed == before.speed, f"a stale write changed the speed to {now.speed}")
            self.check(now.revision == before.revision, "a stale write made a commit")


class SlowWindowsGetABaseline(ServerChecker):
    """SERVER-9: little waits for a window that reads nothing; when it reads on it is given the whole."""

    name = "health_check_server_slow_windows_get_a_baseline"
    indicator = "server_slow_window_bounds"

    def on_moment(self, before: ServerMoment, now: ServerMoment) -> None:  # noqa: ARG002 - one signature for all
        most = LIMITS.waiting_bytes + LARGEST_FRAME
        self.check(now.waited_bytes <= most, f"{now.waited_bytes} bytes wait for a window, {most} are allowed")
        if now.what == STALLED:
            others = min(sum(1 for _ in deltas_of(now.told[name])) for name in ("one", "two"))
            self.check(others > 0, "one window that reads nothing holds up the others")
        if now.what == READ_ON:
            whole = [frame for frame in now.told["slow"] if isinstance(frame, CommitsBaseline)]
            self.check(whole, "a window that fell behind is not given the whole")
            newest = int(whole[-1].revision) if whole else 0
            self.check(newest >= now.revision, f"it is given the whole as of {newest}, the server is at {now.revision}")


SERVER_CHECKERS: Final[Sequence[type[ServerChecker]]] = (
    RevisionsNeverGoBack,
    TwoNextsAreTwoEvents,
    RepeatsAreNotDoneAgain,
    StaleWritesChangeNothing,
    SlowWindowsGetABaseline,
)
