"""Counts as people read them."""


def grouped(number: int) -> str:
    """A count with its thousands apart: `4 210`."""
    return f"{number:,}".replace(",", " ")


def counted(number: int, word: str) -> str:
    """A count of things: `1 event`, `4 210 events`."""
    return f"{grouped(number)} {word}{'' if number == 1 else 's'}"
