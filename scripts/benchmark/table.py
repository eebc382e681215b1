"""The table of figures: what was measured, what was promised, and the ratio of the two."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. Smaller is better; `promised` is None for what others take, or what is only told."""

    name: str
    measured: float
    unit: str
    promised: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured by promised: 1 and less keeps the promise."""
        return None if self.promised is None else self.measured / self.promised


@dataclass(frozen=True, slots=True)
class Missing:
    """A row that could not be measured, and why."""

    name: str
    reason: str


Row = Figure | Missing


def format_row(row: Row) -> str:
    """One line of the table."""
    if isinstance(row, Missing):
        return f"{row.name:<58}  {'–':>12}  {'':>12}  {'':>6}  {row.reason}"
    measured = f"{_number(row.measured)} {row.unit}"
    promised = "" if row.promised is None else f"{_number(row.promised)} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.name:<58}  {measured:>12}  {promised:>12}  {ratio:>6}  {row.note}".rstrip()


def header() -> str:
    """What stands above the table."""
    return f"{'':<58}  {'measured':>12}  {'promised':>12}  {'ratio':>6}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def kept(rows: Iterable[Row]) -> bool:
    """Whether every promise that was measured is kept."""
    return all(row.ratio is None or row.ratio <= 1 for row in rows if isinstance(row, Figure))
