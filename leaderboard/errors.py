"""The error that `leaderboard` raises for people: what was expected, what was found, what to do."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class SubmissionError(FeedError):
    """A submission, a store or a request is refused; one line, and the command exits with 2."""
