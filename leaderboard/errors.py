"""The errors that `leaderboard` raises for people: what was expected, what was found, what to do."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class SubmissionError(FeedError):
    """A submission, a store or a request is refused; one line, and the command exits with 2."""


class StoreUnavailable(SubmissionError):
    """The database cannot be used now."""


class AlreadyStored(SubmissionError):
    """The same results are there already.

    Args:
        submission: its number.
        message: one line.
    """

    def __init__(self, submission: int, message: str) -> None:
        self.submission = submission
        super().__init__(message)


class KeyReused(SubmissionError):
    """An idempotency key came with another request than the first time."""


class TokenRefused(SubmissionError):
    """A token is unknown, expired, revoked, or not for this."""
