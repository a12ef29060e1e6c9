"""Logging of commands: lines on stderr, as much as `FEED_LOG` says."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown

LEVEL_VARIABLE = "FEED_LOG"
"""debug, info (default), warning or error: what the rooms say besides their output."""
_LEVELS = ("debug", "info", "warning", "error")


class _Lines(logging.Handler):
    """Writes to the stderr of the moment: progress bars and tests put their own in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except (OSError, ValueError):
            self.handleError(record)


class _Format(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        text = super().formatMessage(record)
        return text if record.levelno == logging.INFO else f"{record.levelname.lower()}: {text}"


def configure(packages: Iterable[str]) -> None:
    """Show what our packages log from $FEED_LOG on, and warnings of libraries. Safe to call again.

    Raises:
        FeedError: $FEED_LOG names no level.
    """
    level = os.environ.get(LEVEL_VARIABLE, "info").lower() or "info"
    if level not in _LEVELS:
        raise FeedError(unknown(f"level in {LEVEL_VARIABLE}", level, _LEVELS))
    root = logging.getLogger()
    if not any(isinstance(handler, _Lines) for handler in root.handlers):
        handler = _Lines()
        handler.setFormatter(_Format("%(message)s"))
        root.addHandler(handler)
    for package in packages:
        logging.getLogger(package).setLevel(level.upper())
