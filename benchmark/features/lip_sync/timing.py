"""Frames of a video at 25 per second, by presentation time."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from benchmark.features.lip_sync.distances import FPS

MIN_FPS = 20
"""Fewer pictures per second do not show what SyncNet looks at: nothing is computed."""
_HALF = Fraction(1, 2)


class Resampler:
    """For frames that come one at a time: which of them stand at 0, 1/25, 2/25 ... s.

    Each moment takes the frame that is nearest in time (the earlier of two), so a video of 25 frames per second stays
    as it is. A video of T frames gives every moment before T / fps.
    """

    def __init__(self, fps: Fraction) -> None:
        if fps <= 0:
            raise ValueError(f"expected a positive frame rate but got {fps}")
        self._step = Fraction(fps) / FPS  # frames per moment
        self._frames = 0
        self._moments = 0

    def push(self) -> int:
        """Take the next frame; how many moments it stands for."""
        self._frames += 1
        before = self._moments
        while math.ceil(self._moments * self._step - _HALF) < self._frames:
            self._moments += 1
        return self._moments - before

    def finish(self) -> int:
        """How many moments at the end the last frame stands for besides."""
        before = self._moments
        while self._moments * self._step < self._frames:
            self._moments += 1
        return self._moments - before


def frames_at_25(frame_count: int, fps: Fraction) -> np.ndarray:
    """Index of the frame that stands at each moment, int64 [K]."""
    resampler = Resampler(fps)
    indices = [index for index in range(frame_count) for _ in range(resampler.push())]
    indices += [frame_count - 1] * resampler.finish()
    return np.array(indices, dtype=np.int64)
