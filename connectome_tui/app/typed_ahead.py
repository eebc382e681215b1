"""Keys that come faster than screens change: they go to the screen that is there when their turn comes."""

from typing import Any

from textual import events
from textual.screen import Screen


def pass_on(screen: Screen[Any], event: events.Key) -> bool:
    """Send a key to the screen on top when this one is not it any more; whether that was so."""
    if screen.is_active or not screen.app.is_running:
        return False
    screen.app.post_message(events.Key(event.key, event.character))
    return True
