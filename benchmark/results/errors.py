"""The errors that `benchmark` raises for people."""

from __future__ import annotations

from feed_dataset.core.jobs.errors import FeedError


class BenchmarkError(FeedError):
    """A run cannot go on; a command shows it as one line and exits 2."""


class MethodRefused(BenchmarkError):
    """A method cannot do what a protocol asks."""


class UnknownProtocol(BenchmarkError):
    """No protocol of that name is shipped."""


class ResultsError(BenchmarkError):
    """A results file is unreadable or breaks its schema."""
