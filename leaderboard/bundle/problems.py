"""What is wrong with a bundle: one line each, with the place."""

from __future__ import annotations

from dataclasses import dataclass

from feed_dataset.core.jobs.cells import one_line

MOST = 1000
"""Problems of one bundle that are listed; a bundle with more has been understood well enough."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        place: the member, or the method, metric and case; "archive" for the file itself.
        message: what was expected and what was found.
    """

    place: str
    message: str

    def __post_init__(self) -> None:
        for name in ("place", "message"):
            object.__setattr__(self, name, one_line(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Refused(Exception):
    """A problem after which nothing else can be read; never leaves this folder."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(place, message)
