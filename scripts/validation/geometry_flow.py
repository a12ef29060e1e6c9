"""Where points of one picture are in another: dense optical flow without any network, confirmed backwards.

Dense inverse search (Kroeger et al. 2016) moves its patches without turning them, and gives smooth skin too little
motion. So pictures are enlarged, their contrast is made even, and the other picture is first laid over the one by the
affine map that a first flow suggests; the same for every picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_ENLARGED = 2
_CLIP_LIMIT, _TILES = 4.0, (8, 8)  # of the histogram equalisation
_OUTLIER_PX = 4.0  # of the affine map, in pixels of the enlarged picture
_STRUCTURE_PX = 7  # window in which a point must differ from its surroundings


@dataclass(frozen=True, eq=False)
class Tracked:
    """Points of one picture found in T others.

    Args:
        points_px: float64 [T, N, 2].
        confirmed: bool [T, N]: the flow back leads to where the point came from.
    """

    points_px: np.ndarray
    confirmed: np.ndarray

    def __repr__(self) -> str:
        return f"Tracked({self.confirmed.shape[0]} pictures, {self.confirmed.mean():.0%} confirmed)"


def follow(
    image: np.ndarray,  # uint8 [H, W, 3]
    others: np.ndarray,  # uint8 [T, H, W, 3]
    points_px: np.ndarray,  # float [N, 2]; whole numbers are pixel centres
    tolerance_px: float,
) -> Tracked:
    """Follow points from one picture into each of the others.

    Args:
        tolerance_px: how far from its start the flow back may lead a confirmed point.
    """
    if others.shape[1:] != image.shape:
        raise ValueError(f"expected frames of {list(image.shape)} but got {list(others.shape[1:])}")
    cv2.setRNGSeed(0)  # of RANSAC
    start, at = _prepared(image), (points_px + 0.5) * _ENLARGED - 0.5
    found, confirmed = [], []
    for other in others:
        there, back = _there_and_back(start, _prepared(other), at)
        found.append((there + 0.5) / _ENLARGED - 0.5)
        confirmed.append(np.linalg.norm(back - at, axis=1) <= tolerance_px * _ENLARGED)
    return Tracked(np.stack(found), np.stack(confirmed))


def structure(
    image: np.ndarray,  # uint8 [H, W, 3]
    points_px: np.ndarray,  # float [N, 2]
) -> np.ndarray:
    """How well each point can be told from its neighbours, float64 [N]: the criterion of Shi and Tomasi (1994)."""
    least = cv2.cornerMinEigenVal(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), _STRUCTURE_PX)
    return _sampled(least[..., None], points_px)[:, 0]


def _there_and_back(start: np.ndarray, end: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = at + _sampled(_flow(start, end), at)
    affine = _affine(at, first)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(end, affine, end.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    there = at + _sampled(_flow(start, laid), at)
    back = there + _sampled(_flow(laid, start), there)
    return there @ affine[:, :2].T + affine[:, 2], back


def _affine(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """float64 [2, 3]; the identity where fewer than three points agree: nothing to lay over then."""
    found: tuple[np.ndarray | None, object] = cv2.estimateAffine2D(
        start.astype(np.float32), end.astype(np.float32), ransacReprojThreshold=_OUTLIER_PX
    )
    return np.eye(2, 3) if found[0] is None else found[0]


def _flow(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """float32 [H, W, 2]; a new object for each pair, so that no state is left of the pair before."""
    flow: np.ndarray = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(start, end, None)  # type: ignore[call-overload]
    return flow


def _prepared(image: np.ndarray) -> np.ndarray:
    large = cv2.resize(image, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    return cv2.createCLAHE(_CLIP_LIMIT, _TILES).apply(cv2.cvtColor(large, cv2.COLOR_RGB2GRAY))


def _sampled(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values [H, W, C] at points, bilinear, float64 [N, C]; beyond the border those of the border."""
    where = at.astype(np.float32)[None]
    found = cv2.remap(values, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(len(at), -1).astype(np.float64)
