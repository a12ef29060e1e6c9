"""One module per command; each has `add(verbs)`, which adds its parser and sets `action`."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError
from model.networks.errors import ModelError

INPUT_ERRORS: tuple[type[Exception], ...] = (ModelError, FeedError)
"""What a command shows as one line: input that is wrong, missing or damaged."""
