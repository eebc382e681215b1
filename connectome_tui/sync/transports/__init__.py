"""Transports of revision sync: in memory, over a Unix socket, over WebSocket; all speak the same wire (SYNC-8).

A `TopicHub` is the side that has the state; `serve_unix` and `serve_websocket` let others connect to it.
A `SyncClient` is the other side: it dials, connects again, and gives subscriber and provider of a topic.
WebSocket has a module of its own, `connectome_tui.sync.transports.websocket`: only there is its library
imported.
"""

from connectome_tui.sync.transports.client import SyncClient, TopicClient
from connectome_tui.sync.transports.errors import ConnectionLost, Refused, RequestFailed, TransportError
from connectome_tui.sync.transports.hub import TopicHub
from connectome_tui.sync.transports.memory import MemoryNetwork
from connectome_tui.sync.transports.unix_socket import UnixServer, dial_unix, serve_unix

__all__ = [
    "ConnectionLost",
    "MemoryNetwork",
    "Refused",
    "RequestFailed",
    "SyncClient",
    "TopicClient",
    "TopicHub",
    "TransportError",
    "UnixServer",
    "dial_unix",
    "serve_unix",
]
