"""Heads whose shape, pose and expression are known exactly, with the pose found in another way than the metrics do.

Heads are in their own axes: x to the subject's left, y up, z to the front, in dm. A photograph of one has x right, y
down, z away, in px.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures

FRAME_HW = (320, 240)
NO_FACE = "no face"
# MediaPipe's numbers, written out again: forehead, temples, bridge of the nose, corners of the eyes.
RIGID_468 = (
    10, 109, 338, 67, 297, 103, 332, 54, 284, 21, 251, 162, 389, 127, 356, 234, 454, 168, 6, 197, 195, 33, 133, 362,
    263,
)  # fmt: skip
RIGID_68 = (0, 16, 27, 28, 29, 30, 36, 39, 42, 45)
EYE_CORNERS_468, EYE_CORNERS_68 = (33, 263), (36, 45)  # outer, right and left
LIP_PAIRS = ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318))  # inner upper and lower
TO_CAMERA = np.array([1.0, -1.0, -1.0])


@cache
def template() -> tuple[np.ndarray, np.ndarray]:
    """The canonical head float64 [468, 3] and its weights [468], as the file has them."""
    with resources.files("feed_dataset.core.faces").joinpath("data/template468.npz").open("rb") as stream:
        data = np.load(stream)
        return data["points"].astype(np.float64), data["weights"].astype(np.float64)


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """Y(yaw) X(pitch) Z(-roll), float64 [3, 3]: left turn, looking down, chin to the subject's right."""
    y, p, r = np.radians([yaw_deg, pitch_deg, -roll_deg])
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]
    about_z = [[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]
    return np.array(about_y) @ np.array(about_x) @ np.array(about_z)


def about(axis: Sequence[float], angle_deg: float) -> np.ndarray:
    """Rotation about an axis (Rodrigues), float64 [3, 3]."""
    x, y, z = np.asarray(axis, np.float64) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(angle_deg)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def photograph(
    head: np.ndarray,  # [N, 3]
    turn: np.ndarray,  # [3, 3]
    scale_px: float = 90.0,
    at_px: tuple[float, float] = (120.0, 160.0),
) -> np.ndarray:
    """Landmarks [N, 3] by an orthographic camera."""
    return head @ turn.T * TO_CAMERA * scale_px + np.array([*at_px, 5.0])


def fitted_rotation(
    canonical: np.ndarray,  # [N, 3]
    landmarks_px: np.ndarray,  # [N, 3]
    weights: np.ndarray | None = None,  # [N]
) -> np.ndarray:
    """The rotation of the best similarity onto the landmarks by unit quaternions (Horn 1987), float64 [3, 3]."""
    w = np.full(len(canonical), 1.0) if weights is None else weights
    w = w / w.sum()
    a = canonical - w @ canonical
    points = landmarks_px * TO_CAMERA
    b = points - w @ points
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = a.T @ (w[:, None] * b)
    matrix = np.array(
        [
            [xx + yy + zz, yz - zy, zx - xz, xy - yx],
            [yz - zy, xx - yy - zz, xy + yx, zx + xz],
            [zx - xz, xy + yx, yy - xx - zz, yz + zy],
            [xy - yx, zx + xz, yz + zy, zz - xx - yy],
        ]
    )
    q0, qx, qy, qz = np.linalg.eigh(matrix)[1][:, -1]
    return np.array(
        [
            [q0**2 + qx**2 - qy**2 - qz**2, 2 * (qx * qy - q0 * qz), 2 * (qx * qz + q0 * qy)],
            [2 * (qy * qx + q0 * qz), q0**2 - qx**2 + qy**2 - qz**2, 2 * (qy * qz - q0 * qx)],
            [2 * (qz * qx - q0 * qy), 2 * (qz * qy + q0 * qx), q0**2 - qx**2 - qy**2 + qz**2],
        ]
    )


def upright(
    landmarks_px: np.ndarray,  # [N, 3]
    canonical: np.ndarray,  # [N, 3]
    rigid: Sequence[int],
    eyes: tuple[int, int],
) -> np.ndarray:
    """The head in its own axes [N, 3], unit: distance of the outer corners of the eyes; its origin does not matter."""
    chosen = list(rigid)
    turn = fitted_rotation(canonical[chosen], landmarks_px[chosen])
    head = (landmarks_px * TO_CAMERA) @ turn
    return np.asarray(head / np.linalg.norm(head[eyes[0]] - head[eyes[1]]))


def people(
    canonical: np.ndarray,  # [N, 3]
    seed: int,
    frames: int,
    strength: float = 0.6,
    mirrored: int | None = 2,
) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks [T, N, 3] of a driver, and of another person who moves most of what the driver does, and else.

    Every point of every frame moves in its own way, so that each of them, each coordinate and each frame counts.
    Frame 0 is at rest. In frame `mirrored` left and right of the other person are exchanged: what fits such a face best
    is a rotation all the same. float32, as landmarks are.
    """
    random = np.random.default_rng(seed)
    first, second = (canonical + random.normal(0, 0.02, canonical.shape) for _ in range(2))
    motion = random.normal(0, 0.06, (frames, *canonical.shape))
    own = random.normal(0, 0.015, motion.shape)
    motion[0] = own[0] = 0.0
    videos = []
    for person, moves in ((first, motion), (second, strength * motion + own)):
        turns = [rotation(*random.uniform(-25, 25, 3)) for _ in range(frames)]
        scales = random.uniform(70, 110, frames)
        places = random.uniform(100, 140, (frames, 2))
        shots = [
            photograph(person + moves[t], turns[t], scales[t], (places[t, 0], places[t, 1])) for t in range(frames)
        ]
        videos.append(np.stack(shots).astype(np.float32))
    if mirrored is not None:
        videos[1][mirrored, :, 0] = FRAME_HW[1] - videos[1][mirrored, :, 0]
    return videos[0], videos[1]


def video(
    landmarks_px: np.ndarray | None,  # [T, 468, 3]; None: landmarks that nobody looks at
    missing: Sequence[int] = (),
    arrays: Mapping[str, np.ndarray] | None = None,
    frames: int | None = None,
) -> FaceFeatures:
    """Features of a video of 25 frames/s; frames in `missing` have no face, nor anything that needs one."""
    if landmarks_px is None:
        landmarks_px = np.zeros((frames or 0, 468, 3), np.float32)
    seen = landmarks_px.astype(np.float32)
    seen[list(missing)] = np.nan
    blind = {}
    for name, rows in (arrays or {}).items():
        blind[name] = rows.astype(np.float32)
        if len(rows) == len(seen):
            blind[name][list(missing)] = np.nan
    reasons = tuple(NO_FACE if frame in missing else None for frame in range(len(seen)))
    return FaceFeatures(seen, reasons, blind, frame_hw=FRAME_HW, times_s=0.4 + np.arange(len(seen)) / 25)


def seen_by(
    detector: str,
    landmarks_px: np.ndarray,  # [T, 468 or 68, 3]
    missing: Sequence[int],
) -> FaceFeatures:
    """Features of a video whose landmarks a detector gives; the irises of "mesh478" are anywhere."""
    if detector == "mesh468":
        return video(landmarks_px, missing)
    if detector == "mesh478":
        landmarks_px = np.concatenate([landmarks_px, np.ones((len(landmarks_px), 10, 3))], axis=1)
    return video(None, missing, {detector: landmarks_px}, frames=len(landmarks_px))


def case(output: FaceFeatures, driver: FaceFeatures, **more: object) -> CaseFeatures:
    """A case; the source is the driver's first frame unless given."""
    given: dict[str, object] = {"source": driver, "case_id": "known", "cluster": "driver", **more}
    return CaseFeatures(output=output, driver=driver, **given)  # type: ignore[arg-type]
