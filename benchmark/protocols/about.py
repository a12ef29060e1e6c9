"""What a reader of a protocol must know and a run does not use: where it is from, and what was left open there."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from benchmark.protocols.part import Part


class OpenPoint(Part):
    """Something that the paper does not say: what is done here, why, and what else could have been done."""

    question: str
    choice: str
    why: str
    alternatives: Annotated[tuple[str, ...], Field(min_length=1)]


class StatedCases(Part):
    """The case list of a listing that anybody can write down: it pins the rule where the files are not here.

    `listing` says in words what `benchmark.protocols.stated` has.
    """

    listing: str
    cases: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class About(Part):
    """Documentation of a protocol. It is no part of the case list's hash.

    `reported`: tables that may be read beside the results and are never ranked with them; `feed leaderboard show` has
    them. `rows`: what stands beside methods, and what each is for.
    """

    paper: str | None = None
    reported: tuple[str, ...] = ()
    rows: dict[str, str] = {}
    open: tuple[OpenPoint, ...] = ()
    stated: StatedCases | None = None
