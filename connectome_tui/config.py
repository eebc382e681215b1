"""The user's configuration: a TOML file in the user's config folder; `CONNECTOME_CONFIG` names another.

Reading it costs nothing when there is none. What is wrong in it is a `SourceError` with the line.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from connectome_tui.events.flow import SourceError
from connectome_tui.recordings.cap import DEFAULT_CAP
from connectome_tui.store.retention import KEEP_NEWEST, Retention
from connectome_tui.traces.overrides import NodeOverride

CONFIG_VARIABLE: Final = "CONNECTOME_CONFIG"

ThemeChoice = Literal["dark", "light"]
RestartPolicy = Literal["boundary", "clear"]
CardStyle = Literal["fill", "line"]


@dataclass(frozen=True, slots=True)
class KeyRemap:
    """The keys that the user gave a command, and the line of the file that says so."""

    keys: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class RecordingsConfig:
    """Where recordings are kept (None: in the user's data folder), and how much of the disk they may take."""

    folder: Path | None = None
    max_bytes: int = DEFAULT_CAP


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured, with what holds when nothing is."""

    path: Path
    theme: ThemeChoice | None = None
    ascii: bool | None = None
    cards: CardStyle = "fill"
    restart_policy: RestartPolicy = "boundary"
    keys: Mapping[str, KeyRemap] = field(default_factory=dict)
    nodes: tuple[NodeOverride, ...] = ()
    recordings: RecordingsConfig = RecordingsConfig()
    retention: Retention = KEEP_NEWEST


def config_path() -> Path:
    """Where the configuration is looked for."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("connectome", appauthor=False) / "config.toml"


def load_config(path: Path | None = None) -> Config:
    """The configuration at `path`, by default the user's own; all defaults when there is no such file.

    A file that was named in `CONNECTOME_CONFIG` must be there. Raises `SourceError` with the line.
    """
    place = path or config_path()
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        if path is None and not os.environ.get(CONFIG_VARIABLE):
            return Config(path=place)
        raise SourceError(str(place), "no such configuration file") from None
    except OSError as error:
        raise SourceError(str(place), f"the configuration cannot be read: {error.strerror}") from None
    from connectome_tui.config_file import parse_config

    return parse_config(place, content)
