"""The authoritative server (SERVER): one engine and one store for a session, many windows."""
