"""What `connectome open` calls: the application on this terminal, from what the command line and the user chose."""

from collections.abc import Sequence
from pathlib import PurePath

from connectome_tui.app.app import ConnectomeApp
from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import SystemClock
from connectome_tui.config import Config, RestartPolicy
from connectome_tui.sources.open import open_recording
from connectome_tui.sources.options import OpenOptions
from connectome_tui.widgets.palette import Theme


def run_app(
    paths: Sequence[str],
    *,
    flow_id: str | None = None,
    at: int = 0,
    config: Config,
    theme: Theme | None = None,
    ascii_only: bool | None = None,
    restart_policy: RestartPolicy | None = None,
    options: OpenOptions | None = None,
) -> int:
    """Open `paths` and step through them on this terminal; the exit status.

    Raises `SourceError` for bad input, once the terminal is as it was before.
    """
    keymap = build_keymap(config.keys, path=str(config.path))
    app = ConnectomeApp(
        lambda progress: open_recording(paths, progress=progress, partial=True, options=options or OpenOptions()),
        PurePath(paths[0]).name if len(paths) == 1 else f"{len(paths)} files",
        clock=SystemClock(),
        keymap=keymap,
        look=LookChoice(
            theme=theme or config.theme or "dark",
            ascii_only=bool(config.ascii if ascii_only is None else ascii_only),
            line_cards=config.cards == "line",
        ),
        flow_id=flow_id,
        at=at,
        restart_policy=restart_policy or config.restart_policy,
    )
    try:
        app.run()
    finally:
        app.close_recording()
    if app.source_error is not None:
        raise app.source_error
    return app.return_code or 0
