"""`submit`: check a results file, and store it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db, open_store


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("submit", help="check a results file and store it")
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results.json, or the folder of a run")
    parser.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Read, check, store; print the number of the submission."""
    from feed_dataset.core.jobs.cells import one_line
    from leaderboard.validate import read_submission

    submission = read_submission(options.results, protocol_file=options.protocol)
    results = submission.results
    store = open_store(options)
    number = store.add(submission)
    stated = sorted({a.metric for a in submission.aggregates if a.level == "set" and a.value is not None})
    derived = sum(a.level == "case" and a.value is not None for a in submission.aggregates)
    note = f"; as stated, because no rows lead to them: {', '.join(stated)}" if stated else ""
    methods = ", ".join(method.name for method in results.methods)
    print(
        one_line(
            f"submission {number} stored in {store.name}: {results.protocol.name} v{results.protocol.version},"
            f" {methods}; {derived} values derived again from {len(results.rows)} rows{note}"
        )
    )
    return 0
