"""Gaze of the iris net against rendered people whose gaze is exactly known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PEOPLE = tuple(f"S{number:02d}" for number in range(1, 9))
SIZE_PX = 256
_GRID = tuple((yaw, pitch) for yaw in (-25, -15, -5, 0, 5, 15, 25) for pitch in (-12, 0, 12))
_RANDOM = 24
_RANDOM_GAZE_DEG, _RANDOM_HEAD_DEG = (25.0, 15.0), (25.0, 15.0, 12.0)


@dataclass(frozen=True)
class Agreement:
    """How the measured gaze of one person follows the true one. `angle`: between any two frames of that person."""

    seen: float  # share of the frames with open eyes
    angle_rank_correlation: float
    angle_slope: float
    yaw_rank_correlation: float
    yaw_slope: float
    yaw_residual_deg: float
    pitch_rank_correlation: float
    pitch_slope: float
    pitch_residual_deg: float


def gazes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(gaze [45, 2] yaw and pitch, head [45, 3] yaw, pitch, roll), degrees: a grid from a still head, then turned."""
    rng = np.random.default_rng(seed)
    gaze = rng.uniform(-1, 1, (_RANDOM, 2)) * _RANDOM_GAZE_DEG
    head = rng.uniform(-1, 1, (_RANDOM, 3)) * _RANDOM_HEAD_DEG
    return np.concatenate([np.array(_GRID), gaze]), np.concatenate([np.zeros((len(_GRID), 3)), head])


def render(
    person: str,
    gaze_deg: np.ndarray,  # [T, 2]
    head_deg: np.ndarray,  # [T, 3]
) -> np.ndarray:
    """Frames uint8 [T, 256, 256, 3], cropped as the benchmark crops."""
    from feed_dataset.synthetic.motion.coupling import with_lids_following
    from feed_dataset.synthetic.render import Renderer
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.rig.landmarks import world_landmarks
    from feed_dataset.synthetic.scene.cameras import studio_cameras
    from feed_dataset.synthetic.scene.types import Expression
    from feed_dataset.synthetic.takes.write import subject_spec

    head = Head(SharedTopology(level=1, texture_px=512), subject_spec(person))
    renderer = Renderer(shadow_px=384, threads=1)
    studio = studio_cameras(512, 512)["C"]
    points = studio.project(world_landmarks(head.pose(Expression()), head)[:468])[:, :2]
    side = float(np.ptp(points, axis=0).sum())
    corner = (points.min(axis=0) + points.max(axis=0)) / 2 - side / 2
    camera = studio.with_crop(float(corner[0]), float(corner[1]), side, SIZE_PX)
    frames = []
    for (yaw, pitch), (head_yaw, head_pitch, roll) in zip(gaze_deg, head_deg, strict=True):
        lids = with_lids_following({}, (yaw, pitch))
        expression = Expression(coefficients=lids, gaze_deg=(yaw, pitch), head_deg=(head_yaw, head_pitch, roll))
        renderer.begin(head, head.pose(expression))
        frames.append(renderer.render(camera, supersample=2).image)
    return np.stack(frames)


def agreement(person: str, seed: int) -> Agreement:
    """Render, measure, compare. Raises WeightsUnavailable without the networks."""
    from benchmark.features.networks.iris import IrisFinder
    from benchmark.metrics.gaze import angle_deg, gaze_directions
    from feed_dataset.core.faces import FaceNetworks, track_faces

    networks, find = FaceNetworks.load(), IrisFinder.load()
    gaze, head = gazes(seed)
    frames = render(person, gaze, head)
    landmarks = np.concatenate([track_faces(frame[None], networks=networks).landmarks_px for frame in frames])
    found = gaze_directions(landmarks, find(frames, landmarks))
    seen = np.isfinite(found).all(axis=1)
    found, gaze = found[seen], gaze[seen]
    yaw, pitch = np.radians(gaze).T
    true = np.stack([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)], axis=-1)
    measured = np.degrees(np.stack([np.arctan2(found[:, 0], found[:, 2]), -np.arcsin(found[:, 1])], axis=1))
    a, b = np.triu_indices(len(found), 1)
    pairs = _follows(angle_deg(true[a], true[b]), angle_deg(found[a], found[b]))
    sides = [_follows(gaze[:, axis], measured[:, axis]) for axis in range(2)]
    return Agreement(float(seen.mean()), *pairs[:2], *sides[0], *sides[1])


def _follows(true: np.ndarray, measured: np.ndarray) -> tuple[float, float, float]:
    """(rank correlation, slope, standard deviation of the error)."""
    from scipy.stats import spearmanr

    slope = float(np.polyfit(true, measured, 1)[0])
    return float(spearmanr(true, measured)[0]), slope, float((measured - true).std())
