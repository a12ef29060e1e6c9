"""Frames of a video at 25 per second, by presentation time."""

from __future__ import annotations

import math

import numpy as np

from benchmark.features.lip_sync.distances import FPS
from feed_dataset.core.media.timing import frame_s, nearest_frames

MIN_FPS = 20
"""Fewer pictures per second do not show what SyncNet looks at: nothing is computed."""
_SAME_S = 1e-6


def frames_at_25(
    times_s: np.ndarray,  # float64 [T], not decreasing, since the first frame
) -> np.ndarray:
    """Index of the frame that stands at each of the moments 0, 1/25, 2/25 ... s, int64 [K].

    Each moment takes the frame that is shown nearest to it (the earlier of two), so a video of 25 frames per second
    stays as it is. The last frame is shown for as long as most are, and every moment before its end counts.
    """
    if not len(times_s):
        return np.zeros(0, np.int64)
    end_s = float(times_s[-1] - times_s[0]) + frame_s(times_s)
    moments_s = np.arange(math.ceil((end_s - _SAME_S) * FPS)) / FPS
    return nearest_frames(times_s - times_s[0], moments_s)


class Moments:
    """For frames that come one at a time: how many moments of 1/25 s each of them stands for."""

    def __init__(self, times_s: np.ndarray) -> None:
        self._counts = np.bincount(frames_at_25(times_s), minlength=len(times_s))
        self._next = 0

    def push(self) -> int:
        """Take the next frame."""
        self._next += 1
        return int(self._counts[self._next - 1])
