"""Batches of (source, driver, target) pictures from a rendered training set.

Pictures of one group of identities share their motion states, so a target exists for every pair: source identity a,
driver identity b in state s, target identity a in state s. Half of the drivers are other people, which is what forces
identity out of z without a contrastive loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from model.networks.errors import ModelError
from model.networks.pose import HeadPose

ARRAYS = (
    "images", "rotation", "translation", "scale", "coefficients", "tongue", "gaze_deg", "landmarks68",
    "points", "rest_points",
)  # fmt: skip


MODES = 20


@dataclass(frozen=True)
class TrainingSet:
    """A rendered training set in memory: N identities x K states; identities i // group_size share their states."""

    images: np.ndarray  # uint8 [N, K, S, S, 3]
    rotation: np.ndarray  # float32 [N, K, 3, 3], canonical to picture
    translation: np.ndarray  # float32 [N, K, 3]
    scale: np.ndarray  # float32 [N, K], canonical unit in half pictures
    controls: np.ndarray  # float32 [N, K, E]: ARKit weights, tongue, gaze, each with unit variance
    landmarks68: np.ndarray  # float32 [N, K, 68, 2] in [-1, 1]
    points: np.ndarray  # float32 [N, K, P, 3] face points in the canonical frame: what expression moves, not pose
    rest_points: np.ndarray  # float32 [N, P, 3] the same points of the unmoved face
    modes: np.ndarray  # float32 [N, K, M] principal components of how the points move, unit variance
    mode_weight: np.ndarray  # float32 [M], sums to 1: the root of each component's spread
    group_size: int

    @classmethod
    def load(cls, folder: Path, *, group_size: int = 8) -> TrainingSet:
        """Read every `*.npz` of a folder made by `scripts/render_training_set.py`.

        Raises:
            ModelError: the folder has no complete group of identities.
        """
        files = sorted(folder.glob("*.npz"))
        whole = len(files) // group_size * group_size
        if whole == 0:
            raise ModelError(f"expected at least {group_size} identities (*.npz) in {folder} but got {len(files)}")
        columns: dict[str, list[np.ndarray]] = {name: [] for name in ARRAYS}
        for file in files[:whole]:
            try:
                with open_npz(file) as archive:
                    for name in ARRAYS:
                        columns[name].append(archive[name])
            except (OSError, ValueError, KeyError) as error:
                raise ModelError(
                    f"expected a rendered identity in {file} but got: {words_of(error)}; render it again"
                ) from error
        stacked = {name: np.stack(values) for name, values in columns.items()}
        controls = np.concatenate([stacked[name] for name in ("coefficients", "tongue", "gaze_deg")], axis=-1)
        spread = controls.std(axis=(0, 1))
        moving = spread > 0
        modes, mode_weight = _principal_modes(stacked["points"] - stacked["rest_points"][:, None])
        return cls(
            stacked["images"], stacked["rotation"], stacked["translation"], stacked["scale"],
            (controls[..., moving] / spread[moving]).astype(np.float32), stacked["landmarks68"],
            stacked["points"], stacked["rest_points"], modes, mode_weight, group_size,
        )  # fmt: skip

    @property
    def identities(self) -> int:
        return self.images.shape[0]

    @property
    def states(self) -> int:
        return self.images.shape[1]

    def point_weight(self) -> Tensor:  # [P], 1 on average
        """How much each face point counts: more where expressions move it further."""
        spread = np.sqrt(np.square(self.points - self.rest_points[:, None]).sum(-1).mean((0, 1)))
        weight = spread + 0.1 * spread.max()
        return torch.from_numpy(weight / weight.mean()).float()

    def pictures(self, index: tuple[np.ndarray, np.ndarray]) -> Tensor:
        """Pictures `[n, 3, S, S]` in [0, 1] of (identity, state) index arrays."""
        return torch.from_numpy(self.images[index]).permute(0, 3, 1, 2).float().div_(255)

    def poses(self, index: tuple[np.ndarray, np.ndarray]) -> HeadPose:
        """Exact head poses of (identity, state) index arrays."""
        scale = 1.0 / torch.from_numpy(self.scale[index]).float()
        return HeadPose(
            scale.unsqueeze(-1).expand(-1, 3),
            torch.from_numpy(self.rotation[index]).float().transpose(1, 2),
            -torch.from_numpy(self.translation[index]).float(),
        )


