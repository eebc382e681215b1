"""`connectome sessions`: the recordings of what was live, and making room among them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from connectome_tui.clock import SystemClock
from connectome_tui.config import load_config
from connectome_tui.events.visible import visible
from connectome_tui.recordings.cap import size_text
from connectome_tui.recordings.folder import ListedRecording, list_recordings, prune
from connectome_tui.recordings.names import SESSION_PREFIX, recordings_folder


def run(*, as_json: bool) -> None:
    """Print what there is, oldest first."""
    folder = recordings_folder(load_config().recordings.folder)
    listed = list_recordings(folder)
    if as_json:
        click.echo(json.dumps([_object(one) for one in listed], ensure_ascii=False))
    elif listed:
        click.echo("\n".join(_lines(listed)))
    else:
        click.echo(f"no recordings in {visible(str(folder))}")


def run_prune(*, keep: int | None, older_than_ms: float | None, max_bytes: int | None) -> None:
    """Remove recordings and say which."""
    if keep is None and older_than_ms is None and max_bytes is None:
        raise click.UsageError("say what is to stay: --keep N, --older-than AGE or --max-size SIZE")
    folder = recordings_folder(load_config().recordings.folder)
    removed = prune(folder, SystemClock().now_ms(), keep=keep, older_than_ms=older_than_ms, max_bytes=max_bytes)
    for one in removed:
        click.echo(f"removed {SESSION_PREFIX}{one.id} ({size_text(one.bytes)})")
    left = list_recordings(folder)
    total = size_text(sum(one.bytes for one in left))
    live = sum(one.is_live for one in left)
    click.echo(f"{len(left)} left, {total}" + (f", {live} live" if live else ""))


def _lines(listed: Sequence[ListedRecording]) -> list[str]:
    lines = []
    for one in listed:
        events = "" if one.trouble else f"{one.events} events"
        what = one.trouble or visible(one.source)
        state = "live" if one.is_live else "" if one.ended_at_ms or one.trouble else "cut off"
        name = f"{SESSION_PREFIX}{visible(one.id)}"
        line = f"{name:<30} {_time_text(one.started_at_ms)} {size_text(one.bytes):>9} {events:>16}  {state:<7}  {what}"
        lines.append(line.rstrip())
    total = size_text(sum(one.bytes for one in listed))
    return [*lines, f"{len(listed)} recordings, {total}" if len(listed) > 1 else f"1 recording, {total}"]


def _object(one: ListedRecording) -> dict[str, Any]:
    return asdict(one) | {"path": str(one.path)}


def _time_text(at_ms: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{'?':<23}"
