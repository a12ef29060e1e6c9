"""What changes from one frame to the next in a face that is followed: at the same places, and along optical flow."""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmark.features.types.extractor import FACE_NETWORKS, Batch, Compute, Extractor, OpenSession
from feed_dataset.core.faces.mesh_indices import STABLE

FACE_STEPS = "face-steps"
DIFFERENCE, WARPING_ERROR = 0, 1
"""Columns: mean absolute difference in grey levels; mean squared difference along flow, of colours in [0, 1]."""
SIDE_PX = 128
_WIDTH_SHARE = 0.8  # of the crop's width that a face has
_SUPERSAMPLED = 2
# Occlusion by forward and backward flow (Sundaram et al. 2010), as warping errors are usually masked (Lai et al. 2018).
_SLACK, _SLACK_PX2 = 0.01, 0.5


class FaceSteps:
    """A session: each frame's face is brought to one place and size, then compared with the frame before it."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        for frame, points in zip(batch.frames, batch.landmarks_px, strict=True):
            face = followed(frame, points) if np.isfinite(points).all() else None
            step = np.full(2, np.nan) if face is None or self._before is None else steps(self._before, face)
            self._rows.append(step)
            self._before = face

    def finish(self) -> np.ndarray:
        return np.stack(self._rows).astype(np.float32)


def followed(
    frame: np.ndarray,  # uint8 [H, W, 3]
    landmarks_px: np.ndarray,  # [>= 468, 2 or 3]
) -> np.ndarray:
    """The face where a fixed head has it, uint8 [128, 128, 3]: least-squares similarity of the points that expressions
    hardly move, sampled at twice the size and averaged."""
    import cv2

    from feed_dataset.core.faces.embed import similarity

    stable = list(STABLE)
    seen = np.asarray(landmarks_px, np.float64)[stable, :2]
    scale, rotation, offset = similarity(seen, _places()[stable] * _SUPERSAMPLED)
    affine = np.concatenate([scale * rotation, offset[:, None]], axis=1)
    side = SIDE_PX * _SUPERSAMPLED
    large = cv2.warpAffine(frame, affine, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(large, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


def steps(
    before: np.ndarray,  # uint8 [128, 128, 3]
    after: np.ndarray,  # uint8 [128, 128, 3]
) -> np.ndarray:
    """(difference, warping error) of two followed faces, float64 [2]."""
    inside = _face()
    a, b = (face.astype(np.float32) for face in (before, after))
    there = float(np.abs(b - a)[inside].mean())
    if there == 0.0:  # of equal faces no flow is needed
        return np.zeros(2)
    along, is_seen = warped(before, after)
    kept = inside & is_seen
    return np.array([there, float(np.square((along - a)[kept] / 255).mean()) if kept.any() else np.nan])


def warped(
    before: np.ndarray,  # uint8 [H, W, 3]
    after: np.ndarray,  # uint8 [H, W, 3]
) -> tuple[np.ndarray, np.ndarray]:
    """The later face brought to the earlier one by DIS flow, float32 [H, W, 3], and where it is seen in both."""
    import cv2

    grey = [cv2.cvtColor(face, cv2.COLOR_RGB2GRAY) for face in (before, after)]
    forward, backward = flow_px(grey[0], grey[1]), flow_px(grey[1], grey[0])
    rows, columns = np.indices(grey[0].shape, dtype=np.float32)
    x, y = columns + forward[..., 0], rows + forward[..., 1]

    def sampled(image: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    return sampled(after.astype(np.float32)), seen_in_both(forward, sampled(backward))


def seen_in_both(
    forward: np.ndarray,  # [H, W, 2]
    back: np.ndarray,  # [H, W, 2], the flow back from where `forward` leads
) -> np.ndarray:
    """Whether flow leads back to where it came from, bool [H, W]: elsewhere something hides."""
    apart = np.square(forward + back).sum(axis=-1)
    length = np.square(forward).sum(axis=-1) + np.square(back).sum(axis=-1)
    seen: np.ndarray = apart <= _SLACK * length + _SLACK_PX2
    return seen


def flow_px(
    one: np.ndarray,  # uint8 [H, W]
    other: np.ndarray,  # uint8 [H, W]
) -> np.ndarray:
    """Where each pixel of one is in the other, relative, float32 [H, W, 2]: dense inverse search (Kroeger 2016)."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(search.calc(one, other, None))  # type: ignore[call-overload]


@cache
def _places() -> np.ndarray:
    """Where the points of a neutral head are in the crop, float64 [468, 2]."""
    from feed_dataset.core.faces.geometry import template

    points = template()[0][:, :2] * (1.0, -1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    places: np.ndarray = (points - (low + high) / 2) * (_WIDTH_SHARE * SIDE_PX / (high - low)[0]) + (SIDE_PX - 1) / 2
    return places


@cache
def _face() -> np.ndarray:
    """Pixels of the crop that show a face, bool [128, 128]."""
    import cv2

    outline = cv2.convexHull(np.rint(_places()).astype(np.int32))
    return cv2.fillConvexPoly(np.zeros((SIDE_PX, SIDE_PX), np.uint8), outline, 1).astype(bool)


def _load(compute: Compute) -> OpenSession:
    return lambda info: FaceSteps()


EXTRACTORS = (Extractor(FACE_STEPS, FACE_NETWORKS, "stable-similarity-128-dis-medium-1", _load),)  # float32 [T, 2]
