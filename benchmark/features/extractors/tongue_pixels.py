"""Visible tongue by colour, shape and place, relative to how the same person looks with the mouth shut.

A tongue is bluer than skin and lips (it has no melanin), redder than teeth, and brighter than the inside of the mouth.
Colours are logarithms of R/G and B/G, so that brightness and white balance cancel against the cheeks of the same frame.
What "bluer" means is taken from lips and lower face of the first frame with a face; how bright a lit surface is, from
the white of its eyes. A tongue is in one piece that touches the lips; one that is out reaches beyond them, one that
lies in an open mouth does not. Constants were chosen on CHOSEN of `scripts.validation.mouths`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from benchmark.features.extractors.tongue_untellable import Untellable
from benchmark.features.types.extractor import Batch
from feed_dataset.core.faces.mesh_indices import (
    CHIN,
    LEFT_EYE_OUTER,
    LEFT_MOUTH_CORNER,
    LIPS_INNER,
    LIPS_OUTER,
    NOSE_BASE,
    RIGHT_EYE_OUTER,
    RIGHT_MOUTH_CORNER,
)
from feed_dataset.core.faces.windows import Window, sample_window

PATCH_PX, PATCH_IOD = 64, 1.7
_BELOW_NOSE_IOD = 0.62  # the patch's centre
_TOP_IOD, _BOTTOM_IOD, _SIDE_IOD = 0.12, 0.02, 0.18  # region: below the nose, below the chin, beside the corners
_CHEEKS = (50, 101, 36, 205, 207, 187, 147, 123, 280, 330, 266, 425, 427, 411, 376, 352)
_CHEEK_IOD = 0.04  # half the side of the squares there
_EYES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
_EYE_WHITE_PERCENTILE = 90

# In hundredths of a natural logarithm.
_SHADE = 60.0  # region pixels this much darker than the cheeks are beard, nostrils or the seam of the lips
_OWN_PERCENTILE, _BLUER_RAMP = 90, 5.0
_REDNESS_SHARE, _REDNESS_RAMP = 0.45, 8.0  # teeth lose more than this share of the skin's redness
_DARK, _DARK_RAMP = -150.0, 30.0  # against the white of the eyes: no colour can be told below
_LIT, _LIT_RAMP = -55.0, 20.0  # out of the mouth's shadow
_FLOOR = 4.0  # grey levels added before logarithms
_BLUE_LIPS = 18.0  # tongues that are still bluer are rare: 8 to 23 was measured in people's open mouths
_DARK_WHITE, _BRIGHT_CHEEKS = 21.0, 250.0  # grey levels of G

_JOINED = 0.5  # pixels that look at least this much like tongue are one piece with their neighbours


@dataclass(frozen=True)
class Look:
    """What the first frame says about a person."""

    bluest: float  # log B/G of the lips or the rest of the lower face, relative to the cheeks
    white: float  # log G of the white of the eyes
    cheeks: float  # log G of the cheeks

    @property
    def untellable(self) -> Untellable:
        """What keeps a tongue from being told, if anything."""
        if self.white < _log_level(_DARK_WHITE):
            return Untellable.DARK
        if self.cheeks >= _log_level(_BRIGHT_CHEEKS):
            return Untellable.BRIGHT
        return Untellable.BLUE_LIPS if self.bluest >= _BLUE_LIPS else Untellable.NO


class TongueSession:
    """Areas of one video, frame by frame."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        for frame, landmarks in zip(batch.frames, batch.landmarks_px.astype(np.float64), strict=True):
            if not np.isfinite(landmarks).all():
                self._rows.append(np.full(4, np.nan))
                continue
            if self._look is None:
                self._look = look_of(frame, landmarks)
            areas = tongue_areas(frame, landmarks, self._look)
            self._rows.append(np.append(areas, float(self._look.untellable)))

    def finish(self) -> np.ndarray:
        """Float32 [T, 4]: the areas of `tongue_areas`, and `Untellable` of the first frame; NaN without a face."""
        if not self._rows:
            raise ValueError("expected at least one batch of frames but got none")
        return np.stack(self._rows).astype(np.float32)


