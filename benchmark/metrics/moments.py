"""Mean and covariance of a stream of vectors in float64, mergeable (Chan, Golub, LeVeque 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of outer products about the mean."""

    n: int
    mean: np.ndarray  # float64 [d]
    scatter: np.ndarray  # float64 [d, d]

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased covariance, float64 [d, d]; needs n >= 2."""
        if self.n < 2:
            raise ValueError(f"expected at least 2 samples for a covariance but got {self.n}")
        return self.scatter / (self.n - 1)


def moments_of(
    samples: np.ndarray,  # [n, d]
) -> Moments:
    """Moments of one batch, two-pass: no cancellation however far the mean is from zero."""
    x = np.asarray(samples, dtype=np.float64)
    if x.ndim != 2:
        raise ValueError(f"expected samples [n, d] but got {list(x.shape)}")
    if not np.isfinite(x).all():
        raise ValueError("expected finite samples but got NaN or infinity")
    if len(x) == 0:
        return Moments(0, np.zeros(x.shape[1]), np.zeros((x.shape[1], x.shape[1])))
    mean = x.mean(axis=0)
    centred = x - mean
    return Moments(len(x), mean, centred.T @ centred)


def merge(a: Moments, b: Moments) -> Moments:
    """Moments of both samples together."""
    n = a.n + b.n
    if n == 0:
        return a
    delta = b.mean - a.mean
    mean = a.mean + delta * (b.n / n)
    scatter = a.scatter + b.scatter + np.outer(delta, delta) * (a.n * b.n / n)
    return Moments(n, mean, scatter)


def merged(parts: Sequence[Moments]) -> Moments:
    """Moments of all parts together; at least one part."""
    return reduce(merge, parts)


def without_each(parts: Sequence[Moments]) -> list[Moments]:
    """Moments of all parts but one, for each; at least two parts. Nothing is subtracted, hence nothing cancels."""
    before = list(accumulate(parts, merge))
    after = list(accumulate(reversed(parts), merge))[::-1]
    inner = [merge(a, b) for a, b in zip(before[:-2], after[2:], strict=True)]
    return [after[1], *inner, before[-2]]
