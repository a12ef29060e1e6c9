"""How far a submission's numbers have been followed: five verdicts, each in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Verdict = Literal["rejected", "self-reported", "recomputed", "rescored", "reproduced"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From nothing to everything."""

SENTENCES: Mapping[Verdict, str] = {
    "rejected": "Something in it contradicts its protocol, rows, features or frames, so it is not in any table.",
    "self-reported": "Its rows lead to its means and intervals, but nothing that was submitted leads to its rows.",
    "recomputed": "Every metric in the table was computed again, by this package, from the features in the bundle.",
    "rescored": "The submitted frames were looked at again with this package's own networks and gave the same numbers.",
    "reproduced": "The frames were made again from the method's card, and gave the same numbers.",
}


def is_beyond(one: str, other: str) -> bool:
    """Whether a verdict says more than another.

    Example:
        >>> is_beyond("recomputed", "self-reported"), is_beyond("recomputed", "rescored")
        (True, False)
    """
    places: dict[str, int] = {verdict: place for place, verdict in enumerate(VERDICTS)}
    return places.get(one, 0) > places.get(other, 0)


Level = Literal["self-reported", "recomputed"]
"""Of one metric of a submission: what its numbers follow from."""
