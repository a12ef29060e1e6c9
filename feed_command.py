"""The script `feed`, and the start of every `python -m ROOM`: Ctrl-C while they are still being imported is no error.

This lies beside the rooms and imports next to nothing, so that it runs before anything that takes time.
"""

from __future__ import annotations

import sys
from importlib import import_module

EXIT_INTERRUPTED = 130


def main() -> int:
    """`feed ROOM COMMAND ...`; see `feed_dataset.core.console.feed`."""
    return start("feed_dataset.core.console.feed")


def start(module: str) -> int:
    """Import a command line and run its `main`; the exit code is that, or 130 after Ctrl-C at any time."""
    try:
        return int(import_module(module).main())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
