"""Frames that a network made of numbers that are none: each is a counted failure, and no NaN of an epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.extractors.catalog import video_extractor
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import FACE_NETWORKS

if TYPE_CHECKING:
    import torch

NOT_FINITE_PIXELS = "pixels that are not finite"


def finite_frames(
    value: np.ndarray | torch.Tensor,
) -> tuple[np.ndarray | torch.Tensor, np.ndarray | None]:
    """The frames with black ones in the place of those that are not finite, and which these are: bool [T], or None.

    Only tensors of floats [T, 3, H, W] can have any; whatever else it is comes back as it is.
    """
    if isinstance(value, np.ndarray):
        return value, None
    import torch

    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.ndim != 4:
        return value, None
    is_lost = ~torch.isfinite(value).flatten(1).all(dim=1)
    if not is_lost.any():
        return value, None
    return value.masked_fill(is_lost[:, None, None, None], 0.0), is_lost.cpu().numpy()


def without_frames(
    case: CaseFeatures,
    is_lost: np.ndarray,  # bool [T] of the output's frames
) -> CaseFeatures:
    """The case in which nothing is known of these frames of the output."""
    pairs = {name: _blanked(rows, is_lost) for name, rows in case.pairs.items()}
    return replace(case, output=_without(case.output, is_lost), pairs=pairs)


def _without(features: FaceFeatures, is_lost: np.ndarray) -> FaceFeatures:
    arrays = {}
    for name, rows in features.arrays.items():
        one = video_extractor(name)
        if one.rows == "frame":
            rows = _blanked(rows, is_lost)
        elif FACE_NETWORKS[-1] not in one.networks:  # else a window with such a frame has no face
            rows = np.full_like(rows, np.nan)
        arrays[name] = rows
    lost = [NOT_FINITE_PIXELS if is_out else reason for is_out, reason in zip(is_lost, features.reasons, strict=True)]
    return replace(features, landmarks_px=_blanked(features.landmarks_px, is_lost), reasons=tuple(lost), arrays=arrays)


def _blanked(rows: np.ndarray, is_lost: np.ndarray) -> np.ndarray:
    blanked = rows.astype(np.float32)
    blanked[is_lost[: len(rows)]] = np.nan
    return blanked