def look_of(
    frame: np.ndarray,  # uint8 [H, W, 3] RGB, mouth shut
    landmarks_px: np.ndarray,  # [468, 3]
) -> Look:
    """The colours of a person at rest."""
    patch, region, points = _patch(frame, landmarks_px)
    cheeks = _cheeks(frame, landmarks_px)
    lips = _inside(points[list(LIPS_OUTER)]) & ~_inside(points[list(LIPS_INNER)])
    bright = patch[..., 2] > cheeks[2] - _SHADE
    bluest = [
        float(np.percentile(patch[chosen & bright][:, 1] - cheeks[1], _OWN_PERCENTILE))
        for chosen in (region, lips)
        if (chosen & bright).any()
    ]
    white = max(_eye_white(frame, landmarks_px, eye) for eye in _EYES)
    return Look(max(bluest, default=0.0), white, float(cheeks[2]))


def tongue_areas(
    frame: np.ndarray,  # uint8 [H, W, 3] RGB
    landmarks_px: np.ndarray,  # [468, 3]
    look: Look,
) -> np.ndarray:
    """Float64 [3] in squared eye distances: all that looks like tongue; what of it is lit and in one piece with the
    lips; and what of that lies beyond the lips."""
    weight, lit, lips = tongue_weights(frame, landmarks_px, look)
    piece = touching(weight * lit, lips)
    pixel_iod2 = (PATCH_IOD / PATCH_PX) ** 2
    return np.array([weight.sum(), piece.sum(), piece[~lips].sum()]) * pixel_iod2


