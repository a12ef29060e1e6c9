"""Faces with exactly known shape, pose and expression, for metric tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmark.metrics import CaseFeatures, FaceFeatures
from feed_dataset.core.faces.geometry import template

IOD = float(np.linalg.norm(template()[0][33] - template()[0][263]))


def rotation(yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> np.ndarray:
    """Yaw about y, then pitch about x, then roll about z; head axes, written out from the definitions."""
    y, p, r = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def person(seed: int | None = None, size: float = 0.02) -> np.ndarray:
    """Neutral head [468, 3] in head axes; another person for each seed, the template itself for None."""
    points = template()[0].copy()
    if seed is not None:
        points = points + np.random.default_rng(seed).normal(0, size, points.shape)
    return points - points.mean(axis=0)


def move(points: np.ndarray, indices: tuple[int, ...], by: tuple[float, float, float]) -> np.ndarray:
    """A copy with some points displaced, in IOD, along (subject's left, up, front)."""
    moved = points.copy()
    moved[list(indices)] += np.array(by) * IOD
    return moved


def shoot(
    points: np.ndarray,
    turn: np.ndarray | None = None,
    scale_px: float = 100.0,
    at_px: tuple[float, float] = (128, 128),
) -> np.ndarray:
    """Image landmarks [468, 3] (x right, y down, z away) of a head by an orthographic camera."""
    seen = points @ (np.eye(3) if turn is None else turn).T
    return (seen * [1, -1, -1] * scale_px + [*at_px, 0.0]).astype(np.float64)


def video(
    frames: list[np.ndarray], missing: tuple[int, ...] = (), arrays: Mapping[str, np.ndarray] | None = None
) -> FaceFeatures:
    """Features of landmarks, and of extractors by id; frames in `missing` have no face."""
    landmarks = np.stack(frames).astype(np.float32)
    landmarks[list(missing)] = np.nan
    reasons = tuple("no face" if t in missing else None for t in range(len(frames)))
    return FaceFeatures(landmarks, reasons, arrays or {})


def case(output: FaceFeatures, driver: FaceFeatures, source: FaceFeatures, **extra: object) -> CaseFeatures:
    return CaseFeatures("case", "S01", output, driver, source, **extra)  # type: ignore[arg-type]


MOUTH_OPEN = (14, 17, 152, 87, 317, 178, 402, 84, 314)


def talking(points: np.ndarray, amount: float = 1.0, n: int = 12, turned: bool = True) -> list[np.ndarray]:
    """A head that opens its mouth, raises one corner and turns; frame 0 is neutral and frontal."""
    frames = []
    for t in range(n):
        phase = np.sin(np.pi * t / n)
        head = move(points, MOUTH_OPEN, (0, -0.3 * amount * phase, 0))
        head = move(head, (291,), (0.03 * amount * phase, 0.1 * amount * phase, 0))
        frames.append(shoot(head, rotation(20 * phase, -8 * phase, 5 * phase) if turned else None))
    return frames
