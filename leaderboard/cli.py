"""Commands of `python -m leaderboard`; each imports what it needs, so that --help is instant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from feed_dataset.core.console.parser import CommandParser
from feed_dataset.core.console.room import Room, run_room
from feed_dataset.core.console.streams import print_document
from leaderboard.errors import SubmissionError

_EPILOG = """\
examples:
  python -m leaderboard submit runs/feed-mini-cross/results.json
  python -m leaderboard show --protocol feed-mini-cross --sort "expression_transfer[mesh468]"
  python -m leaderboard show --format html > leaderboard.html
  python -m leaderboard get 3 > results.json

The file is $FEED_LEADERBOARD, or ~/.local/share/feed/leaderboard.sqlite3, unless --db names another.
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Keep results of benchmark runs, and show them beside published numbers."""
    room = Room("leaderboard", ("feed_dataset", "benchmark"), build_parser, _run)
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m leaderboard") -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    parser = CommandParser(
        prog=prog,
        description="Keep results of benchmark runs, and show them beside published numbers.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    submit = commands.add_parser("submit", help="check a results file and store it")
    submit.add_argument("results", type=Path, metavar="RESULTS", help="results.json, or the folder of a run")
    submit.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    show = commands.add_parser("show", help="print measured rows, and the paper's rows apart from them")
    show.add_argument("--protocol", metavar="P", help="only this protocol, or this table of the paper")
    show.add_argument("--format", choices=("table", "md", "csv", "html"), default="table")
    show.add_argument("--sort", metavar="METRIC", help="order measured rows by this metric, best first")
    get = commands.add_parser("get", help="print the results file of a submission")
    get.add_argument("submission", type=int, metavar="N", help="number of the submission")
    for command in (submit, show, get):
        command.add_argument("--db", type=Path, metavar="FILE", help="leaderboard file (SQLite)")
    return parser


def _run(options: argparse.Namespace) -> int:
    output = {"submit": _submit, "show": _show, "get": _get}[options.command](options).rstrip("\n")
    if options.command == "get" or getattr(options, "format", "table") != "table":
        print_document(output)
    else:
        print(output)
    return 0


def _submit(options: argparse.Namespace) -> str:
    from feed_dataset.core.jobs.cells import one_line
    from leaderboard import store
    from leaderboard.validate import read_submission

    submission = read_submission(options.results, protocol_file=options.protocol)
    results = submission.results
    path = options.db or store.default_path()
    number = store.add(path, submission)
    stated = sorted({a.metric for a in submission.aggregates if a.level == "set" and a.value is not None})
    derived = sum(a.level == "case" and a.value is not None for a in submission.aggregates)
    note = f"; as stated, because no rows lead to them: {', '.join(stated)}" if stated else ""
    methods = ", ".join(method.name for method in results.methods)
    return one_line(
        f"submission {number} stored in {path}: {results.protocol.name} v{results.protocol.version},"
        f" {methods}; {derived} values derived again from {len(results.rows)} rows{note}"
    )


def _show(options: argparse.Namespace) -> str:
    from leaderboard import store
    from leaderboard.published import published_tables
    from leaderboard.rules.known import known_protocols
    from leaderboard.show import render
    from leaderboard.tables import measured_tables
    from leaderboard.text import unknown
    from leaderboard.tiers import with_tiers

    groups = store.groups(options.db or store.default_path())
    reported = published_tables()
    if options.protocol is not None:
        papers = {table.id for table in reported}
        choices = papers | {group.protocol for group in groups} | set(known_protocols())
        if options.protocol not in choices:
            raise SubmissionError(unknown("protocol", options.protocol, choices))
        groups = {group: rows for group, rows in groups.items() if group.protocol == options.protocol}
        if options.protocol in papers:
            reported = tuple(table for table in reported if table.id == options.protocol)
    measured = measured_tables(groups, sort=options.sort)
    if options.sort is not None:
        path = options.db or store.default_path()
        measured = tuple(with_tiers(one, options.sort, lambda number: store.document(path, number)) for one in measured)
    return render(options.format, measured, reported)


def _get(options: argparse.Namespace) -> str:
    from leaderboard import store

    return store.document(options.db or store.default_path(), options.submission)
