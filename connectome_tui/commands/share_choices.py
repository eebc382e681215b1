"""What the options of `open` say of sharing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChoices:
    """What the options say of sharing."""

    share: bool = False
    listen: Sequence[str] = ()
    unix: Sequence[str] = ()
    token_file: str | None = None

    def check(self, names: Sequence[str]) -> None:
        """`click.UsageError` for what goes only with `--share`, or not with it."""
        if not self.share:
            if self.listen or self.unix or self.token_file:
                raise click.UsageError("--listen, --unix and --token-file go with --share")
        elif len(names) > 1:
            raise click.UsageError("--share takes one source: several are a session each, with `connectome serve`")
        elif STANDARD_INPUT in names:
            raise click.UsageError("a pipe cannot be shared so: serve it (`connectome serve -`), and attach to it")

    @property
    def arguments(self) -> list[str]:
        """The same options for `serve`."""
        listen = [part for text in self.listen for part in ("--listen", text)]
        unix = [part for text in self.unix for part in ("--unix", text)]
        return [*listen, *unix, *([] if self.token_file is None else ["--token-file", self.token_file])]


NOT_SHARED: Final = ShareChoices()
