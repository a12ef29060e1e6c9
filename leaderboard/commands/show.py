"""`show`: measured rows, and the paper's rows apart from them."""

from __future__ import annotations

import argparse
from typing import Any

from leaderboard.commands.options import add_db, open_existing


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("show", help="print measured rows, and the paper's rows apart from them")
    parser.add_argument("--protocol", metavar="P", help="only this protocol, or this table of the paper")
    parser.add_argument("--format", choices=("table", "md", "csv", "html"), default="table")
    parser.add_argument("--sort", metavar="METRIC", help="order measured rows by this metric, best first")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Read what is stored, arrange it as tables, print them."""
    from feed_dataset.core.console.streams import print_document
    from leaderboard.errors import SubmissionError
    from leaderboard.published import published_tables
    from leaderboard.rules.known import known_protocols
    from leaderboard.show import render
    from leaderboard.tables import measured_tables
    from leaderboard.text import unknown
    from leaderboard.tiers import with_tiers

    store = open_existing(options)
    groups = store.groups()
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
        measured = tuple(with_tiers(one, options.sort, store.document) for one in measured)
    output = render(options.format, measured, reported).rstrip("\n")
    if options.format == "table":
        print(output)
    else:
        print_document(output)
    return 0
