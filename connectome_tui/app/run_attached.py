"""What `connectome attach` calls: a window on a server, on this terminal, from the connection to the exit status."""

from collections.abc import Callable

from connectome_tui.app.attached_app import AttachedApp
from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.client.connection_session import Identity
from connectome_tui.client.diagnostics import Diagnostics, diagnostics_path
from connectome_tui.client.dialing import WebSocketDialer
from connectome_tui.client.window import WindowClient
from connectome_tui.clock import SystemClock
from connectome_tui.config import Config
from connectome_tui.net.addresses import ServerAddress
from connectome_tui.widgets.palette import Theme


def run_attached(
    address: ServerAddress,
    *,
    identity: Identity,
    auth: Callable[[], str],
    config: Config,
    detached: bool = False,
    hint: str = "",
    theme: Theme | None = None,
    ascii_only: bool | None = None,
) -> int:
    """Follow the session that `address` names, or let the user choose one, until they quit; the exit status.

    `hint` is shown in the footer when the window opens. `auth` gives the token anew for each connection
    (a server that was started again has another one).
    No task, socket or thread of it is left behind this (CLIENT-9).
    """
    clock = SystemClock()
    keymap = build_keymap(config.keys, path=str(config.path))
    diagnostics = Diagnostics(
        diagnostics_path(), clock, on_trouble=lambda trouble: app.post_message(AttachedApp.NotesFailed(trouble))
    )
    client = WindowClient(
        str(address.place),
        WebSocketDialer(address.place),
        clock,
        identity=identity,
        auth=auth,
        session=address.session,
        notes=diagnostics,
    )
    look = LookChoice(
        theme=theme or config.theme or "dark",
        ascii_only=bool(config.ascii if ascii_only is None else ascii_only),
        line_cards=config.cards == "line",
    )
    app = AttachedApp(
        client, clock=clock, keymap=keymap, look=look, detached=detached, hint=hint, read_notes=diagnostics.read
    )
    try:
        app.run()
    finally:
        diagnostics.close()
    return app.return_code or 0
