"""A count of steps on a server: a few on their way at a time, so that neither it nor the line is swamped."""

from collections.abc import Callable
from typing import Final, Protocol

from connectome_tui.app.host import Tone
from connectome_tui.client.intents import Answer
from connectome_tui.client.requests import Failure
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import Clock
from connectome_tui.engine.commands import NextStep

ON_THE_WAY: Final = 8
"""So many steps wait for their answers at most."""
TOLD_EVERY_MS: Final = 300.0
REST_SECONDS: Final = 0.2
"""When the server says that commands come too fast, the next one waits so long."""


class RunHost(Protocol):
    """What a run asks of the application."""

    clock: Clock

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Show a message in the footer."""
        ...

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Call back once after `delay` seconds."""
        ...


class RemoteRun:
    """Sends a step whenever an earlier one was answered; the first refusal ends it."""

    def __init__(self, client: WindowClient, count: int, host: RunHost, on_end: Callable[[int, str], None]) -> None:
        self._client = client
        self._host = host
        self._on_end = on_end
        self._told_ms = host.clock.now_ms()
        self._has_told = self._is_resting = False
        self._sent = 0
        self._is_over = False
        self.wanted = count
        self.done = 0
        self._go_on()

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self._is_over

    def stop(self) -> None:
        """Send no more; what is on its way is done."""
        self._is_over = True

    def _go_on(self) -> None:
        self._is_resting = False
        while not self._is_over and self._sent < self.wanted and self._sent - self.done < ON_THE_WAY:
            self._sent += 1
            sent = self._client.send(NextStep(), self._answered)
            if isinstance(sent, Failure):
                self._end(sent.message)
        if not self._is_over and self.done >= self.wanted:
            self._end("")

    def _answered(self, answer: Answer) -> None:
        if answer.code == "limit.rate":
            self._sent -= 1
            if not self._is_resting:
                self._is_resting = True
                self._host.set_timer(REST_SECONDS, self._go_on)
            return
        if not answer.accepted:
            # The end of the flow is said by its sentence (ENGINE-4).
            self._end("" if answer.code == "command.end_of_script" else answer.message)
            return
        self.done += 1
        if self._is_over:
            return
        if not self._is_resting:
            self._go_on()
        now = self._host.clock.now_ms()
        if self.running and now - self._told_ms >= TOLD_EVERY_MS:
            self._told_ms, self._has_told = now, True
            self._host.say(f"{self.done} of {self.wanted} released · esc stops")

    def _end(self, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            if self._has_told:
                self._host.say(f"{self.done} released", "ok")
            self._on_end(self.done, why)
