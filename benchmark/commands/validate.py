"""`validate`: is a file a protocol, and what would it do?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmark.commands import options

_EXAMPLES = """\
examples:
  python -m benchmark validate my_protocol.yaml
  python -m benchmark validate my_protocol.yaml --data /path/to/FEED      and builds the case list

exit codes: 0 it is one, 2 it is none; every problem is named with its place
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "validate",
        help="check a protocol file of your own",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a YAML file")
    options.add_data(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the file, look up its metrics and photographs, build its cases where the data is here."""
    from benchmark.protocols.cases import build_cases, lacking_drivers
    from benchmark.protocols.check import check_names
    from benchmark.protocols.data import directories, open_data
    from benchmark.protocols.protocol import read_own
    from feed_dataset.core.jobs.words import counted

    protocol = read_own(arguments.file)
    check_names(protocol)
    given = directories(arguments.data)
    print(f"{arguments.file}: {protocol.name} v{protocol.version}, {len(protocol.metrics)} metrics")
    if given or protocol.root is not None:
        data = open_data(protocol, given)
        cases = build_cases(protocol, data)
        print(f"{counted(len(cases.cases), 'case')}, case list {cases.sha256}")
        if (lacking := lacking_drivers(protocol, cases, data.name)) is not None:
            print(f"note: {lacking}")
    else:
        print(f"up to {protocol.cases_at_most} cases; they depend on your copy of {protocol.data_name}")
    return 0
