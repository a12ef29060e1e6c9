"""Scores with their own book-keeping: how many frames were due, how many counted, why not the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

Extra = float | str | list[float] | None
"""What may stand beside a value of a whole set."""

NOT_FINITE = "its value is not a finite number"


@dataclass(frozen=True)
class CaseScore:
    """One metric on one case. `value` is None when nothing could be scored: never 0, never the best value."""

    value: float | None
    frames_expected: int
    frames_scored: int
    failures: tuple[tuple[str, int], ...] = ()  # (reason, frames)
    frame_values: np.ndarray | None = field(default=None, compare=False, repr=False)
    """float64 [frames_expected], NaN where a frame has none, of metrics that are the mean of their frames."""


@dataclass(frozen=True)
class SetScore:
    """One metric on all cases of a method together."""

    value: float | None
    n: int  # samples that entered
    reason: str | None = None  # why there is no value
    extra: dict[str, Extra] = field(default_factory=dict)
    ci_low: float | None = None  # 95 % interval over drivers and sources, where the metric has one
    ci_high: float | None = None


def unscored(reason: str, frames_expected: int) -> CaseScore:
    """A case without a value: every frame failed for the same reason."""
    return CaseScore(None, frames_expected, 0, ((reason, frames_expected),))


def none_scored(
    failures: Sequence[str | None],  # one per expected frame
    reason: str,
) -> CaseScore:
    """A case without a value: frames that had not failed before fail for this reason."""
    return CaseScore(None, len(failures), 0, count_reasons(failure or reason for failure in failures))


def mean_score(
    values: np.ndarray,  # float [K], one per usable frame
    failures: Iterable[str | None],  # one per expected frame, None where usable
) -> CaseScore:
    """Mean of the usable frames; None where there is none. A value that is not finite is a failure of its frame.

    Raises:
        ValueError: there are not as many values as usable frames.
    """
    reasons = list(failures)
    usable = [index for index, reason in enumerate(reasons) if reason is None]
    if len(values) != len(usable):
        raise ValueError(f"expected one value for each of {len(usable)} usable frames but got {len(values)}")
    finite = np.isfinite(values)
    for index in np.array(usable, dtype=int)[~finite]:
        reasons[index] = NOT_FINITE
    scored = np.asarray(values, np.float64)[finite]
    value = float(scored.mean()) if len(scored) else None
    by_frame = np.full(len(reasons), np.nan)
    by_frame[np.array(usable, dtype=int)[finite]] = scored
    return CaseScore(value, len(reasons), len(scored), count_reasons(reasons), by_frame)


def count_reasons(reasons: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    """(reason, count), sorted by reason."""
    return tuple(sorted(Counter(reason for reason in reasons if reason is not None).items()))
