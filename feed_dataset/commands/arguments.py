"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which clips of which directory."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="a FEED directory (default: feed-mini)")
    parser.add_argument("--subject", action="append", metavar="NAME")
    parser.add_argument("--stem", action="append", metavar="NAME")
    parser.add_argument("--camera", action="append", metavar="{C,L,R}")


def positive(text: str) -> int:
    """An argument type: a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number but got {text}")
    return value
