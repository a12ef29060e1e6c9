"""The parser of a room whose commands are modules: each has `add(parsers)`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil

from feed_dataset.core.console.parser import CommandParser


def parser_of_commands(package: str, prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """A parser with a command for every module of a package, such as "model.commands", in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__))
    parser = CommandParser(
        prog=prog, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shown = ",".join(name.replace("_", "-") for name in names)
    parsers = parser.add_subparsers(dest="command", required=True, metavar=f"{{{shown}}}")
    for name in names:
        importlib.import_module(f"{package}.{name}").add(parsers)
    return parser
