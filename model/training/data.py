"""Batches of (source, driver, target) pictures from a rendered training set.

Pictures of one group of identities share their motion states, so a target exists for every pair: source identity a,
driver identity b in state s, target identity a in state s. Half of the drivers are other people, which is what forces
identity out of z without a contrastive loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from model.networks.errors import ModelError
from model.networks.pose import HeadPose

ARRAYS = (
    "images", "parts", "rotation", "translation", "scale", "coefficients", "tongue", "gaze_deg", "landmarks478",
    "points", "rest_points",
)  # fmt: skip


MODES = 20
MOST_TURN_DEG = 50.0  # of the face from the camera
BACKGROUND = 0  # label of `parts`


@dataclass(frozen=True)
class TrainingSet:
    """A rendered training set in memory: N identities x K states; identities i // group_size share their states."""

    images: np.ndarray  # uint8 [N, K, S, S, 3]
    parts: np.ndarray  # uint8 [N, K, S, S] labels of `feed_dataset.synthetic.scene.part_masks`
    rotation: np.ndarray  # float32 [N, K, 3, 3], canonical to picture
    translation: np.ndarray  # float32 [N, K, 3]
    scale: np.ndarray  # float32 [N, K], canonical unit in half pictures
    controls: np.ndarray  # float32 [N, K, E]: ARKit weights, tongue, gaze, each with unit variance
    gaze_deg: np.ndarray  # float32 [N, K, 2] yaw, pitch
    tongue: np.ndarray  # float32 [N, K, 4] protrusion, yaw, pitch, roll, each about 1 at most
    landmarks478: np.ndarray  # float32 [N, K, 478, 2] in [-1, 1]
    points: np.ndarray  # float32 [N, K, P, 3] face points in the canonical frame: what expression moves, not pose
    rest_points: np.ndarray  # float32 [N, P, 3] the same points of the unmoved face
    modes: np.ndarray  # float32 [N, K, M] principal components of how the points move, unit variance
    mode_weight: np.ndarray  # float32 [M], sums to 1: the root of each component's spread
    group_size: int
    seeds: tuple[str, ...]  # names of the files

    @classmethod
    def load(cls, folder: Path, *, group_size: int = 2) -> TrainingSet:
        """Read every `*.npz` of a folder made by `scripts/render_training_set.py`.

        Raises:
            ModelError: the folder has no complete group of identities, or those of a group do not share their states.
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
        shared = stacked["coefficients"].reshape(-1, group_size, *stacked["coefficients"].shape[1:])
        if (shared != shared[:, :1]).any():
            raise ModelError(
                f"expected {group_size} people after each other in {folder} to share their states but they do not;"
                f" render it with --group-size {group_size}"
            )
        controls = np.concatenate([stacked[name] for name in ("coefficients", "tongue", "gaze_deg")], axis=-1)
        spread = controls.std(axis=(0, 1))
        moving = spread > 0
        modes, mode_weight = _principal_modes(stacked["points"] - stacked["rest_points"][:, None])
        return cls(
            stacked["images"], stacked["parts"], stacked["rotation"], stacked["translation"], stacked["scale"],
            (controls[..., moving] / spread[moving]).astype(np.float32), stacked["gaze_deg"], stacked["tongue"],
            stacked["landmarks478"], stacked["points"], stacked["rest_points"], modes, mode_weight, group_size,
            tuple(file.stem for file in files[:whole]),
        )  # fmt: skip

    @property
    def described(self) -> str:
        """Who is in it, as cards of what is trained on it say."""
        return f"rendered people of the seeds {int(self.seeds[0])} to {int(self.seeds[-1])}"

    @property
    def identities(self) -> int:
        return self.images.shape[0]

    @property
    def states(self) -> int:
        return self.images.shape[1]

    @cached_property
    def landmarks68(self) -> np.ndarray:  # float32 [N, K, 68, 2] in [-1, 1]
        landmarks: np.ndarray = self.landmarks478[:, :, list(MESH_TO_68)]
        return landmarks

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
        return rendered_poses(self.rotation[index], self.translation[index], self.scale[index])


def rendered_poses(
    rotation: np.ndarray,  # [n, 3, 3], canonical to picture
    translation: np.ndarray,  # [n, 3]
    scale: np.ndarray,  # [n], canonical unit in half pictures
) -> HeadPose:
    """What a renderer says of heads, as the model has it: from the picture to the canonical frame."""
    return HeadPose(
        (1.0 / torch.from_numpy(scale).float()).unsqueeze(-1).expand(-1, 3),
        torch.from_numpy(rotation).float().transpose(1, 2),
        -torch.from_numpy(translation).float(),
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

    source_index: tuple[np.ndarray, np.ndarray]  # person, state
    driver_index: tuple[np.ndarray, np.ndarray]
    target_index: tuple[np.ndarray, np.ndarray]
    source: Tensor  # [B, 3, S, S]
    source_pose: HeadPose
    driver: Readings | None
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


def sample_batch(
    data: TrainingSet,
    rng: np.random.Generator,
    sources: int,
    drivers: int,
    people: Sequence[int] | None = None,
    *,
    readings: bool = True,
) -> Batch:
    """Draw one batch of `people` (None: all); every random choice comes from `rng`.

    Half of the sources are at rest, as photographs mostly are; half have something else than one colour behind them.
    Nobody is turned away further than `MOST_TURN_DEG`: what a profile hides cannot be moved to the front.

    Args:
        readings: give driver pictures.
    """
    source_id = rng.choice(np.arange(data.identities) if people is None else np.asarray(people), sources)
    source_state = np.where(rng.random(sources) < 0.5, 0, _states(data, source_id, None, rng))
    target_id = np.repeat(source_id, drivers)
    state = _states(data, target_id, np.repeat(source_state, drivers), rng)
    group = target_id // data.group_size * data.group_size
    cross = rng.random(sources * drivers) < 0.5
    driver_id = np.where(cross, group + rng.integers(0, data.group_size, sources * drivers), target_id)

    generator = torch.Generator().manual_seed(int(rng.integers(0, 2**63 - 1)))
    colour = sample_colour(sources, generator)
    target_colour = (colour[0].repeat_interleave(drivers, dim=0), colour[1].repeat_interleave(drivers, dim=0))
    target_landmarks = torch.from_numpy(data.landmarks68[target_id, state]).float()
    source_landmarks = torch.from_numpy(data.landmarks68[source_id, source_state]).float()
    source, target = (source_id, source_state), (target_id, state)
    clutter, share = _clutter(rng, sources, data.images.shape[2])
    return Batch(
        source_index=source,
        driver_index=(driver_id, state),
        target_index=target,
        source=apply_colour(_before(data, source, clutter, share), colour),
        source_pose=data.poses((source_id, source_state)),
        driver=_readings(data, rng, driver_id, state) if readings else None,
        target=apply_colour(
            _before(data, target, *(x.repeat_interleave(drivers, 0) for x in (clutter, share))), target_colour
        ),
        target_pose=data.poses((target_id, state)),
        weight=part_weight(target_landmarks, data.images.shape[2]),
        source_landmarks=source_landmarks.repeat_interleave(drivers, dim=0),
        target_landmarks=target_landmarks,
        source_points=torch.from_numpy(data.points[source_id, source_state]),
        rest_points=torch.from_numpy(data.rest_points[source_id]),
        target_points=torch.from_numpy(data.points[target_id, state]),
    )


def _states(
    data: TrainingSet, person: np.ndarray, but: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:  # int, as `person`
    """States that show the face, other than those of `but` where there are others."""
    wanted = data.rotation[person, :, 2, 2] > np.cos(np.radians(MOST_TURN_DEG))  # [n, K]
    if but is not None:
        wanted[np.arange(len(person)), but] = False
    return np.array([rng.choice(np.flatnonzero(row) if row.any() else len(row)) for row in wanted], int)


def _clutter(rng: np.random.Generator, count: int, size_px: int) -> tuple[Tensor, Tensor]:
    """Coarse random pictures [B, 3, S, S], and 1 or 0 [B, 1, 1, 1]: whether they replace a render's background."""
    cells = int(rng.choice([2, 4, 12]))
    colours = torch.from_numpy(rng.random((count, 3, cells, cells), dtype=np.float32))
    share = torch.from_numpy((rng.random((count, 1, 1, 1)) < 0.5).astype(np.float32))
    return F.interpolate(colours, (size_px, size_px), mode="bilinear", align_corners=False), share


def _before(data: TrainingSet, index: tuple[np.ndarray, np.ndarray], clutter: Tensor, share: Tensor) -> Tensor:
    background = torch.from_numpy(data.parts[index] == BACKGROUND).unsqueeze(1) * share
    return torch.lerp(data.pictures(index), clutter, background)


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
    weight = torch.zeros(landmarks.shape[0], size_px, size_px)
    for first, last, reach, gain in PARTS:
        part = landmarks[:, first:last]
        centre = part.mean(dim=1)
        radius = ((part.amax(dim=1) - part.amin(dim=1)).amax(dim=-1) / 2 * reach).clamp_min(0.04)
        across, down = torch.exp(-((axis - centre[..., None]) ** 2) / (2 * radius[:, None, None] ** 2)).unbind(1)
        weight = torch.maximum(weight, gain * down[:, :, None] * across[:, None, :])
    return 1.0 + weight.unsqueeze(1)
