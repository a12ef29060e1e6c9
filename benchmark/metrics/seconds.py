"""What changes over minutes: the means of whole seconds, their robust slope and the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.scores import CaseScore, none_scored, unscored

MIN_SECONDS_OF_SLOPE = 10
"""Of shorter clips the slope per minute is what a face does in these seconds: `scripts/validate_over_time.py` prints
how much it is by length."""
MIN_SECONDS_OF_WORST = 2
_PER_MINUTE = 60.0


@dataclass(frozen=True)
class Seconds:
    """Means of whole seconds of a clip, those without a value left out.

    Args:
        starts_s: float64 [N], when each of them begins.
        means: float64 [N, ...].
    """

    starts_s: np.ndarray
    means: np.ndarray


def by_second(
    times_s: np.ndarray,  # float64 [K] of the frames that count
    values: np.ndarray,  # [K, ...]
) -> Seconds:
    """Means of whole seconds; one with less than half of the most frames of any, as the last mostly is, is left out."""
    second = np.floor(np.asarray(times_s, np.float64)).astype(int)
    starts, place, counts = np.unique(second, return_inverse=True, return_counts=True)
    sums = np.zeros((len(starts), *values.shape[1:]))
    np.add.at(sums, place, np.asarray(values, np.float64))
    full = 2 * counts >= counts.max(initial=0)
    means = sums[full] / counts[full].reshape(-1, *[1] * (values.ndim - 1))
    return Seconds(starts[full].astype(np.float64), means)


def slope_per_minute(seconds: Seconds) -> np.ndarray:
    """Median of the slopes between any two seconds (Theil 1950, Sen 1968), per minute, [...]; needs two of them."""
    first, later = np.triu_indices(len(seconds.starts_s), 1)
    apart_s = seconds.starts_s[later] - seconds.starts_s[first]
    rises = seconds.means[later] - seconds.means[first]
    slopes: np.ndarray = np.median(rises / apart_s.reshape(-1, *[1] * (rises.ndim - 1)), axis=0) * _PER_MINUTE
    return slopes


def whole_seconds(
    video: FaceFeatures,
    values: np.ndarray,  # [K, ...] of the usable frames of the video
    failures: Sequence[str | None],  # per frame that is due, None in those K
    at_least: int,
) -> Seconds | CaseScore:
    """The means of seconds; a score without a value where there are less than `at_least`."""
    if video.times_s is None:
        return unscored("output: times of frames are not known", len(failures))
    usable = np.array([reason is None for reason in failures[: len(video)]], dtype=bool)
    seconds = by_second(video.times_s[usable], values)
    if len(seconds.starts_s) < at_least:
        return none_scored(failures, f"shorter than {at_least} s")
    return seconds
