"""What a transport finds wrong."""

from connectome_tui.sync.errors import SyncError


class TransportError(SyncError):
    """Something between the two sides went wrong."""


class ConnectionLost(TransportError):
    """The connection ended, or there is none; the client connects again by itself."""


class Refused(TransportError):
    """The other side does not want this client; connecting again would change nothing."""


class RequestFailed(TransportError):
    """The other side answered with an error; `code` is one of the wire's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
