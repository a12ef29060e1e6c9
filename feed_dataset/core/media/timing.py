"""When frames are shown: which one stands nearest to a moment, and what rate their times make."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

_TIE_S = 1e-6  # times are rounded by their container: distances that differ by less are equal
_STEADY_S = 1.1e-3  # Matroska and FLV round times to a millisecond


def nearest_frames(
    times_s: np.ndarray,  # float64 [N], not decreasing, one at least
    wanted_s: np.ndarray,  # float64 [K]
) -> np.ndarray:
    """Index of the frame shown nearest to each moment, int64 [K]; the earlier of two equally near."""
    wanted = np.asarray(wanted_s, np.float64)
    after = np.clip(np.searchsorted(times_s, wanted), 1, max(len(times_s) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times_s) - 1)
    is_later = times_s[after] - wanted + _TIE_S < wanted - times_s[before]
    return np.where(is_later, after, before)


def frame_s(
    times_s: np.ndarray,  # float64 [N], not decreasing
) -> float:
    """Median time between frames, the lower one of two; 1/25 s for a single frame."""
    return float(np.quantile(np.diff(times_s), 0.5, method="lower")) if len(times_s) > 1 else 1 / 25


def mean_rate(
    times_s: np.ndarray,  # float64 [N], not decreasing
) -> Fraction:
    """Mean rate of frames shown at these times; 25 for a single one."""
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return Fraction(25)
    return Fraction((len(times_s) - 1) / float(times_s[-1] - times_s[0])).limit_denominator(1001)


def is_steady(
    times_s: np.ndarray,  # float64 [N], not decreasing
    fps: Fraction,
) -> bool:
    """Whether frames shown at these times have this constant rate, as far as containers can say it."""
    due_s = np.arange(len(times_s)) / float(fps)
    return not len(times_s) or bool((np.abs(times_s - times_s[0] - due_s) <= _STEADY_S).all())


class Clock:
    """Times of frames as a file keeps them: whole ticks, each later than the one before."""

    time_base = Fraction(1, 90_000)  # of MPEG: every usual rate is whole, or a hundred-thousandth of a second off

    def __init__(
        self,
        times_s: np.ndarray,  # float64 [T], not decreasing
    ) -> None:
        ticks = np.round((times_s - times_s[:1]) / float(self.time_base)).astype(np.int64)
        order = np.arange(len(ticks))
        self._ticks = np.maximum.accumulate(ticks - order) + order

    def ticks(self, frame: int) -> int:
        """Time of a frame in units of `time_base`, since the first."""
        return int(self._ticks[frame])
