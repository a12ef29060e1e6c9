"""Uncertainty of a ratio of two means over the same crossed cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmark.results.crossed import Crossing, Mean, mean_of


def ratio_of(
    values: Sequence[float] | np.ndarray,  # [n]
    reference: Sequence[float] | np.ndarray,  # [n] of the same cases
    crossing: Crossing,
) -> Mean:
    """mean(values) / mean(reference), with the two-way clustered spread of its linearisation.

    To first order the ratio R errs as the mean of (value - R * reference) / mean(reference) does (Cochran, Sampling
    Techniques, 6.4), so that what a case makes hard for both cancels.

    Raises:
        ValueError: as `mean_of`, other lengths, or a reference whose mean is not above 0.
    """
    above, below = np.asarray(values, np.float64), np.asarray(reference, np.float64)
    if above.shape != below.shape:
        raise ValueError(f"expected one reference for each value but got {len(below)} for {len(above)}")
    scale = mean_of(below, crossing).value
    if scale <= 0:
        raise ValueError(f"expected a reference whose mean is above 0 but got {scale:g}")
    ratio = mean_of(above, crossing).value / scale
    return replace(mean_of((above - ratio * below) / scale, crossing), value=ratio)