def touching(
    weight: np.ndarray,  # [H, W], 0 to 1
    mouth: np.ndarray,  # bool [H, W]
) -> np.ndarray:
    """The weights of those connected pieces that lie on the mouth or next to it, 0 elsewhere, [H, W]."""
    solid = (weight > _JOINED).astype(np.uint8)
    _, pieces = cv2.connectedComponents(solid, connectivity=4)
    near = cv2.dilate(mouth.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    chosen = np.unique(pieces[near & (solid > 0)])
    return weight * (np.isin(pieces, chosen) & (solid > 0))


def tongue_weights(
    frame: np.ndarray, landmarks_px: np.ndarray, look: Look
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel of the patch [64, 64]: how much it looks like tongue and how well it is lit, each 0 to 1; and
    whether it lies within the lips' outer border."""
    patch, region, points = _patch(frame, landmarks_px)
    cheeks = _cheeks(frame, landmarks_px)
    redder, bluer = patch[..., 0] - cheeks[0], patch[..., 1] - cheeks[1]
    brightness = patch[..., 2] - look.white
    weight = _ramp(bluer - look.bluest, _BLUER_RAMP)
    weight = weight * _ramp(redder + _REDNESS_SHARE * cheeks[0], _REDNESS_RAMP)
    weight = weight * _ramp(brightness - _DARK, _DARK_RAMP) * region
    return weight, _ramp(brightness - _LIT, _LIT_RAMP), _inside(points[list(LIPS_OUTER)])


def _ramp(values: np.ndarray, width: float) -> np.ndarray:
    """0 below 0, 1 above `width`."""
    return np.clip(values / width, 0.0, 1.0)


def _patch(frame: np.ndarray, landmarks_px: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log colours float64 [64, 64, 3] around the mouth, eyes level; where a tongue can be, bool [64, 64]; landmarks
    float64 [468, 2] in pixels of the patch."""
    across = landmarks_px[LEFT_EYE_OUTER] - landmarks_px[RIGHT_EYE_OUTER]
    iod_px, angle = _iod_px(landmarks_px), float(np.arctan2(across[1], across[0]))
    down = np.array([-np.sin(angle), np.cos(angle)])
    centre = landmarks_px[NOSE_BASE, :2] + _BELOW_NOSE_IOD * iod_px * down
    window = Window((float(centre[0]), float(centre[1])), PATCH_IOD * iod_px, angle)
    pixels = cv2.GaussianBlur(sample_window(frame, window, PATCH_PX), (3, 3), 0)
    to_patch = cv2.invertAffineTransform(window.to_image(PATCH_PX))
    points = landmarks_px[:, :2] @ to_patch[:, :2].T + to_patch[:, 2]
    x, y = points.T
    iod = PATCH_PX / PATCH_IOD
    corners = x[[RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER]]
    rows, columns = np.mgrid[:PATCH_PX, :PATCH_PX]
    below = (rows > y[NOSE_BASE] + _TOP_IOD * iod) & (rows < y[CHIN] + _BOTTOM_IOD * iod)
    beside = np.abs(columns - corners.mean()) < np.ptp(corners) / 2 + _SIDE_IOD * iod
    return _log_colours(pixels), below & beside, points


def _inside(
    outline: np.ndarray,  # [N, 2] in pixels of the patch
) -> np.ndarray:
    """Where the polygon is, bool [64, 64]."""
    filled = np.zeros((PATCH_PX, PATCH_PX), np.uint8)
    cv2.fillPoly(filled, [np.rint(outline * 8).astype(np.int32)], 1, shift=3)  # in eighths of a pixel
    return filled > 0


def _cheeks(frame: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    """Median log colours of the cheeks, float64 [3]."""
    reach = max(1, int(_CHEEK_IOD * _iod_px(landmarks_px)))
    height, width = frame.shape[:2]
    squares = []
    for x, y in np.rint(landmarks_px[list(_CHEEKS), :2]).astype(int):
        rows = np.clip(np.arange(y - reach, y + reach + 1), 0, height - 1)
        columns = np.clip(np.arange(x - reach, x + reach + 1), 0, width - 1)
        squares.append(frame[np.ix_(rows, columns)].reshape(-1, 3))
    median: np.ndarray = np.median(_log_colours(np.concatenate(squares)), axis=0)
    return median


def _eye_white(frame: np.ndarray, landmarks_px: np.ndarray, eye: tuple[int, ...]) -> float:
    """Log G of the brightest tenth of an eye's opening."""
    points = np.rint(landmarks_px[list(eye), :2]).astype(np.int32)
    low = np.maximum(points.min(axis=0) - 1, 0)
    high = np.minimum(points.max(axis=0) + 2, [frame.shape[1], frame.shape[0]])
    if (high <= low).any():  # outside the picture
        return _log_level(0.0)
    part = cv2.GaussianBlur(np.ascontiguousarray(frame[low[1] : high[1], low[0] : high[0]]), (3, 3), 0)
    inside = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(points - low), 1)
    if not inside.any():
        return _log_level(0.0)
    return float(100.0 * np.log(np.percentile(part[..., 1][inside > 0], _EYE_WHITE_PERCENTILE) + _FLOOR))


def _log_level(grey: float) -> float:
    """The third of `_log_colours` of a G of this many grey levels."""
    return float(100.0 * np.log(grey + _FLOOR))


def _log_colours(
    pixels: np.ndarray,  # uint8 [..., 3]
) -> np.ndarray:
    """100 log of R/G, B/G and G, float64 [..., 3]."""
    red, green, blue = np.moveaxis(pixels.astype(np.float64) + _FLOOR, -1, 0)
    return 100.0 * np.stack([np.log(red / green), np.log(blue / green), np.log(green)], axis=-1)


def _iod_px(landmarks_px: np.ndarray) -> float:
    """Distance of the outer eye corners in space: does not shrink when the head turns."""
    return float(np.linalg.norm(landmarks_px[LEFT_EYE_OUTER] - landmarks_px[RIGHT_EYE_OUTER]))
