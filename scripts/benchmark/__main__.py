"""`./scripts/bench`: every figure that the project promises, each row runnable alone."""

import argparse
import sys
from collections.abc import Callable, Iterator

from scripts.benchmark import (
    keys,
    layout,
    million,
    others,
    receiving,
    search,
    sharing,
    sharing_windows,
    start,
    watching,
)
from scripts.benchmark.table import Missing, Row, format_row, header, kept

BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "start": start.first_paint,
    "help": start.help_text,
    "shop-48k": start.shop_ready,
    "layout": layout.fifty_nodes,
    "million": million.first_step_and_index,
    "million-steps": million.memory_after_all_steps,
    "keys": keys.at_the_first_step,
    "keys-million": keys.at_the_millionth_step,
    "search": search.first_hit_and_all,
    "receive": receiving.highest_rate,
    "receive-delay": receiving.delay,
    "listen": watching.high_rate,
    "listen-delay": watching.delay,
    "follow-pipe": watching.pipe,
    "shared-next": sharing_windows.next_to_painted,
    "shared-batches": sharing.batches,
    "shared-join": sharing_windows.late_join,
    "shared-500": sharing.many,
    "phoenix": others.phoenix,
    "lnav": others.lnav,
    "toolong": others.toolong,
}


def main() -> int:
    """Measure, print, and tell by the status whether every promise is kept."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="only this one (repeatable)")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    choices = parser.parse_args()
    if choices.list:
        print("\n".join(BENCHMARKS))
        return 0
    print(header())
    rows: list[Row] = []
    for name in choices.only or BENCHMARKS:
        for row in _measured(name):
            rows.append(row)
            print(format_row(row), flush=True)
    return 0 if kept(rows) else 1


def _measured(name: str) -> Iterator[Row]:
    """The rows of one benchmark; one that cannot run says why, and the others go on."""
    try:
        yield from BENCHMARKS[name]()
    except Exception as error:  # noqa: BLE001 -- it is printed in the table
        lines = str(error).strip().splitlines()
        yield Missing(name, f"{type(error).__name__}: {lines[0] if lines else ''}")


if __name__ == "__main__":
    sys.exit(main())