def _principal_modes(
    moved: np.ndarray,  # [N, K, P, 3] face points less the same points at rest
) -> tuple[np.ndarray, np.ndarray]:  # float32 [N, K, M] with unit variance, float32 [M] weights
    """The first components of what expressions do to the geometry of faces; 20 hold 95 % of every lid, lip and brow."""
    flat = moved.reshape(-1, moved.shape[2] * 3).astype(np.float64)
    flat -= flat.mean(axis=0)
    spread, basis = np.linalg.eigh(flat.T @ flat / len(flat))
    count = min(MODES, len(spread))
    deviation = np.sqrt(np.maximum(spread[::-1][:count], 1e-12))
    modes = flat @ basis[:, ::-1][:, :count] / deviation
    weight = np.sqrt(deviation) / np.sqrt(deviation).sum()
    return modes.reshape(*moved.shape[:2], count).astype(np.float32), weight.astype(np.float32)


@dataclass(frozen=True)
class Readings:
    """Augmented driver pictures and what a motion reader should say of them."""

    image: Tensor  # [B, 3, S, S]
    pose: HeadPose
    controls: Tensor  # [B, E]
    landmarks: Tensor  # [B, 68, 2], in the pose-aligned frame
    modes: Tensor  # [B, M]


@dataclass(frozen=True)
class Batch:
    """B source identities with M drivers each; drivers and targets have B*M rows."""

    source: Tensor  # [B, 3, S, S]
    source_pose: HeadPose
    driver: Readings
    target: Tensor  # [B*M, 3, S, S]
    target_pose: HeadPose
    weight: Tensor  # [B*M, 1, S, S], high on mouth, eyes and brows of the target
    source_landmarks: Tensor  # [B*M, 68, 2] of each target's source, in [-1, 1]
    target_landmarks: Tensor  # [B*M, 68, 2]
    source_points: Tensor  # [B, P, 3] canonical face points of the sources
    rest_points: Tensor  # [B, P, 3]
    target_points: Tensor  # [B*M, P, 3]


def sample_readings(data: TrainingSet, rng: np.random.Generator, count: int) -> Readings:
    """Draw pictures of any people in any state."""
    return _readings(data, rng, rng.integers(0, data.identities, count), rng.integers(0, data.states, count))


def _readings(data: TrainingSet, rng: np.random.Generator, person: np.ndarray, state: np.ndarray) -> Readings:
    generator = torch.Generator().manual_seed(int(rng.integers(0, 2**63 - 1)))
    image = apply_colour(data.pictures((person, state)), sample_colour(len(person), generator))
    controls = torch.from_numpy(data.controls[person, state])
    pose = data.poses((person, state))
    landmarks = align(torch.from_numpy(data.landmarks68[person, state]).float(), pose)
    modes = torch.from_numpy(data.modes[person, state])
    return Readings(degrade(image, generator), pose, controls, landmarks, modes)


def align(
    landmarks: Tensor,  # [B, 68, 2] in the picture
    pose: HeadPose,
) -> Tensor:  # [B, 68, 2]
    """Landmarks where the pose-aligned face crop shows them (depth dropped, as the crop drops it)."""
    to_picture = pose.theta_inverse()[:, (0, 1, 3)][:, :, (0, 1, 3)]
    homogeneous = torch.cat([landmarks, torch.ones_like(landmarks[..., :1])], dim=-1)
    return torch.linalg.solve(to_picture, homogeneous.transpose(1, 2)).transpose(1, 2)[..., :2]


