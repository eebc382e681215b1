"""The palette of commands: Textual's own, filled from the command table."""

from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from connectome_tui.app.commands import COMMANDS, Command
from connectome_tui.app.keymap import shown_key

if TYPE_CHECKING:
    from connectome_tui.app.app import ConnectomeApp


class CommandProvider(Provider):
    """Every command that is possible now, with its keys."""

    @property
    def _connectome(self) -> "ConnectomeApp":
        return cast("ConnectomeApp", self.app)

    async def discover(self) -> Hits:
        """All of them, in the order of the table, while nothing is typed."""
        for command in self._possible():
            yield DiscoveryHit(command.description, self._runner(command), help=self._keys(command))

    async def search(self, query: str) -> Hits:
        """Those whose description matches."""
        matcher = self.matcher(query)
        for command in self._possible():
            score = matcher.match(command.description)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(command.description), self._runner(command), help=self._keys(command)
                )

    def _possible(self) -> list[Command]:
        state = self._connectome.state
        return [command for command in COMMANDS if command.when(state)]

    def _keys(self, command: Command) -> str:
        return " ".join(shown_key(key) for key in self._connectome.keymap.keys_of[command.id])

    def _runner(self, command: Command) -> "_Run":
        return _Run(self._connectome, command)


class _Run:
    """Carries out one command."""

    def __init__(self, app: "ConnectomeApp", command: Command) -> None:
        self._app = app
        self._command = command

    def __call__(self) -> None:
        self._app.main_screen.run_command(self._command)
