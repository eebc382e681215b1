"""Places in a step script, and what can be wrong there."""

Path = tuple[str | int, ...]
"""The keys and places in lists that lead to a value."""


class ScriptTextError(Exception):
    """The text is no YAML or JSON that a script may be: the line, from 1, and what was expected."""

    def __init__(self, line: int, expected: str) -> None:
        self.line, self.expected = line, expected
        super().__init__(f"line {line}: {expected}")


class ScriptProblem(Exception):
    """A script is not as it should be: where, and what was expected there."""

    def __init__(self, path: Path, expected: str) -> None:
        self.path, self.expected = path, expected
        super().__init__(f"{path_text(path)}: {expected}")


def path_text(path: Path) -> str:
    """`steps[3].trigger`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
