"""The one error of `model` that commands show as a line: what was expected, what was found, what to do."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class ModelError(FeedError):
    """An unknown preset, weights that do not fit, or an input of the wrong shape."""
