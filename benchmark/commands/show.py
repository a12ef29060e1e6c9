"""`show`: everything that a protocol says, and the case list of the data that is here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from benchmark.commands import options

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.protocols.protocol import Protocol

_EXAMPLES = """\
examples:
  python -m benchmark show feed-mini-cross
  python -m benchmark show paper-table3-mead
  python -m benchmark show paper-table3-mead --data ffhq=/data/ffhq --data mead=/data/MEAD --cases
  python -m benchmark show my_protocol.yaml
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "show",
        help="what a protocol does, and what the paper left open",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("protocol", metavar="PROTOCOL", help="a name, or a YAML file of your own")
    options.add_data(parser)
    parser.add_argument("--cases", action="store_true", help="print every case, or the first --limit ones")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the protocol; with data also its cases."""
    from rich.console import Console

    from benchmark.protocols import protocol as protocols
    from benchmark.protocols.case import who_drives
    from benchmark.protocols.cases import build_cases
    from benchmark.protocols.data import directories, open_data
    from benchmark.protocols.sheet import sheet_of

    protocol = protocols.load(arguments.protocol)
    given = directories(arguments.data)
    found = None
    if given or protocol.root is not None:
        found = build_cases(protocol, open_data(protocol, given))
    console = Console()
    for heading, lines in sheet_of(protocol, found):
        _print(console, heading, lines)
    if arguments.cases:
        cases = _listed(protocol) if found is None else found.cases
        lines = [
            f"{case.id}: {who_drives(case.drives_id, case.source.id, case.judged_id)}"
            f"{'' if case.language is None else f', in {case.language}'}"
            for case in cases[: arguments.limit]
        ]
        _print(console, "cases" if found is not None else "cases of the stated listing", lines)
    return 0


def _listed(protocol: Protocol) -> Any:
    from benchmark.protocols.stated import stated_cases

    return stated_cases(protocol).cases


def _print(console: Console, heading: str, lines: list[str]) -> None:
    from rich.text import Text

    console.print(Text(heading, style="bold"), soft_wrap=True)
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)
