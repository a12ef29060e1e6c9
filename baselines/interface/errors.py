"""The errors that `baselines` raises for people."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class UnknownMethod(FeedError):
    """No method of that name is registered."""


class MethodUnavailable(FeedError):
    """A registered method cannot be constructed here."""


class DriveError(FeedError):
    """A method was given a driver or source that it cannot use."""
