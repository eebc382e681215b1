"""Who called whom, for rows by the million: parents by their ids without keeping the ids."""

from array import array
from collections.abc import Sequence
from typing import Final

from connectome_tui.events.model import FlowEvent

NONE: Final = -1
"""The parent of a row that has none in the file."""

_SMALLEST: Final = 1 << 10


class FamilyTree:
    """For every row its parent, its first child and its next sibling: 12 bytes a row.

    Children hang on their parent newest first, so that adding one costs the same however many there are.
    """

    def __init__(self) -> None:
        self.parents = array("i")
        self._newest_children = array("i")
        self._older_siblings = array("i")

    def add_rows(self, count: int) -> None:
        """More rows, without parents."""
        none = array("i", [NONE]) * count
        self.parents.extend(none)
        self._newest_children.extend(none)
        self._older_siblings.extend(none)

    def connect(self, row: int, parent: int) -> None:
        """Make `row`, which has no parent yet, a child of `parent`."""
        self._older_siblings[row] = self._newest_children[parent]
        self._newest_children[parent] = row
        self.parents[row] = parent

    def children(self, row: int) -> Sequence[int]:
        """The children known so far, in order."""
        children = []
        child = self._newest_children[row]
        while child != NONE:
            children.append(child)
            child = self._older_siblings[child]
        children.sort()
        return children


class ParentFinder:
    """Finds the rows of parents while the events of one flow come in; not needed any more when all came.

    Ids are kept as hashes of 64 bits in an open table. Two ids with one hash are possible, if hardly
    ever seen, so who follows a parent compares the id (`parent_row` of a sequence).
    """

    def __init__(self, tree: FamilyTree, first_row: int, expected_rows: int) -> None:
        self._tree = tree
        self._first_row = first_row
        self._hashes = array("q")
        self._slots = array("I", [0]) * _table_size(expected_rows)
        self._waiting_rows = array("I")
        self._waiting_hashes = array("q")

    def add(self, events: Sequence[FlowEvent]) -> None:
        """The next rows of the flow."""
        if (len(self._hashes) + len(events)) * 3 > len(self._slots) * 2:
            self._grow()
        hashes, slots, first_row = self._hashes, self._slots, self._first_row
        mask = len(slots) - 1
        self._tree.add_rows(len(events))
        connect = self._tree.connect
        row = first_row + len(hashes)
        for event in events:
            hashed = hash(event.id)
            slot = hashed & mask
            while entry := slots[slot]:
                if hashes[entry - 1] == hashed:
                    break  # an id that came before: the first keeps its children
                slot = (slot + 1) & mask
            else:
                slots[slot] = len(hashes) + 1
            hashes.append(hashed)
            parent_id = event.parent_event_id
            if parent_id is not None and parent_id != event.id:
                wanted = hash(parent_id)
                slot = wanted & mask
                while entry := slots[slot]:
                    if hashes[entry - 1] == wanted:
                        connect(row, first_row + entry - 1)
                        break
                    slot = (slot + 1) & mask
                else:
                    self._waiting_rows.append(row - first_row)
                    self._waiting_hashes.append(wanted)
            row += 1

    def settle(self, at_most: int) -> bool:
        """Look again for up to `at_most` parents that had not come when their children did; False when done."""
        hashes, slots = self._hashes, self._slots
        mask = len(slots) - 1
        for _ in range(min(at_most, len(self._waiting_rows))):
            row, wanted = self._waiting_rows.pop(), self._waiting_hashes.pop()
            slot = wanted & mask
            while entry := slots[slot]:
                if hashes[entry - 1] == wanted:
                    self._tree.connect(self._first_row + row, self._first_row + entry - 1)
                    break
                slot = (slot + 1) & mask
        return bool(self._waiting_rows)

    def _grow(self) -> None:
        slots = array("I", [0]) * (len(self._slots) * 2)
        mask = len(slots) - 1
        for number, hashed in enumerate(self._hashes, start=1):
            slot = hashed & mask
            while entry := slots[slot]:
                if self._hashes[entry - 1] == hashed:
                    break
                slot = (slot + 1) & mask
            else:
                slots[slot] = number
        self._slots = slots


def _table_size(rows: int) -> int:
    size = _SMALLEST
    while size * 2 < rows * 3:
        size *= 2
    return size
