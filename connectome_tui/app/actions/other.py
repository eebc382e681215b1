"""Quit, help, the palette of commands, theme, other flows, and Escape, which ends the newest thing."""

from collections.abc import Callable
from typing import Protocol


class Program(Protocol):
    """What these actions ask of the application."""

    def exit(self) -> None:
        """End it."""
        ...

    def show_help(self) -> None:
        """Lay the help over the screen."""
        ...

    def show_commands(self) -> None:
        """Open the palette of commands."""
        ...

    def choose_flow(self) -> None:
        """Open the list of flows."""
        ...

    def retry_now(self) -> None:
        """Connect again before its time."""
        ...

    def toggle_own_view(self) -> None:
        """Look on one's own, or with the others again."""
        ...

    def show_diagnostics(self) -> None:
        """Lay what happened to the connection over the screen."""
        ...

    def toggle_theme(self) -> None:
        """Dark to light and back."""
        ...

    def action_suspend_process(self) -> None:
        """Back to the shell until `fg`."""
        ...


class OtherActions:
    """Commands of the group Other, and those of Look that concern the whole window."""

    def __init__(self, program: Program, stoppable: tuple[Callable[[], bool], ...]) -> None:
        """`stoppable`: tried in order by Escape; each says whether it had something to end."""
        self._program = program
        self._stoppable = stoppable

    def escape(self) -> None:
        """End work in hand, then close the detail, then drop search and filter, one with each press."""
        for stop in self._stoppable:
            if stop():
                return

    def quit(self) -> None:
        """End the program."""
        self._program.exit()

    def help(self) -> None:
        """Keys, and how to read the picture."""
        self._program.show_help()

    def commands(self) -> None:
        """All commands, by name."""
        self._program.show_commands()

    def flows(self) -> None:
        """Choose another flow."""
        self._program.choose_flow()

    def detach(self) -> None:
        """Look on one's own, or with the others again."""
        self._program.toggle_own_view()

    def diagnostics(self) -> None:
        """What happened to the connection."""
        self._program.show_diagnostics()

    def retry(self) -> None:
        """Connect again before its time."""
        self._program.retry_now()

    def theme(self) -> None:
        """Light or dark."""
        self._program.toggle_theme()

    def suspend(self) -> None:
        """Back to the shell."""
        self._program.action_suspend_process()
