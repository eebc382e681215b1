"""Options that several commands have, and what their values mean."""

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any] | click.Command)


def size_of(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, int]:
    """`WxH` as two numbers of cells."""
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 20 <= int(width) <= 500 and 5 <= int(height) <= 200):
        raise click.BadParameter(f"{value!r} is no size; expected for example 120x40, at most 500x200")
    return int(width), int(height)


def flow_option(function: _Function) -> _Function:
    """Which flow."""
    return click.option("--flow", metavar="ID", help="One flow by its id, or all of them: all.")(function)


def theme_option(function: _Function) -> _Function:
    """Colours."""
    return click.option("--theme", type=click.Choice(["dark", "light"]), help="Colours; otherwise the configured.")(
        function
    )


def ascii_option(function: _Function) -> _Function:
    """Glyphs."""
    return click.option("--ascii/--no-ascii", default=None, help="Draw with ASCII only.")(function)


def listen_options(function: _Function) -> _Function:
    """Where a shared session can be reached, and by whom."""
    for option in (
        click.option("--token-file", metavar="FILE", help="The token to show here; made when there is no such file."),
        click.option("--unix", multiple=True, metavar="PATH", help="A Unix socket, for windows of this user alone."),
        click.option(
            "--listen",
            multiple=True,
            metavar="HOST:PORT",
            help="Where windows connect; as often as wanted.  [127.0.0.1:7717, without --unix]",
        ),
    ):
        function = option(function)
    return function


def duration(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """`7d`, `2s`, … in milliseconds."""
    from connectome_tui.amounts import duration_ms

    try:
        return None if value is None else duration_ms(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def _settle(context: click.Context, option: click.Parameter, value: str) -> float | None:
    """A number alone is seconds."""
    return duration(context, option, f"{value}s" if value.replace(".", "", 1).isdecimal() else value)


def settle_option(function: _Function) -> _Function:
    """How long a trace is waited for."""
    return click.option(
        "--settle",
        "settle_ms",
        metavar="TIME",
        callback=_settle,
        default="2s",
        show_default=True,
        help="A trace is shown when nothing of it came for so long; 0 shows each span at once.",
    )(function)


def size(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """`2GB`, … in bytes."""
    from connectome_tui.amounts import size_bytes

    try:
        return None if value is None else size_bytes(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def live_options(function: Callable[..., int]) -> Callable[..., int]:
    """The options that all live commands have; the command is handed them together, as `choices`."""

    @functools.wraps(function)
    def with_choices(
        *,
        stepper: bool,
        record: str | None,
        no_record: bool,
        attributes: bool,
        theme: Literal["dark", "light"] | None,
        ascii: bool | None,  # noqa: A002 -- the name of the option
        **own: Any,
    ) -> int:
        from connectome_tui.commands.live import LiveChoices

        if record is not None and no_record:
            raise click.UsageError("--record and --no-record exclude each other")
        choices = LiveChoices(
            stepper=stepper, record=record, no_record=no_record, attributes=attributes, theme=theme, ascii=ascii
        )
        return function(**own, choices=choices)

    for option in (
        click.option("--attributes/--no-attributes", default=True, help="Record attributes of spans, or not."),
        click.option("--no-record", is_flag=True, help="Keep nothing but what is on the screen."),
        click.option("--record", metavar="FILE", help="Record into this new file, not into the folder."),
        click.option("--stepper", is_flag=True, help="Let what comes wait, and step it."),
        theme_option,
        ascii_option,
    ):
        with_choices = option(with_choices)
    return with_choices


def client_token_option(function: _Function) -> _Function:
    """What a window shows to a server."""
    return click.option(
        "--token-file", metavar="FILE", help="The token to show; else CONNECTOME_TOKEN, or that of a local server."
    )(function)
