"""Small flows that ship with the package (`connectome samples`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample: the name it is asked for by, its title, its file in the package, and what it shows."""

    name: str
    title: str
    file: str
    about: str


SAMPLES: Final = (
    Sample(
        name="tale",
        title="a turn of the tale",
        file="tale.json",
        about="a player's message goes from the page through the API and the graph to a narrator and back; "
        "every trigger and call type, energy, wait bar, four zones (a step script)",
    ),
    Sample(
        name="checkout",
        title="a shop checkout that fails",
        file="checkout.otlp.jsonl",
        about="seven POST /checkout requests through six services, five of which fail in their own way "
        "(recorded, OTLP JSON lines)",
    ),
    Sample(
        name="agent",
        title="an agent run",
        file="agent.otlp.jsonl",
        about="a research agent with loops, a fan-out and a tool that fails (recorded, OTLP JSON lines)",
    ),
    Sample(
        name="run",
        title="a build that fails",
        file="build.run.jsonl",
        about="ten units in six levels, three at a time; one fails and blocks two (an orchestration run)",
    ),
)
"""All samples; the first is what opens when no source is named."""


def sample_path(name: str) -> Path:
    """Where a sample lies; `KeyError` for a name that is none."""
    for sample in SAMPLES:
        if sample.name == name:
            return FOLDER / sample.file
    raise KeyError(name)


def is_sample(path: str) -> bool:
    """Whether a path is that of a file that ships with the package, so that the tests have checked it."""
    return Path(path).parent == FOLDER
