"""Following live sources on this terminal: from the sources to the exit status."""

import sys
from collections.abc import Sequence
from typing import Final

from connectome_tui.app.keymap import build_keymap
from connectome_tui.app.live_app import LiveApp
from connectome_tui.app.looks import LookChoice
from connectome_tui.clock import Clock, SystemClock
from connectome_tui.config import Config
from connectome_tui.events.flow import SourceError
from connectome_tui.live_feed import LiveFeed
from connectome_tui.session import DEFAULT_LIVE, LiveOptions, start_live_session
from connectome_tui.sources.live import EventRecorder, LiveSource
from connectome_tui.widgets.palette import Theme

SWITCH_SECONDS: Final = 0.0005
"""A thread that decodes gives way to the screen after so long: a key must not wait for several turns of 5 ms."""


def run_live_app(
    sources: Sequence[LiveSource],
    recorder: EventRecorder | None = None,
    *,
    config: Config,
    theme: Theme | None = None,
    ascii_only: bool | None = None,
    options: LiveOptions = DEFAULT_LIVE,
    clock: Clock | None = None,
) -> int:
    """Follow `sources` until the user quits; the exit status. Every thread and process has ended then.

    The sources are started before the terminal is taken: `SourceError` when one of them cannot.
    """
    clock = clock or SystemClock()
    feed = LiveFeed()
    try:
        keymap = build_keymap(config.keys, path=str(config.path))
    except SourceError:
        if recorder is not None:
            recorder.close()
        raise
    session = start_live_session(sources, recorder, clock=clock, wake=feed.wake, options=options)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        look = LookChoice(
            theme=theme or config.theme or "dark",
            ascii_only=bool(config.ascii if ascii_only is None else ascii_only),
            line_cards=config.cards == "line",
        )
        app = LiveApp(session, feed, clock=clock, keymap=keymap, look=look)
        app.run()
        app.end()
    finally:
        session.close()
    return app.return_code or 0
