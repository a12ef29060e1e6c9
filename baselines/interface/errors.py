"""The errors that `baselines` raises for people."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class UnknownMethod(FeedError):
    """No method of that name is known."""


class MethodConflict(FeedError):
    """Two methods claim one name."""


class MethodUnavailable(FeedError):
    """A method cannot be imported or constructed here, or not with what was asked of it."""


class DriveError(FeedError):
    """A method was given a driver or source that it cannot use."""


class BatchError(FeedError):
    """A folder with a batch of cases, or with their finished frames, is not as it should be."""


class OutputFault(FeedError):
    """What a repository left is not what it declares: the reason of a counted failure."""
