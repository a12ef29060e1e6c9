"""How a run ends: the report is written, then the table is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.engine.run import RunOutcome

EXIT_ALL_FAILED = 1


def show_outcome(outcome: RunOutcome, out: Path, *, ours: str, what: str) -> int:
    """Write OUT/report.html, print the table; the exit code.

    Args:
        ours: the method that stands out.
        what: "case" or "pair", in the message when none could be scored.
    """
    from benchmark.report.ceilings import print_ceilings
    from benchmark.report.page import write_report
    from benchmark.report.table import print_results
    from feed_dataset.core.console.tables import table_console

    report = write_report(outcome.results, out, ours=ours)
    console = table_console()
    print_results(outcome.results, console, ours=ours)
    print_ceilings(outcome.results, out, console)
    for note in outcome.results.notes or []:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"results: {out / 'results.json'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"report:  {report}", markup=False, highlight=False, soft_wrap=True)
    if outcome.any_scored:
        return 0
    print(f"error: every {what} failed; the reasons are above", file=sys.stderr)
    return EXIT_ALL_FAILED
