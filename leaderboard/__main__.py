"""`python -m leaderboard`."""

from __future__ import annotations

import sys

from leaderboard.cli import main

if __name__ == "__main__":
    sys.exit(main())