def sample_batch(data: TrainingSet, rng: np.random.Generator, sources: int, drivers: int) -> Batch:
    """Draw one batch; every random choice comes from `rng`."""
    source_id = rng.integers(0, data.identities, sources)
    source_state = rng.integers(0, data.states, sources)
    target_id = np.repeat(source_id, drivers)
    state = rng.integers(0, data.states, sources * drivers)
    group = target_id // data.group_size * data.group_size
    cross = rng.random(sources * drivers) < 0.5
    driver_id = np.where(cross, group + rng.integers(0, data.group_size, sources * drivers), target_id)

    generator = torch.Generator().manual_seed(int(rng.integers(0, 2**63 - 1)))
    colour = sample_colour(sources, generator)
    target_colour = (colour[0].repeat_interleave(drivers, dim=0), colour[1].repeat_interleave(drivers, dim=0))
    target_landmarks = torch.from_numpy(data.landmarks68[target_id, state]).float()
    source_landmarks = torch.from_numpy(data.landmarks68[source_id, source_state]).float()
    return Batch(
        source=apply_colour(data.pictures((source_id, source_state)), colour),
        source_pose=data.poses((source_id, source_state)),
        driver=_readings(data, rng, driver_id, state),
        target=apply_colour(data.pictures((target_id, state)), target_colour),
        target_pose=data.poses((target_id, state)),
        weight=part_weight(target_landmarks, data.images.shape[2]),
        source_landmarks=source_landmarks.repeat_interleave(drivers, dim=0),
        target_landmarks=target_landmarks,
        source_points=torch.from_numpy(data.points[source_id, source_state]),
        rest_points=torch.from_numpy(data.rest_points[source_id]),
        target_points=torch.from_numpy(data.points[target_id, state]),
    )


def sample_colour(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Per-picture channel gains and gammas: exposure, white balance and tone curve."""
    gain = torch.exp(0.12 * torch.randn(count, 1, 1, 1, generator=generator))
    gain = gain * torch.exp(0.06 * torch.randn(count, 3, 1, 1, generator=generator))
    return gain, torch.exp(0.15 * torch.randn(count, 1, 1, 1, generator=generator))


def apply_colour(images: Tensor, colour: tuple[Tensor, Tensor]) -> Tensor:  # [B, 3, S, S]
    gain, gamma = colour
    return (images.clamp_min(1e-4) ** gamma * gain).clamp(0, 1)


def degrade(images: Tensor, generator: torch.Generator) -> Tensor:
    """Blur a quarter of the pictures a little and add sensor noise to all."""
    soft = F.interpolate(F.avg_pool2d(images, 2), scale_factor=2.0, mode="bilinear", align_corners=False)
    blurred = torch.rand(images.shape[0], 1, 1, 1, generator=generator) < 0.25
    strength = 0.03 * torch.rand(images.shape[0], 1, 1, 1, generator=generator)
    noise = strength * torch.randn(images.shape, generator=generator)
    return (torch.where(blurred, soft, images) + noise).clamp(0, 1)


# First and last landmark, reach (in half widths of the part) and extra weight: mouth, eyes, brows.
PARTS = ((48, 68, 0.75, 12.0), (36, 42, 1.1, 8.0), (42, 48, 1.1, 8.0), (17, 22, 0.6, 4.0), (22, 27, 0.6, 4.0))


def part_weight(landmarks: Tensor, size_px: int) -> Tensor:  # [B, 68, 2] -> [B, 1, S, S]
    """1 everywhere, up to 13 on the mouth, 9 on the eyes and 5 on the brows (Gaussians as wide as the part)."""
    axis = (torch.arange(size_px) + 0.5) / size_px * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    weight = torch.zeros(landmarks.shape[0], size_px, size_px)
    for first, last, reach, gain in PARTS:
        part = landmarks[:, first:last]
        centre = part.mean(dim=1)
        radius = ((part.amax(dim=1) - part.amin(dim=1)).amax(dim=-1) / 2 * reach).clamp_min(0.04)
        square = (x - centre[:, 0, None, None]) ** 2 + (y - centre[:, 1, None, None]) ** 2
        weight = torch.maximum(weight, gain * torch.exp(-square / (2 * radius[:, None, None] ** 2)))
    return 1.0 + weight.unsqueeze(1)
