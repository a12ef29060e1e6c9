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
    _frames: list[np.ndarray] = field(default_factory=list)
    _drivers: list[np.ndarray] = field(default_factory=list)

    def add(self, frame: np.ndarray, driver: np.ndarray | None) -> None:
        """One frame of the output, uint8 [S, S, 3], and `small_grey` of the driver's frame at its time."""
        self._frames.append(small_grey(frame))
        if driver is not None:
            self._drivers.append(driver)

    def remarks(self) -> list[str]:
        """What a reader must know of frames that are accepted."""
        source = small_grey(self.source)
        mean, deviation = _light(np.stack(self._frames))
        changes = (mean / max(float(source.mean()), 1.0) - 1, deviation / max(float(source.std()), 1.0) - 1)
        if max(abs(one) for one in changes) <= _STRETCH:
            return []
        return [f"brightness {changes[0]:+.0%} and contrast {changes[1]:+.0%} against the source"]

    def check(self) -> None:
        """Raise OutputFault for what is no result."""
        source, frames = small_grey(self.source), np.stack(self._frames)
        mean, deviation = _light(frames)
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
        if _neighbour_correlation(frames).mean() < _NEIGHBOURS:
            raise OutputFault("expected a picture but the frames are noise; were the weights loaded?")
        drivers = np.stack(self._drivers) if self._drivers else None
        self._check_motion(frames, drivers)
        if drivers is not None:
            _check_person(source, frames, drivers)

    def _check_motion(self, frames: np.ndarray, drivers: np.ndarray | None) -> None:
        if len(frames) < 2:
            return
        change = _largest_change(frames)
        of_driver = 0.0 if drivers is None else _largest_change(drivers)
        moves = self.by_audio or of_driver > _MOVES_LEVELS
        if moves and change < max(_STILL_LEVELS, _STILL_SHARE * of_driver):
            raise OutputFault(
                f"expected motion but the frames stand still (they change by {change:.2f} levels, the driver by"
                f" {of_driver:.1f})"
            )


def _check_person(source: np.ndarray, frames: np.ndarray, drivers: np.ndarray) -> None:
    if distance(source, drivers[0]) < _OTHER_PERSON_LEVELS:
        return
    if distance(frames, drivers) < _SAME_LEVELS:
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


def _light(frames: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a frame, on average over [T, 64, 64]."""
    return float(frames.mean()), float(frames.std(axis=(1, 2)).mean())


def _neighbour_correlation(
    frames: np.ndarray,  # [T, 64, 64]
) -> np.ndarray:  # [T]
    """Of each pixel with the next one in its row; 1 for an even picture, which its contrast gives away."""
    centred = frames - frames.mean(axis=(1, 2), keepdims=True)
    left, right = centred[:, :, :-1], centred[:, :, 1:]
    power = np.sqrt((left**2).sum(axis=(1, 2)) * (right**2).sum(axis=(1, 2)))
    return np.divide((left * right).sum(axis=(1, 2)), power, out=np.ones_like(power), where=power > 0)


def _largest_change(
    frames: np.ndarray,  # [T, 64, 64]
) -> float:
    """The most by which a frame differs from the first one, on average over its pixels."""
    return float(np.abs(frames - frames[0]).mean(axis=(1, 2)).max())


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference."""
    return float(np.abs(one - other).mean())
