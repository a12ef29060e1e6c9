"""The head's turning over time: angles on even times, speed, and when it beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.landmark_sets import MESH468
from benchmark.metrics.pose import geodesic_deg, head_turns

RATE_HZ = 25
"""Of the even times, whatever the rate of the video is."""
SPEED_STEP_S = 0.2
"""Speeds are over this time: from frame to frame the noise of landmarks alone makes several degrees per second."""
BANDS_HZ = ((0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.0))
MIN_SPECTRUM_S = 1.8
FLOOR_DEG_S = 2.0
"""Added to the speed of each band: about what the noise of landmarks makes in one."""
MIN_BEAT_DEG = 0.05
"""Per frame and frame: smoothed noise of landmarks stays under it."""
_SMOOTHING_FRAMES = 2.0
_SAME = 1e-6  # seconds: times are rounded


@dataclass(frozen=True)
class Turning:
    """How a head is turned in the frames of a video in which it is seen.

    Args:
        rotations: float64 [K, 3, 3] against the camera.
        times_s: float64 [K], rising.
    """

    rotations: np.ndarray
    times_s: np.ndarray

    @classmethod
    def of(cls, video: FaceFeatures) -> Turning | str:
        """Of the 468 landmarks of a video; or the reason why there is nothing."""
        if video.times_s is None:
            return "times of frames are not known"
        seen = video.valid
        if not seen.any():
            return next((reason for reason in video.reasons if reason), "no landmarks")
        return cls(head_turns(video.landmarks_px[seen], MESH468), np.asarray(video.times_s, np.float64)[seen])

    @property
    def angles_deg(self) -> np.ndarray:
        """Yaw, pitch and roll without jumps of a whole turn, float64 [K, 3]."""
        from feed_dataset.core.faces.geometry import euler_deg

        return np.unwrap(euler_deg(self.rotations), axis=0, period=360.0)

    @property
    def even_angles_deg(self) -> np.ndarray:
        """The angles 25 times a second from the first time to the last, linear between frames, float64 [N, 3]."""
        count = int((self.times_s[-1] - self.times_s[0]) * RATE_HZ + _SAME) + 1
        even_s = self.times_s[0] + np.arange(count) / RATE_HZ
        return np.stack([np.interp(even_s, self.times_s, column) for column in self.angles_deg.T], axis=1)

    @property
    def speeds_deg_s(self) -> np.ndarray:
        """Angle between each frame and the first at least 0.2 s later, over their time, degrees per second [M]."""
        later = np.searchsorted(self.times_s, self.times_s + SPEED_STEP_S - _SAME)
        first = np.flatnonzero(later < len(self.times_s))
        later = later[first]
        angles = geodesic_deg(self.rotations[first], self.rotations[later])
        speeds: np.ndarray = angles / (self.times_s[later] - self.times_s[first])
        return speeds


def band_speeds_deg_s(
    angles_deg: np.ndarray,  # [N, 3] on even times
) -> np.ndarray:
    """Root mean square of the speed of yaw, pitch and roll in each octave, degrees per second [4, 3]."""
    speed = np.diff(angles_deg, axis=0) * RATE_HZ
    window = np.hanning(len(speed) + 2)[1:-1, None]
    power = np.abs(np.fft.rfft((speed - speed.mean(axis=0)) * window, axis=0)) ** 2
    hz = np.fft.rfftfreq(len(speed), 1 / RATE_HZ)
    share = 2 / (len(speed) * np.square(window).sum())  # of a mean square, by Parseval
    inside = [(hz >= low) & (hz < high) for low, high in BANDS_HZ]
    return np.sqrt(share * np.stack([power[band].sum(axis=0) for band in inside]))


def spectrum_distance(
    output_deg_s: np.ndarray,  # [4, 3] speeds by band and axis
    other_deg_s: np.ndarray,  # [4, 3]
) -> float:
    """Mean number of doublings between two spectra, each speed with the noise's added."""
    ratios = (output_deg_s + FLOOR_DEG_S) / (other_deg_s + FLOOR_DEG_S)
    return float(np.abs(np.log2(ratios)).mean())


def beats_s(
    angles_deg: np.ndarray,  # [N, 3] on even times
) -> np.ndarray:
    """When the head's acceleration is greatest: peaks of its length above its median, in seconds since the first.

    Less than `MIN_BEAT_DEG` is no beat.
    """
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(angles_deg, _SMOOTHING_FRAMES, axis=0, mode="nearest")
    acceleration = np.linalg.norm(np.gradient(np.gradient(smooth, axis=0), axis=0), axis=1)
    return peaks(acceleration, max(float(np.median(acceleration)), MIN_BEAT_DEG)) / RATE_HZ


def peaks(
    values: np.ndarray,  # [N]
    above: float,
) -> np.ndarray:
    """Places of values that are greater than both neighbours and `above`, int [M]."""
    middle = values[1:-1]
    is_peak = (middle > values[:-2]) & (middle >= values[2:]) & (middle > above)
    return np.flatnonzero(is_peak) + 1
