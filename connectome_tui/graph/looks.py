"""How cards and edges look at one moment of a flow; only this changes while stepping (GRAPH-3)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from connectome_tui.events.model import Tone, Trigger, UnitState
from connectome_tui.graph.picture import Picture


class EdgeStage(IntEnum):
    """How far an edge is from the light; a later one wins the cells that it shares."""

    REST = 0
    TRAVELLED = 1
    RECENT = 2
    LIT = 3


class CardStage(IntEnum):
    """How far a card is from the light."""

    IDLE = 0
    TRAVELLED = 1
    SOURCE = 2
    LIT = 3


@dataclass(frozen=True, slots=True)
class EdgeLook:
    """An edge: its stage, the style it is drawn in, the label it carries (empty: none)."""

    stage: EdgeStage = EdgeStage.REST
    trigger: Trigger = "direct"
    tone: Tone = "code"
    label: str = ""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class CardLook:
    """A card: its stage; lit, the `tone` of the event and whether it `failed`.

    `errors`: some event of it failed so far. `step` is the step that is lit, `energy` the amount so far.
    `state` is how the unit of a run stands (RUN-6), `progress` what is said of it (`3/7`).
    """

    stage: CardStage = CardStage.IDLE
    tone: Tone = "code"
    failed: bool = False
    errors: bool = False
    step: str | None = None
    energy: float | None = None
    selected: bool = False
    state: UnitState | None = None
    progress: str = ""


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of all cards and routes of a picture, by their indexes."""

    cards: tuple[CardLook, ...]
    edges: tuple[EdgeLook, ...]


UNSEEN: Final = CardLook()
PENDING: Final = CardLook(state="pending")


def looks_at_rest(picture: Picture) -> Looks:
    """Nothing reached yet: edges in the style that most of their events have."""
    return Looks(
        tuple(PENDING if card.part.has_state else UNSEEN for card in picture.cards),
        tuple(EdgeLook(trigger=route.way.trigger, tone=route.way.call_type) for route in picture.routes),
    )
