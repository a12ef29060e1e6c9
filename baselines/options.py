"""Options that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import math
import re


def add_method(parser: argparse.ArgumentParser, metavar: str) -> None:
    """Add the method, its weights and --device."""
    parser.add_argument("method", metavar=metavar, help="a name, file.py, file.py:Class or package.module:Class")
    parser.add_argument("--model", metavar="DIR|ID", help="other weights, for methods that take them")
    parser.add_argument("--device", type=device, default="cpu", metavar="D", help="cpu (default), cuda or cuda:N")


def device(text: str) -> str:
    """An argparse type: a device that a method may be given."""
    if not re.fullmatch(r"cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"expected cpu, cuda or cuda:N but got {text!r}")
    return text


def seconds(text: str) -> float:
    """An argparse type: a time above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected seconds above 0 but got {text!r}")
    return value
