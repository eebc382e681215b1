"""The command line. Each command imports its body when it runs, so that `--help` costs next to nothing."""

import sys
from typing import Any, Final, NoReturn

import click

from connectome_tui import __version__
from connectome_tui.cli_options import (
    ascii_option,
    client_token_option,
    duration,
    flow_option,
    listen_options,
    live_options,
    settle_option,
    size,
    size_of,
    theme_option,
)

BAD_INPUT_STATUS: Final = 2


class _OpensByDefault(click.Group):
    """`connectome FILE…`, and `connectome` alone, mean `connectome open …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in {"--help", "-h", "--version"}):
            args = ["open", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_OpensByDefault, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="connectome", message="%(prog)s %(version)s")
def connectome() -> None:
    """Open a recorded trace, run or script and step through it on a graph.

    \b
    connectome FILE…        opens files; without any, a sample
    connectome -            opens standard input
    connectome sample:NAME  opens a sample (`connectome samples` lists them)
    """  # noqa: D301 -- the backspace tells Click to keep the lines


@connectome.command("open")
@click.argument("files", metavar="[FILE]…", nargs=-1)
@flow_option
@click.option("--at", "steps", metavar="N", type=click.IntRange(min=0), default=0, help="Start after N steps.")
@theme_option
@ascii_option
@click.option("--restart-policy", type=click.Choice(["boundary", "clear"]), help="What Restart does to the log.")
@click.option("--raw", is_flag=True, help="Keep every record as it came, for the detail view.")
@click.option("--share", is_flag=True, help="Let others attach; it prints how.")
@listen_options
def open_command(
    *, share: bool, listen: tuple[str, ...], unix: tuple[str, ...], token_file: str | None, **choices: Any
) -> int:
    """Open recordings and step through them: OTLP, Jaeger, Zipkin, step scripts, exported sessions."""
    from connectome_tui.commands.open import run
    from connectome_tui.commands.share_choices import ShareChoices

    return run(**choices, sharing=ShareChoices(share=share, listen=listen, unix=unix, token_file=token_file))


@connectome.command()
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "text"]),
    default="jsonl",
    show_default=True,
    help="JSON lines open again; text is for reading.",
)
@flow_option
@click.option("-o", "--output", metavar="FILE", help="Where to write; otherwise standard output.")
@click.option("--filter", "filter_text", metavar="EXPR", help="Only the events that this filter of the log lets pass.")
@click.option("--attributes/--no-attributes", default=True, help="Keep attributes of spans, or leave them out.")
@click.option("--raw", is_flag=True, help="Write every record as it came, too.")
def export(**choices: Any) -> None:
    """Write the log of a recording, every step of it released, without a terminal."""
    from connectome_tui.commands.export import run

    run(**choices)


@connectome.command()
@click.option(
    "--http",
    multiple=True,
    metavar="HOST:PORT",
    default=("localhost:4318",),
    show_default=True,
    help="Where to take OTLP over HTTP, and Zipkin; as often as wanted.",
)
@click.option(
    "--grpc",
    multiple=True,
    is_flag=False,
    flag_value="localhost:4317",
    metavar="[HOST:PORT]",
    help="Take OTLP over gRPC, too; needs the extra `grpc`.  [localhost:4317]",
)
@settle_option
@click.option("--token-file", metavar="FILE", help="What senders have to show; or the variable CONNECTOME_TOKEN.")
@click.option("--raw", is_flag=True, help="Record every span as it came, too.")
@live_options
def listen(**choices: Any) -> int:
    """Receive traces over OTLP and Zipkin, and show them as they come."""
    from connectome_tui.commands.live import run_listen

    return run_listen(**choices)


@connectome.command()
@click.argument("target", metavar="URL|FILE|-")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="For a server that wants one; $VARIABLE stands for a value of the environment.",
)
@settle_option
@live_options
def follow(**choices: Any) -> int:
    """Follow an event stream, a growing file of JSON lines, or standard input."""
    from connectome_tui.commands.live import run_follow

    return run_follow(**choices)


@connectome.command()
@click.argument("target", metavar="FILE|-|unix:PATH")
@live_options
def watch(**choices: Any) -> int:
    """Follow orchestration runs: a growing file, standard input, or a Unix socket."""
    from connectome_tui.commands.live import run_watch

    return run_watch(**choices)


@connectome.command()
@click.argument("sources", metavar="[NAME=]SOURCE…", nargs=-1)
@listen_options
@click.option("--allow-host", multiple=True, metavar="NAME", help="Another name by which windows reach this server.")
@click.option("--scenarios", metavar="DIR", help="Offer the scenarios in the YAML files of this folder.")
@flow_option
@click.option("--restart-policy", type=click.Choice(["boundary", "clear"]), help="What Restart does to the log.")
@click.option("--stepper", is_flag=True, help="Live sources: let what comes wait, and step it.")
@settle_option
@click.option("--no-record", is_flag=True, help="Live sources: keep nothing but what is in the log.")
@click.option("--raw", is_flag=True, help="Keep every record as it came, for the detail view.")
@click.option("--attributes/--no-attributes", default=True, help="Live sources: record attributes of spans, or not.")
@click.option("--end-with-stdin", is_flag=True, help="End when standard input does: for programs that start it.")
def serve(sources: tuple[str, ...], **choices: Any) -> int:
    """Share sessions: windows attach, and all see the same.

    \b
    SOURCE  a file, `-`, sample:NAME, session:ID   as `open` takes it
            listen:HOST:PORT                       as `listen --http` takes it
            follow:URL|FILE|-, http://…            as `follow` takes it
            watch:FILE|unix:PATH|-                 as `watch` takes it
    """  # noqa: D301 -- the backspace tells Click to keep the lines
    from connectome_tui.commands.serve import ServeChoices, run

    return run(sources, ServeChoices(**choices))


@connectome.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--follow/--detached", default=True, help="Look where all look, or begin with a view of your own.")
@click.option("--read-only", is_flag=True, help="Look and copy, and change nothing.")
@client_token_option
@click.option("--name", metavar="WHO", help="Your name, as others see it.")
@theme_option
@ascii_option
def attach(**choices: Any) -> int:
    """Open a window on a shared session: ws://HOST:PORT[/SESSION], unix:PATH[#SESSION] or HOST:PORT."""
    from connectome_tui.commands.attach import run

    return run(**choices)


