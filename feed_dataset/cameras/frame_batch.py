"""Frames of several cameras at the same moments, and which frame of a camera belongs to which moment."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from feed_dataset.core.media.frame_index import FrameIndex

_EPSILON_S = 1e-7  # times are sums of rationals in floating point


@dataclass(frozen=True, eq=False, repr=False)
class FrameBatch:
    """Views at the moments of one time grid."""

    frames: np.ndarray  # uint8 [V, T, H, W, 3] RGB; black where not valid
    pts_s: np.ndarray  # float64 [V, T], the frame's own presentation time in its file; NaN where not valid
    valid: np.ndarray  # bool [V, T]: the view has a frame near this moment
    views: tuple[str, ...]
    times_s: np.ndarray  # float64 [T], the moments, on the clock of the take
    reader: str  # name and version of what decoded it

    def __repr__(self) -> str:
        shape = f"{self.frames.dtype}{list(self.frames.shape)}"
        share = f"{int(self.valid.sum())} of {self.valid.size} valid"
        return f"FrameBatch(frames={shape}, views={self.views}, {share}, reader={self.reader!r})"

    def view(self, name: str) -> np.ndarray:  # uint8 [T, H, W, 3]
        """The frames of one camera."""
        return self.frames[self.views.index(name)]


@dataclass(frozen=True, eq=False)
class Match:
    """Which frame of one view is shown at each moment."""

    numbers: np.ndarray  # int64 [T] into the index; not decreasing where the moments increase
    valid: np.ndarray  # bool [T]


def time_grid(start_s: float, stop_s: float, fps: float | Fraction) -> np.ndarray:  # float64 [T]
    """start_s + k / fps for every k before stop_s."""
    if not (np.isfinite(start_s) and np.isfinite(stop_s)) or stop_s <= start_s or fps <= 0:
        raise ValueError(f"expected start before stop and a positive fps but got {start_s}, {stop_s} s, {fps} fps")
    count = max(int(np.ceil((stop_s - start_s) * float(fps) - _EPSILON_S * float(fps))), 1)
    return start_s + np.arange(count) / float(fps)


def match_times(
    index: FrameIndex,
    times_s: np.ndarray,  # float64 [T]
    offset_s: float = 0.0,
    tolerance_s: float | None = None,
    drift_ppm: float = 0.0,
) -> Match:
    """The frame whose presentation time t, t (1 + drift_ppm / 1e6) + offset_s on this clock, is nearest to each moment.

    Valid where it is within the tolerance: half a frame of this video by default, so that a hole in a variable frame
    rate and what lies beyond the ends is not filled with a neighbour.
    """
    tolerance = index.frame_s / 2 if tolerance_s is None else tolerance_s
    speed = 1.0 + drift_ppm * 1e-6
    numbers = index.nearest((times_s - offset_s) / speed)
    distance = np.abs(index.times_s[numbers] * speed + offset_s - times_s)
    return Match(numbers, distance <= tolerance + _EPSILON_S)
