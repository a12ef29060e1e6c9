"""`weights list | download | verify | import`: which networks are here, and how to get the others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from feed_dataset.core.console.parser import CommandParser
from feed_dataset.core.console.room import Room, run_room

if TYPE_CHECKING:
    from feed_dataset.core.weights.transfer import Progress
    from feed_dataset.core.weights.weight import Weight

EXAMPLES = """\
examples:
  feed weights list
  feed weights download fid-inception
  feed weights import ~/Downloads/w600k_r50.onnx          # recognised by its hash
  feed weights import ~/Downloads/buffalo_l.zip           # or the archive that it comes in
  feed weights list --facts
"""


def main(argv: Sequence[str] | None = None, prog: str = "feed weights") -> int:
    """Networks that metrics and models read: list, download, verify, import."""
    return run_room(Room("feed_dataset", (), _parser, run), argv, prog)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = CommandParser(
        prog=prog,
        description="List, download, verify or import network weights.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_commands(parser)
    return parser


Readers = Callable[[], Mapping[str, Sequence[str]]]


def add_commands(parser: argparse.ArgumentParser, readers: Readers = dict) -> None:
    """Add the commands to a `weights` parser; each sets `action`, a function of the parsed arguments.

    Args:
        parser: of the command group.
        readers: gives what reads each network, by the network's name; asked, and shown, by `list` only.
    """
    commands = parser.add_subparsers(dest="weights_command", required=True, metavar="{list,download,verify,import}")
    listing = commands.add_parser("list", help="what is here, what is missing, what reads each network")
    listing.add_argument("--facts", action="store_true", help="also where each comes from, its size and sha256")
    listing.set_defaults(action=partial(_list, readers=readers))
    getting = commands.add_parser("download", help="fetch networks and verify them")
    getting.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    getting.set_defaults(action=_download)
    checking = commands.add_parser("verify", help="hash the files that are here")
    checking.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    checking.set_defaults(action=_verify)
    importing = commands.add_parser("import", help="verify a file that you have and keep a copy")
    importing.add_argument("name", metavar="NAME", nargs="?", help="default: recognised by the file's hash or name")
    importing.add_argument("file", metavar="FILE", help="a network, or the archive in which it is published")
    importing.set_defaults(action=_import)


def run(arguments: argparse.Namespace) -> int:
    """Run the command that `add_commands` parsed; the exit code. FeedError is left to the caller."""
    action: Callable[[argparse.Namespace], int] = arguments.action
    return action(arguments)


def _list(arguments: argparse.Namespace, readers: Readers) -> int:
    from feed_dataset.core.weights import store
    from feed_dataset.core.weights.registry import REGISTRY

    named = readers()
    for row in store.status():
        state = "here   " if row.present else "missing"
        print(f"{state}  {row.name}: {row.purpose} [{row.licence}; {row.verification}]")
        if row.name in named:
            print(f"         read by: {', '.join(named[row.name])}")
        if arguments.facts:
            print("".join(f"         {line}\n" for line in _facts(REGISTRY[row.name])), end="")
        if REGISTRY[row.name].note:
            print(f"         note: {REGISTRY[row.name].note}")
        if row.needs is not None:
            print(f"         {row.needs}; get it with: {row.command}")
    return 0


def _download(arguments: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.errors import FeedError
    from feed_dataset.core.weights import store
    from feed_dataset.core.weights.registry import REGISTRY

    failed = 0
    for name in arguments.names or REGISTRY:
        try:
            print(f"{name}: {store.download(name, progress=_progress_line(name))}")
        except FeedError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
    return 2 if failed else 0


def _verify(arguments: argparse.Namespace) -> int:
    from feed_dataset.core.weights import store
    from feed_dataset.core.weights.registry import REGISTRY

    report = store.verify(arguments.names)
    for name, problem in report.items():
        words = problem or f"ok ({REGISTRY[name].verification})"
        print(f"{name}: {words}", file=sys.stderr if problem else sys.stdout)
    if not report:
        print("no weights are on this machine yet")
    return 2 if any(report.values()) else 0


def _import(arguments: argparse.Namespace) -> int:
    from feed_dataset.core.weights import store

    if arguments.name is None:
        imported = store.import_unnamed(arguments.file)
    else:
        imported = {arguments.name: store.import_file(arguments.name, arguments.file)}
    for name, path in imported.items():
        print(f"{name}: {path}")
    return 0


def _facts(weight: Weight) -> list[str]:
    size = "unknown" if weight.size_bytes is None else f"{weight.size_bytes} bytes"
    return [
        f"file: {weight.file_name}, {size}, sha256 {weight.sha256 or 'not published'}",
        *(f"from: {source}" for source in weight.sources),
    ]


def _progress_line(name: str) -> Progress | None:
    """A line that overwrites itself, on terminals only."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int | None) -> None:
        share = f" of {total / 1e6:.1f}" if total else ""
        end = "\n" if total and done >= total else ""
        print(f"\r{name}: {done / 1e6:.1f}{share} MB", end=end, file=sys.stderr, flush=True)

    return show
