"""Options that several commands have, and where their values come from."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_db(parser: argparse.ArgumentParser) -> None:
    """Add --db: which leaderboard."""
    parser.add_argument("--db", type=Path, metavar="FILE", help="leaderboard file (SQLite)")
