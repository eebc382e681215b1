"""`connectome health`: the checkers, against a real run of the program (HEALTH-1)."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from connectome_tui.events.visible import visible
from connectome_tui.health.checker import CheckResult
from connectome_tui.health.run import UnknownCheck, run_health
from connectome_tui.store.state import HealthStatus

STATUSES: Final[Sequence[HealthStatus]] = ("OK", "WARN", "ERROR", "UNKNOWN")
FAILED_STATUS: Final = 1


def run(*, module: str | None, checker: str | None, as_json: bool) -> None:
    """Print what each checker found; status 1 when one found an error."""
    try:
        results = run_health(module, checker)
    except UnknownCheck as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps(results_object(results), ensure_ascii=False))
    else:
        click.echo("\n".join(result_lines(results)))
    if worst(results) == "ERROR":
        sys.exit(FAILED_STATUS)


def worst(results: Sequence[CheckResult]) -> HealthStatus:
    """The status of the whole: an error, else a warning, else OK when anything was seen."""
    found = {result.status for result in results}
    return next((status for status in ("ERROR", "WARN", "OK") if status in found), "UNKNOWN")


def results_object(results: Sequence[CheckResult]) -> dict[str, Any]:
    """What `--json` prints: `status` of the whole, and one object for each checker."""
    return {
        "status": worst(results),
        "checks": [
            {
                "module": result.module,
                "checker": result.checker,
                "indicator": result.indicator,
                "status": result.status,
                "observed": result.observed,
                "findings": list(result.findings),
            }
            for result in results
        ],
    }


def result_lines(results: Sequence[CheckResult]) -> Iterator[str]:
    """The results for people, by module."""
    module = ""
    for result in results:
        if result.module != module:
            module = result.module
            yield module
        yield f"  {result.status:<7}  {result.checker}  ({result.observed} observed)"
        yield from (f"           {visible(finding)}" for finding in result.findings)
    counts = Counter(result.status for result in results)
    yield ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
