"""`python -m feed_dataset`."""

from __future__ import annotations

import sys

from feed_dataset.cli import main

if __name__ == "__main__":
    sys.exit(main())