@connectome.command()
@click.argument("address", metavar="ADDRESS")
@click.argument(
    "action",
    metavar="COMMAND",
    type=click.Choice(["next", "restart", "mode", "speed", "pause", "flows", "open", "state", "log"]),
)
@click.argument("value", metavar="[VALUE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; the log as `export` writes it.")
@click.option("--session", metavar="NAME", help="Which session, when the address names none and there are several.")
@click.option("--count", metavar="N", type=click.IntRange(1, 1_000_000), default=1, help="With next: so many steps.")
@client_token_option
@click.option("--as", "actor", metavar="NAME", help="The name that others see.")
@click.option(
    "--origin",
    type=click.Choice(["user", "script", "agent"]),
    default="script",
    show_default=True,
    help="What others see that you are.",
)
def ctl(address: str, action: Any, value: str | None, **choices: Any) -> int:
    """Give one command to a shared session; the status is 1 when it is refused.

    \b
    next, restart                      step, or begin anew
    mode stepper|realtime              who releases events
    speed pause|1x|2x|3x               how fast they are released
    pause [on|off|toggle]              hold the releasing in realtime mode
    flows, open FLOW|all               list the flows of the recording, step another one
    state, log                         print what can be seen
    """  # noqa: D301 -- the backspace tells Click to keep the lines
    from connectome_tui.commands.ctl import CtlChoices, run

    return run(address, action, value, CtlChoices(**choices))


@connectome.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--follow", is_flag=True, help="Go on with what is noted from now on, until Ctrl+C.")
def diagnostics(**choices: Any) -> None:
    """Print what the windows of this user noted of their connections: the last 200."""
    from connectome_tui.commands.diagnostics import run

    run(**choices)


@connectome.command()
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def audit(**choices: Any) -> None:
    """Print who changed what in a session that was served on this machine."""
    from connectome_tui.commands.audit import run

    run(**choices)


@connectome.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_context
def sessions(context: click.Context, *, as_json: bool) -> None:
    """List the recordings of what was live; `connectome session:ID` opens one, `session:last` the newest."""
    if context.invoked_subcommand is None:
        from connectome_tui.commands.sessions import run

        run(as_json=as_json)


@sessions.command("prune")
@click.option("--keep", metavar="N", type=click.IntRange(min=0), help="Keep the newest N.")
@click.option(
    "--older-than", "older_than_ms", metavar="AGE", callback=duration, help="Remove those older than 7d, 12h, …"
)
@click.option("--max-size", "max_bytes", metavar="SIZE", callback=size, help="Keep at most 2GB, 500MB, … in all.")
def prune(**choices: Any) -> None:
    """Remove recordings, the oldest first; one that is live stays."""
    from connectome_tui.commands.sessions import run_prune

    run_prune(**choices)


@connectome.command()
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def info(**choices: Any) -> None:
    """Say what is inside a recording: format, counts, what could not be read."""
    from connectome_tui.commands.info import run

    run(**choices)


@connectome.command()
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True)
@flow_option
@click.option("--steps", metavar="N", type=click.IntRange(min=0), default=0, help="Take the picture after N steps.")
@click.option(
    "--size", metavar="WxH", callback=size_of, default="120x40", show_default=True, help="Cells of the screen."
)
@theme_option
@ascii_option
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="A name that ends with .svg, or .png with the extra `png`."
)
def screenshot(**choices: Any) -> None:
    """Draw what the screen shows after N steps."""
    from connectome_tui.commands.screenshot import run

    run(**choices)


@connectome.command()
@click.argument("module", required=False)
@click.option("--checker", metavar="NAME", help="Only the checker of this name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def health(**choices: Any) -> None:
    """Check a real run of the program; the status is 1 when a checker finds an error."""
    from connectome_tui.commands.health import run

    run(**choices)


@connectome.command()
def schema() -> None:
    """Print the JSON Schema of step scripts."""
    from connectome_tui.commands.schema import run

    run()


@connectome.command()
def samples() -> None:
    """List the recordings that come with the program."""
    from connectome_tui.commands.samples import run

    run()


def main() -> NoReturn:
    """Run the command line; what is wrong with the input becomes one line on standard error and status 2."""
    for stream in (sys.stdout, sys.stderr):
        # Glyphs must not end a command in a terminal that cannot show them.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        status = connectome.main(prog_name="connectome", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except click.ClickException as error:
        _end_with(error.format_message())
    except Exception as error:
        from connectome_tui.commands.failures import expected_failure

        message = expected_failure(error)
        if message is None:
            raise
        _end_with(message)
    sys.exit(status if isinstance(status, int) else 0)


def _end_with(message: str) -> NoReturn:
    """End with one line that says what is wrong; quietly when nobody reads any more."""
    if message:
        click.echo(f"connectome: {' '.join(message.split())}", err=True)
        sys.exit(BAD_INPUT_STATUS)
    sys.exit(0)
