"""What a package lacks when it is asked."""

from __future__ import annotations

from benchmark.results.errors import BenchmarkError


class NotHere(BenchmarkError):
    """A package that is installed has no number for these files; the message says what it lacks."""
