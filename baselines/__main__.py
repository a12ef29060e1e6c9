"""`python -m baselines`."""

from __future__ import annotations

import sys

from feed_command import start

if __name__ == "__main__":
    sys.exit(start("baselines.cli"))
