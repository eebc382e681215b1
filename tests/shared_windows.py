"""A session and windows on it, without a network: commits go through their bytes, pages are served when asked for."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from connectome_tui.server.ledger_reads import LedgerReads
from connectome_tui.session import LiveSession, SteppedSession, export_lines
from connectome_tui.store import baselines, window_entries
from connectome_tui.store.baselines import baseline_of
from connectome_tui.store.delta_encoding import commit_delta
from connectome_tui.store.delta_wire import decode_baseline, decode_delta, decode_look, decode_page, encode
from connectome_tui.store.deltas import Baseline, Changes, CommitDelta, LookAnswer
from connectome_tui.store.entries import Ledger, NodeHistory, is_placeholder
from connectome_tui.store.state import State
from connectome_tui.store.window_ledger import WindowLedger
from connectome_tui.store.window_store import WindowStore


@contextmanager
def small_pages(entries: int = 4, detail: int = 2) -> Iterator[None]:
    """Pages of so few entries that short ledgers have many."""
    with (
        patch.object(baselines, "PAGE", entries),
        patch.object(window_entries, "PAGE", entries),
        patch.object(window_entries, "DETAIL_PAGE", detail),
    ):
        yield


class Window:
    """A window's store with what it lacks."""

    def __init__(self, shared: "SharedSession", kept_newest: int = 100_000) -> None:
        self.shared = shared
        self.wanted: dict[tuple[int, int, bool], None] = {}
        self.told = 0
        self.store = WindowStore(self, kept_newest)
        self.store.subscribe(self._count)
        self.store.apply_baseline(shared.baseline())

    @property
    def state(self) -> State:
        """What it shows."""
        return self.store.state

    @property
    def ledger(self) -> WindowLedger:
        """The ledger that it shows."""
        ledger = self.state.ledger
        assert isinstance(ledger, WindowLedger)
        return ledger

    def want_page(self, first: int, behind: int, *, detail: bool) -> None:
        """Remember it."""
        assert first < behind, "nothing is wanted"
        self.wanted[first, behind, detail] = None

    def serve(self) -> bool:
        """Let the pages come that are wanted; whether any was."""
        wanted, self.wanted = self.wanted, {}
        for first, behind, detail in wanted:
            page = self.shared.reads.page(first, behind, detail=detail)
            self.store.apply_page(decode_page(encode(page)))
        return bool(wanted)

    def look(self, index: int, by: int = 0) -> LookAnswer:
        """Ask for a look, and see it alone."""
        answer = decode_look(encode(self.shared.reads.look(index, by)))
        self.store.look_alone(answer)
        return answer

    def fetch_all(self) -> None:
        """Read everything until nothing is lacking."""
        for _ in range(1000):
            ledger = self.state.ledger
            for index in ledger.indexes(ledger.start, ledger.end):
                _ = ledger[index], ledger.detail(index), ledger.parent_index(index)
            if not self.serve():
                return
        raise AssertionError("pages are wanted again and again")

    def _count(self, _old: State, _new: State) -> None:
        self.told += 1


class SharedSession:
    """A session whose commits are encoded as they are made."""

    def __init__(self, session: SteppedSession | LiveSession) -> None:
        self.session = session
        self.reads = LedgerReads(session, lambda commit: f"actor{commit % 3}")
        self.deltas: list[bytes] = []
        self.windows: list[Window] = []
        session.store.subscribe(self._on_commit)

    @property
    def state(self) -> State:
        """The server's."""
        return self.session.store.state

    def baseline(self) -> Baseline:
        """What a window that comes now is given."""
        flow = None if isinstance(self.session, LiveSession) else self.session.flow
        return decode_baseline(encode(baseline_of(self.state, flow=flow, actors=lambda commit: f"actor{commit % 3}")))

    def join(self, **options: Any) -> Window:
        """One more window."""
        window = Window(self, **options)
        self.windows.append(window)
        return window

    def delta(self, number: int = -1) -> CommitDelta:
        """A commit, as it is read."""
        return decode_delta(self.deltas[number])

    def _on_commit(self, old: State, new: State) -> None:
        delta = commit_delta(old, new, actor_id=f"actor{new.commit_id % 3}")
        self.deltas.append(encode(delta))
        for window in self.windows:
            assert window.store.apply_server_commit(self.delta())


def check_equal(server: State, window: State) -> None:
    """Everything that can be seen without asking for more is the same."""
    assert window.commit_id == server.commit_id
    for name in Changes.__struct_fields__:
        assert getattr(window, name) == getattr(server, name), name
    assert window.topology == server.topology
    ours, theirs = window.ledger, server.ledger
    assert (ours.start, ours.end, len(ours)) == (theirs.start, theirs.end, len(theirs))
    assert list(ours.indexes(ours.start, ours.end)) == list(theirs.indexes(theirs.start, theirs.end))
    assert tuple(ours.sessions) == tuple(theirs.sessions)
    for position in range(len(theirs)):
        assert ours.index_at(position) == theirs.index_at(position)
    for index in range(max(0, theirs.start - 2), theirs.end + 2):
        assert ours.holds(index) == theirs.holds(index), index
        assert ours.position_of(index) == theirs.position_of(index), index
    places = {theirs.end - 1, server.inspection_index}
    for place in places:
        if place is not None and theirs.holds(place):
            check_histories(theirs, ours, server, place)


def check_histories(theirs: Ledger, ours: Ledger, state: State, upto: int) -> None:
    """What edges, nodes and units saw up to an entry is the same."""
    topology = state.topology
    for node in topology.nodes:
        _check_node(theirs.node_history(node.id, upto), ours.node_history(node.id, upto))
        assert ours.unit_standing(node.id, upto) == theirs.unit_standing(node.id, upto)
        loop = f"{node.id}→{node.id}"
        assert ours.edge_history(loop, upto) == theirs.edge_history(loop, upto)
    for edge in topology.edges:
        assert ours.edge_history(edge.id, upto) == theirs.edge_history(edge.id, upto), edge.id
    assert ours.unit_counts(upto) == theirs.unit_counts(upto)


def _check_node(theirs: NodeHistory, ours: NodeHistory) -> None:
    """Energies are sums of floats, added in another order."""
    counts = ("arrivals", "departures", "errors", "newest_index")
    assert [getattr(ours, name) for name in counts] == [getattr(theirs, name) for name in counts]
    assert (ours.energy is None) == (theirs.energy is None)
    assert math.isclose(ours.energy or 0.0, theirs.energy or 0.0, abs_tol=1e-6)


def check_whole(server: State, window: Window) -> None:
    """Once everything was fetched, ledgers are the same, and so are their exports, byte for byte."""
    window.fetch_all()
    ours, theirs = window.state.ledger, server.ledger
    assert list(ours) == list(theirs)
    for entry in theirs:
        index = entry.arrival_index
        assert not is_placeholder(ours[index].event)
        assert ours.detail(index) == theirs.detail(index)
        assert ours.parent_index(index) == theirs.parent_index(index)
        assert ours.child_indexes(index) == theirs.child_indexes(index)
        assert ours.error_after(index) == theirs.error_after(index)
        assert ours.error_before(index) == theirs.error_before(index)
    assert ours.error_count(ours.start, ours.end) == theirs.error_count(theirs.start, theirs.end)
    assert list(export_lines(ours, "jsonl")) == list(export_lines(theirs, "jsonl"))
    assert list(export_lines(ours, "text")) == list(export_lines(theirs, "text"))
