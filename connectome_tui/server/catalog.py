"""What the catalog, the scenarios and the sources of a server are, as items of their topics."""

from collections.abc import Callable, Mapping

from connectome_tui.net.items import CatalogItem, ScenarioItem, SourceItem
from connectome_tui.server.hosted import HostedSession
from connectome_tui.server.scenario_port import Scenarios
from connectome_tui.store.state import State


def catalog(sessions: Mapping[str, HostedSession], here: Callable[[str], int]) -> Mapping[str, CatalogItem]:
    """Every hosted session, by name."""
    return {name: hosted.catalog_item(here(name)) for name, hosted in sessions.items()}


def scenario_items(scenarios: Scenarios) -> Mapping[str, ScenarioItem]:
    """Every scenario, by name."""
    return {item.name: item for item in scenarios.items()}


def source_items(sessions: Mapping[str, HostedSession]) -> Mapping[str, SourceItem]:
    """Every live source, by session and name."""
    items: dict[str, SourceItem] = {}
    for name, hosted in sessions.items():
        live = hosted.state.live
        for source in () if live is None else live.sources:
            items[f"{name}/{source.name}"] = SourceItem(
                session=name,
                name=source.name,
                kind=source.kind,
                phase=source.status.phase,
                message=source.status.message,
                received=source.counters.received,
                dropped=source.counters.dropped_in_all,
            )
    return items


def source_phases(state: State) -> tuple[str, ...]:
    """How the connections of a session stand: what is told sooner than counts."""
    return () if state.live is None else tuple(source.status.phase for source in state.live.sources)
