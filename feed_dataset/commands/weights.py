"""`weights list | download | verify | import`: the arguments and actions of one command group."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights import store
from feed_dataset.core.weights.registry import REGISTRY
from feed_dataset.core.weights.weight import Weight

if TYPE_CHECKING:
    from feed_dataset.core.weights.transfer import Progress


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the verbs to a `weights` parser; each sets `action`, a function of the parsed arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{list,download,verify,import}")
    listing = verbs.add_parser("list", help="what is here, what is missing, what each network enables")
    listing.add_argument("--all", action="store_true", help="also networks that this version does not read")
    listing.add_argument("--facts", action="store_true", help="also where each comes from, its size and sha256")
    listing.set_defaults(action=_list)
    getting = verbs.add_parser("download", help="fetch networks and verify them")
    getting.add_argument("names", nargs="*", metavar="NAME", help="default: all that this version reads")
    getting.set_defaults(action=_download)
    checking = verbs.add_parser("verify", help="hash the files that are here")
    checking.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    checking.set_defaults(action=_verify)
    importing = verbs.add_parser("import", help="verify a file that you have and keep a copy")
    importing.add_argument("name", metavar="NAME", nargs="?", help="default: recognised by the file's hash or name")
    importing.add_argument("file", metavar="FILE", help="a network, or the archive in which it is published")
    importing.set_defaults(action=_import)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb that `add_commands` parsed; the exit code. FeedError is left to the caller."""
    action: Callable[[argparse.Namespace], int] = arguments.action
    return action(arguments)


def _list(arguments: argparse.Namespace) -> int:
    for row in store.status():
        if not (row.used or row.present or arguments.all):
            continue
        state = "here   " if row.present else "missing"
        print(f"{state}  {row.name}: {row.purpose} [{row.licence}; {row.verification}]")
        print(f"         enables: {', '.join(row.enables)}")
        if arguments.facts:
            print("".join(f"         {line}\n" for line in _facts(REGISTRY[row.name])), end="")
        if REGISTRY[row.name].note:
            print(f"         note: {REGISTRY[row.name].note}")
        if row.needs is not None:
            print(f"         {row.needs}; get it with: {row.command}")
    if not arguments.all:
        print("networks that this version does not read: weights list --all")
    return 0


def _download(arguments: argparse.Namespace) -> int:
    failed = 0
    for name in arguments.names or [entry.name for entry in REGISTRY.values() if entry.used]:
        try:
            print(f"{name}: {store.download(name, progress=_progress_line(name))}")
        except FeedError as error:
            failed += 1
            print(f"{name}: {error}", file=sys.stderr)
    return 2 if failed else 0


def _verify(arguments: argparse.Namespace) -> int:
    report = store.verify(arguments.names)
    for name, problem in report.items():
        words = problem or f"ok ({REGISTRY[name].verification})"
        print(f"{name}: {words}", file=sys.stderr if problem else sys.stdout)
    if not report:
        print("no weights are on this machine yet")
    return 2 if any(report.values()) else 0


def _import(arguments: argparse.Namespace) -> int:
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
