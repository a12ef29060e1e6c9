"""Figure 8: principal components of z, of all expressions and of the mouth alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.analysis.material import Clip
from model.avatar.avatar import Avatar
from model.avatar.motion import Motion, repeat_pose
from model.networks.errors import ModelError

STEPS = (-3.0, -1.5, 0.0, 1.5, 3.0)
_FADE = 0.05  # of the crop's side, between the still upper face and the moving mouth


@dataclass(frozen=True)
class Components:
    """Principal components of latents."""

    mean: np.ndarray  # float64 [d]
    directions: np.ndarray  # float64 [k, d], unit length
    deviation: np.ndarray  # float64 [k]
    explained: np.ndarray  # float64 [k], shares of the variance


def principal_components(
    latents: np.ndarray,  # float [N, d]
    count: int,
) -> Components:
    """The first components. Raises ModelError for fewer than 2 samples or more components than there can be."""
    z = latents.astype(np.float64)
    if not 1 <= count <= min(len(z) - 1, z.shape[1]):
        raise ModelError(f"expected 1 to {min(len(z) - 1, z.shape[1])} components of {len(z)} latents but got {count}")
    mean = z.mean(axis=0)
    _, singular, directions = np.linalg.svd(z - mean, full_matrices=False)
    variance = singular**2 / (len(z) - 1)
    return Components(mean, directions[:count], np.sqrt(variance[:count]), variance[:count] / variance.sum())


def still_upper_face(clip: Clip) -> np.ndarray:
    """The clip with everything above the mouth taken from its first frame, uint8 [T, S, S, 3].

    As the paper edits a video of mouth manipulations, so that only the mouth moves.
    """
    side = clip.crops.shape[1]
    # Half way between the base of the nose (2) and the upper lip (0) of the first frame, in the crop.
    line = _line_between(clip) * side
    place = (np.arange(side) + 0.5 - line) / (side * _FADE)
    moving = np.clip(place + 0.5, 0, 1)[None, :, None, None]
    first = clip.crops[:1].astype(np.float64)
    mixed = first + moving * (clip.crops.astype(np.float64) - first)
    return np.rint(mixed).astype(np.uint8)


def analyse(
    avatar: Avatar, clips: Sequence[Clip], mouth_clips: Sequence[Clip], out: Path, *, count: int = 2
) -> dict[str, Any]:
    """Write OUT/components.png and give the numbers.

    Each row moves the source's own expression along one component by -3 to 3 standard deviations. `lower_face_share` is
    how much of what changes in the picture lies in its lower half.
    """
    from model.analysis.drawing import picture_grid

    everything = np.concatenate([avatar.read(clip.crops).z.cpu().numpy() for clip in clips])
    mouth = np.concatenate([avatar.read(still_upper_face(clip)).z.cpu().numpy() for clip in mouth_clips])
    rows, titles, numbers = [], [], {}
    for name, latents in (("all", everything), ("mouth", mouth)):
        found = principal_components(latents, count)
        shares = []
        for place in range(count):
            pictures = _along(avatar, found, place)
            rows.append(list(pictures))
            titles.append(f"{name} {place + 1}")
            shares.append(_lower_share(pictures))
        numbers[name] = {
            "frames": len(latents),
            "explained_variance": [float(value) for value in found.explained],
            "lower_face_share": shares,
        }
    picture_grid(out / "components.png", rows, column_titles=[f"{step:+g} sd" for step in STEPS], row_titles=titles)
    return numbers


def _along(avatar: Avatar, found: Components, place: int) -> np.ndarray:
    own = avatar.motion
    steps = np.outer(STEPS, found.deviation[place] * found.directions[place])
    z = own.z + torch.from_numpy(steps).to(own.z)
    return avatar.render(Motion(z, repeat_pose(own.pose, len(STEPS))))


def _lower_share(pictures: np.ndarray) -> float:
    """Share of the change between the two ends that is in the lower half."""
    change = np.abs(pictures[-1].astype(np.float64) - pictures[0]).sum(axis=(1, 2))
    return float(change[len(change) // 2 :].sum() / max(change.sum(), 1e-9))


def _line_between(clip: Clip) -> float:
    """Height in the crop, as a share of its side, between nose and upper lip of the first frame."""
    from feed_dataset.core.faces.crop import crop_box

    points = clip.landmarks_px[0]
    height = int(np.ceil(points[:, 1].max())) + 1
    box = crop_box(points, (height, int(np.ceil(points[:, 0].max())) + 1))
    return float(((points[2, 1] + points[0, 1]) / 2 - box.y0) / box.side)
