"""Figure 8: principal components of z, of all expressions and of the mouth alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from model.analysis.material import Clip
from model.analysis.principal import Components, pooled_components, save_components
from model.avatar.avatar import Avatar
from model.avatar.motion import Motion, repeat_pose

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import SharedTopology

STEPS = (-3.0, -1.5, 0.0, 1.5, 3.0)
KEPT = 8  # n of section 9.3
COMPONENTS_FILE = "mouth-components.safetensors"
_FADE = 0.05  # of the crop's side, between the still upper face and the moving mouth


@dataclass(frozen=True)
class MouthCrops:
    """Pictures of one face of which the mouth alone moves, for Z_m of section 5.2."""

    name: str
    crops: np.ndarray  # uint8 [T, S, S, 3]
    how: str  # the upper face is held still: "pasted" from the first frame, or "rendered" so

    @classmethod
    def of_clip(cls, clip: Clip) -> MouthCrops:
        """Of any video, as the paper edits one of mouth manipulations."""
        return cls(clip.name, still_upper_face(clip), "pasted")

    @classmethod
    def rendered(cls, topology: SharedTopology, seed: int, states: int, side_px: int) -> MouthCrops:
        """Of a random person of the renderer, whose upper face, gaze and head are at rest exactly."""
        from feed_dataset.synthetic.motion.sampling import sample_mouth_states
        from feed_dataset.synthetic.takes.training_set import render_states

        rows = render_states(topology, seed, sample_mouth_states(states, seed=seed), side_px)
        return cls(f"rendered person {seed}", rows["images"], "rendered")


def still_upper_face(clip: Clip) -> np.ndarray:
    """The clip with everything above the mouth taken from its first frame, uint8 [T, S, S, 3]."""
    side = clip.crops.shape[1]
    # Half way between the base of the nose (2) and the upper lip (0) of the first frame, in the crop.
    line = _line_between(clip) * side
    place = (np.arange(side) + 0.5 - line) / (side * _FADE)
    moving = np.clip(place + 0.5, 0, 1)[None, :, None, None]
    first = clip.crops[:1].astype(np.float64)
    mixed = first + moving * (clip.crops.astype(np.float64) - first)
    return np.rint(mixed).astype(np.uint8)


def analyse(
    avatar: Avatar, clips: Sequence[Clip], mouths: Sequence[MouthCrops], out: Path, *, shown: int = 2
) -> dict[str, Any]:
    """Write OUT/components.png and OUT/mouth-components.safetensors, and give the numbers.

    Each row of the picture moves the source's own expression along one component by -3 to 3 standard deviations.
    `lower_face_share` is how much of what changes in the picture lies in its lower half. The file keeps the first
    components of the mouth, for L_PCA (Eq. 6): 8, as in the paper, or as many as there are frames for.
    """
    from model.analysis.drawing import picture_grid

    latents = {
        "all": [np.concatenate([_latents(avatar, clip.crops) for clip in clips])],
        "mouth": [_latents(avatar, mouth.crops) for mouth in mouths],
    }
    rows, titles, numbers = [], [], {}
    for name, parts in latents.items():
        found = pooled_components(parts, shown)
        shares = []
        for place in range(shown):
            pictures = _along(avatar, found, place)
            rows.append(list(pictures))
            titles.append(f"{name} {place + 1}")
            shares.append(_lower_share(pictures))
        numbers[name] = {
            "frames": sum(map(len, parts)),
            "explained_variance": [float(value) for value in found.explained],
            "lower_face_share": shares,
        }
    picture_grid(out / "components.png", rows, column_titles=[f"{step:+g} sd" for step in STEPS], row_titles=titles)
    mouth = latents["mouth"]
    kept = pooled_components(mouth, min(KEPT, sum(len(z) - 1 for z in mouth), mouth[0].shape[1]))
    made_of = {"mouths": [f"{one.name} ({one.how}, {len(one.crops)} frames)" for one in mouths]}
    save_components(out / COMPONENTS_FILE, kept, made_of | {"model_sha256": avatar.model.weights_sha256})
    return numbers | {"kept": len(kept.directions)}


def _latents(avatar: Avatar, crops: np.ndarray) -> np.ndarray:
    z: np.ndarray = avatar.read(crops).z.cpu().numpy()
    return z


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
