"""Where files are kept that can be made or fetched again."""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "FEED_CACHE"
"""Names the folder; ~/.cache/feed when it is unset."""


def cache_folder() -> Path:
    """$FEED_CACHE, or ~/.cache/feed; it may not exist yet."""
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "feed").expanduser()
