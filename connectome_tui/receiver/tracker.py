"""Which kept bodies still have spans that wait: the others may be dropped from the recording."""

from collections.abc import Iterable


class BodyTracker:
    """Knows bodies by number and the traces that each of them waits for."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        self._bodies: dict[str, list[int]] = {}

    @property
    def open(self) -> int:
        """How many bodies wait."""
        return len(self._open)

    def add(self, body: int, traces: Iterable[str]) -> list[int]:
        """A body came that waits for these traces; the body itself when there is none."""
        count = 0
        for trace in traces:
            self._bodies.setdefault(trace, []).append(body)
            count += 1
        if not count:
            return [body]
        self._open[body] = count
        return []

    def released(self, traces: Iterable[str]) -> list[int]:
        """These traces wait no more; the bodies that so are done."""
        done: list[int] = []
        for trace in traces:
            for body in self._bodies.pop(trace, ()):
                self._open[body] -= 1
                if not self._open[body]:
                    del self._open[body]
                    done.append(body)
        return done
