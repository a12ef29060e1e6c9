"""Which two frames of which video: pure functions of numbers, so that a sample can be drawn again anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown

_EPSILON_S = 1e-6  # frame times are rounded to the container's clock


class PairError(FeedError):
    """Pairs cannot be drawn as asked. One argument, so that DataLoader can raise it again from a worker."""


def draw_clip(
    rng: np.random.Generator,
    tasks: Sequence[str],  # task of each clip
    weights: Mapping[str, float] | None,
) -> int:
    """Index of a clip: any alike without weights, else a task by its weight and then any of its clips."""
    if weights is None:
        return int(rng.integers(len(tasks)))
    names = sorted(set(tasks))
    share = np.array([weights[name] for name in names], np.float64)
    task = names[int(rng.choice(len(names), p=share / share.sum()))]
    return int(rng.choice([index for index, of_clip in enumerate(tasks) if of_clip == task]))


def draw_frames(
    rng: np.random.Generator,
    times_s: np.ndarray,  # float64 [N], not decreasing
    min_gap_s: float,
    max_gap_s: float | None,
) -> tuple[int, int] | None:
    """Two different frames whose times differ by at least `min_gap_s` and at most `max_gap_s`.

    The first is uniform among the frames that have a partner, the second among its partners. None where no frame has.
    """
    most_s = np.inf if max_gap_s is None else max_gap_s + _EPSILON_S
    least_s = max(min_gap_s - _EPSILON_S, 0.0)
    own = np.arange(len(times_s))
    before_from = np.searchsorted(times_s, times_s - most_s, "left")
    before_to = np.minimum(np.searchsorted(times_s, times_s - least_s, "right"), own)
    after_from = np.maximum(np.searchsorted(times_s, times_s + least_s, "left"), own + 1)
    after_to = np.searchsorted(times_s, times_s + most_s, "right")
    before, after = np.maximum(before_to - before_from, 0), np.maximum(after_to - after_from, 0)
    paired = np.flatnonzero(before + after)
    if not len(paired):
        return None
    source = int(rng.choice(paired))
    place = int(rng.integers(before[source] + after[source]))
    if place < before[source]:
        return source, int(before_from[source] + place)
    return source, int(after_from[source] + place - before[source])


def checked_weights(weights: Mapping[str, float], tasks: Sequence[str]) -> dict[str, float]:
    """The weights as floats. Raises PairError unless each task that is there has one, and one is above 0."""
    there = sorted(set(tasks))
    for name in weights:
        if name not in there:
            raise PairError(unknown("task of these clips", name, there))
    missing = [name for name in there if name not in weights]
    if missing:
        raise PairError(f"expected a weight for each task but got none for {', '.join(missing)}; 0 leaves a task out")
    if not all(np.isfinite(weight) and weight >= 0 for weight in weights.values()) or not any(weights.values()):
        raise PairError(f"expected finite weights of at least 0, and one above, but got {dict(weights)}")
    return {name: float(weight) for name, weight in weights.items()}


def checked_gaps(min_gap_s: float, max_gap_s: float | None) -> None:
    """Raises PairError for gaps that no two frames can have."""
    if not 0 <= min_gap_s < np.inf or (max_gap_s is not None and not (max_gap_s >= min_gap_s and max_gap_s > 0)):
        raise PairError(f"expected 0 <= min_gap_s <= max_gap_s and max_gap_s > 0 but got {min_gap_s} and {max_gap_s}")
