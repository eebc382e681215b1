"""Where a server listens, which token opens it, and what is said to who wants to attach (SERVER-9)."""

import shlex
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectome_tui.events.flow import SourceError
from connectome_tui.events.visible import visible
from connectome_tui.net.addresses import DEFAULT_PORT, ServerAddress, parse_listen_address
from connectome_tui.net.token_files import TOKEN_VARIABLE
from connectome_tui.receiver.addresses import LOCALHOST, Address, bind, bound_address
from connectome_tui.server.state_folder import state_folder
from connectome_tui.server.tokens import KeptTokens, check_reach, keep_tokens

DEFAULT_LISTEN: Final = f"127.0.0.1:{DEFAULT_PORT}"
_ANY_HOST: Final = ("0.0.0.0", "::")  # noqa: S104 -- what somebody may ask for


@dataclass(frozen=True, slots=True)
class Places:
    """Listening sockets, at which nobody is let in yet, their addresses, and the tokens.

    `hosts` are the names that were given to listen at: windows connect under them.
    """

    sockets: Sequence[socket.socket]
    addresses: Sequence[ServerAddress]
    tokens: KeptTokens
    token_file: str | None
    hosts: Sequence[str] = ()

    @property
    def name(self) -> str:
        """What windows show of this server."""
        return str(self.addresses[0])

    @property
    def state_folder(self) -> Path:
        """Where this server keeps its state, and finds it when it comes back at the same address."""
        first = self.addresses[0]
        if first.transport == "unix":
            return state_folder(str(Path(first.path).expanduser().resolve()))
        return state_folder(str(Address(first.host, first.port)))

    def how_to_attach(self, sessions: Sequence[str]) -> Iterator[str]:
        """Lines to be shown; the first two can be pasted into another terminal of this user."""
        shown = "" if self.token_file is None else f" --token-file {shlex.quote(self.token_file)}"
        session = f" --session {shlex.quote(sessions[0])}" if len(sessions) > 1 else ""
        place = shlex.quote(str(_reachable(self.addresses[0])))
        yield f"connectome attach {place}{shown}"
        yield f"connectome ctl {place} next{session}{shown}"
        for other in self.addresses[1:]:
            yield f"also at {visible(str(_reachable(other)))}"
        full = TOKEN_VARIABLE if self.tokens.full_file is None else str(self.tokens.full_file)
        yield f"token: {visible(full)}, to look only: {visible(str(self.tokens.read_only_file))}"


@contextmanager
def open_places(listen: Sequence[str], unix: Sequence[str], token_file: str | None) -> Iterator[Places]:
    """All of the places, or none; `SourceError` in one line. With none named it is `DEFAULT_LISTEN`.

    What is passing (sockets, tokens of ports that the system chose) goes with the block.
    """
    wanted = [parse_listen_address(text) for text in listen or ([] if unix else [DEFAULT_LISTEN])]
    # Lines with the file in it are pasted in any folder.
    token_file = None if token_file is None else _anywhere(token_file)
    check_reach([_at(address) for address in wanted], token_file)
    sockets: list[socket.socket] = []
    addresses: list[ServerAddress] = []
    passing: list[ServerAddress] = []
    with ExitStack() as opened:
        for address in wanted:
            bound = bind(address)
            for one in bound:
                opened.callback(one.close)
            sockets += bound
            places = [_at(bound_address(one)) for one in bound]
            addresses += places
            passing += [] if address.port else places
        for text in unix:
            path = text.removeprefix("unix:")
            sockets.append(_unix(path, opened))
            addresses.append(ServerAddress("unix", path=_anywhere(path)))
        tokens = keep_tokens(addresses, token_file, passing=passing)
        opened.callback(tokens.close)
        yield Places(sockets, addresses, tokens, token_file, [address.host for address in wanted])


def _unix(path: str, opened: ExitStack) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise SourceError(path, "there are no such sockets on Windows: expected --listen HOST:PORT")
    from connectome_tui.sources.unix_socket import ListeningSocket

    listening = ListeningSocket(str(Path(path).expanduser()))
    opened.callback(listening.close)
    return listening.socket


def _anywhere(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def _at(address: Address) -> ServerAddress:
    return ServerAddress("ws", address.host, address.port)


def _reachable(address: ServerAddress) -> ServerAddress:
    """The address as this machine reaches it: at all of its addresses it listens at its own as well."""
    return ServerAddress("ws", LOCALHOST, address.port) if address.host in _ANY_HOST else address
