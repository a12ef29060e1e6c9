"""What the frames themselves say: repositories end with exit code 0 and leave a still, a panel or noise.

A frame that a method made badly is its own result and is scored. Here only what is no result at all is refused, so the
bounds are wide. The ends of a scale, copy-source and copy-driver, are no repositories and are not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from baselines.interface.errors import OutputFault

_BRIGHTNESS_LEVELS = 80.0
"""Of 255: how far the mean may lie from that of the source. Black and white frames lie beyond it or lack contrast."""
_CONTRAST_FACTORS = (0.25, 4.0)
"""Of the source's standard deviation: an untrained network gives less than the first, noise more than the second."""
_NEIGHBOURS = 0.3
"""Least correlation of neighbouring pixels at 64 px: that of pictures is above 0.8, that of noise near 0."""
_STRETCH = 0.10
"""Change of mean or deviation from which a reader is told: some repositories stretch each clip to its own range."""
_MOVES_LEVELS = 1.0
"""Mean change against the first frame from which a driver counts as moving."""
_STILL_SHARE, _STILL_LEVELS = 0.03, 0.4
"""Of the driver's change, and absolutely: a still image through a video codec changes less than that."""
_SAME_LEVELS = 1.5
"""Mean difference up to which an output is the driver itself, once more through a codec."""
_OTHER_PERSON_LEVELS = 12.0
"""Mean difference of source and driver from which an output that equals the driver cannot be the source's."""


_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass
class FrameWatch:
    """Collects what is judged while frames pass, one at a time.

    Args:
        source: uint8 [S, S, 3].
        by_audio: the driver is speech, which always asks for motion.
    """

    source: np.ndarray
    by_audio: bool = False
    _count: int = 0
    _means: list[float] = field(default_factory=list)
    _deviations: list[float] = field(default_factory=list)
    _smoothness: list[float] = field(default_factory=list)
    _change: float = 0.0
    _driver_change: float = 0.0
    _to_driver: list[float] = field(default_factory=list)
    _first: np.ndarray | None = None
    _first_driver: np.ndarray | None = None

    def add(self, frame: np.ndarray, driver: np.ndarray | None) -> None:
        """One frame of the output, uint8 [S, S, 3], and `small_grey` of the driver's frame at its time."""
        small = small_grey(frame)
        self._means.append(float(small.mean()))
        self._deviations.append(float(small.std()))
        self._smoothness.append(_neighbour_correlation(small))
        self._first = small if self._first is None else self._first
        self._change = max(self._change, distance(small, self._first))
        if driver is not None:
            self._first_driver = driver if self._first_driver is None else self._first_driver
            self._driver_change = max(self._driver_change, distance(driver, self._first_driver))
            self._to_driver.append(distance(small, driver))
        self._count += 1

    def remarks(self) -> list[str]:
        """What a reader must know of frames that are accepted."""
        source = small_grey(self.source)
        mean, deviation = float(np.mean(self._means)), float(np.mean(self._deviations))
        changes = (mean / max(float(source.mean()), 1.0) - 1, deviation / max(float(source.std()), 1.0) - 1)
        if max(abs(one) for one in changes) <= _STRETCH:
            return []
        return [f"brightness {changes[0]:+.0%} and contrast {changes[1]:+.0%} against the source"]

    def check(self) -> None:
        """Raise OutputFault for what is no result."""
        source = small_grey(self.source)
        mean, deviation = float(np.mean(self._means)), float(np.mean(self._deviations))
        if abs(mean - float(source.mean())) > _BRIGHTNESS_LEVELS:
            raise OutputFault(
                f"expected the brightness of the source ({source.mean():.0f} of 255) but got {mean:.0f}: no face of it"
            )
        low, high = (factor * float(source.std()) for factor in _CONTRAST_FACTORS)
        if not low <= deviation <= high:
            raise OutputFault(
                f"expected the contrast of the source (deviation {source.std():.0f}) but got {deviation:.1f}: no face"
                " of it; were the weights loaded?"
            )
        if np.mean(self._smoothness) < _NEIGHBOURS:
            raise OutputFault("expected a picture but the frames are noise; were the weights loaded?")
        self._check_motion()
        self._check_person(source)

    def _check_motion(self) -> None:
        if self._count < 2:
            return
        moves = self.by_audio or self._driver_change > _MOVES_LEVELS
        if moves and self._change < max(_STILL_LEVELS, _STILL_SHARE * self._driver_change):
            raise OutputFault(
                f"expected motion but the frames stand still (they change by {self._change:.2f} levels, the driver by"
                f" {self._driver_change:.1f})"
            )

    def _check_person(self, source: np.ndarray) -> None:
        if self._first_driver is None or distance(source, self._first_driver) < _OTHER_PERSON_LEVELS:
            return
        if float(np.mean(self._to_driver)) < _SAME_LEVELS:
            raise OutputFault("expected the source's face but the frames are the driver's own")


def check_size(frame: np.ndarray, side_px: int, tolerance_px: int = 0) -> None:
    """Raise OutputFault unless a frame is a square of that side; a row of squares is told as a panel."""
    height, width = frame.shape[:2]
    if max(abs(height - side_px), abs(width - side_px)) <= tolerance_px:
        return
    tiles = width // height if height and width % height == 0 else 0
    what = f": a panel of {tiles} pictures" if tiles > 1 else ""
    raise OutputFault(f"expected frames of {side_px}x{side_px} px but got {width}x{height}{what}")


def small_grey(frame: np.ndarray) -> np.ndarray:
    """Brightness at 64 px, float32 [64, 64]: noise of codecs is averaged away."""
    import cv2

    small = cv2.resize(frame, (64, 64), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.float32) @ _LUMA)


def _neighbour_correlation(image: np.ndarray) -> float:
    """Of each pixel with the next one in its row; 1 for an even picture, which its contrast gives away."""
    left, right = image[:, :-1] - image.mean(), image[:, 1:] - image.mean()
    power = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / power if power > 0 else 1.0


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference."""
    return float(np.abs(one - other).mean())
