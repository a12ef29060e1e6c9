"""What is exactly known about a rendered take: controls, pose, landmarks and part masks of every frame.

Landmarks are stored as 16-bit steps of `LANDMARK_STEP_DM`, which is 0.016 px in the 512 px studio view (at
most half of it is lost); masks have a quarter of the video's resolution and are exact at their sample points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.npz import open_npz, save_npz
from feed_dataset.synthetic.scene.cameras import Camera
from feed_dataset.synthetic.scene.part_masks import PART_NAMES

__all__ = ["PART_NAMES", "GroundTruth", "GroundTruthError", "recipe_of"]

LANDMARK_STEP_DM = 1e-4
TONGUE_FIELDS = ("protrude", "yaw_deg", "pitch_deg", "roll_deg", "widen")
_FORMAT = 1
_COEFFICIENT_STEPS = 1.0 / 32767 * 2  # coefficients lie in [0, 1.2]


class GroundTruthError(FeedError):
    """A ground truth file is unreadable or not of this version."""


@dataclass(frozen=True, repr=False)
class GroundTruth:
    """Everything known about one take of T frames; views share all but the masks."""

    subject: str
    stem: str
    fps: float
    coefficients: np.ndarray  # float32 [T, 52], ARKit blendshapes
    coefficient_names: tuple[str, ...]
    head_pose: np.ndarray  # float32 [T, 4, 4], neutral head space to world
    head_deg: np.ndarray  # float32 [T, 3] yaw, pitch, roll
    gaze_deg: np.ndarray  # float32 [T, 2] yaw, pitch, relative to the head
    tongue: np.ndarray  # float32 [T, 5], TONGUE_FIELDS; zeros where the tongue rests
    visemes: tuple[str, ...]  # [T] name of the mouth shape; "sil" outside speech
    items: tuple[str, ...]  # [T] what is being performed, such as "happy"; "neutral" in between
    landmarks_world: np.ndarray  # float32 [T, 478, 3] dm, in the order of MediaPipe's refined face mesh
    cameras: Mapping[str, Camera]
    part_masks: Mapping[str, np.ndarray]  # camera -> uint8 [T, h, w], index into PART_NAMES
    recipe: str = ""  # what made it: version and settings

    def __repr__(self) -> str:
        return f"GroundTruth({self.subject}/{self.stem}, {len(self)} frames, cameras {''.join(self.cameras)})"

    def __len__(self) -> int:
        return len(self.coefficients)

    def landmarks_px(self, camera: str) -> np.ndarray:  # float32 [T, 478, 2]
        """All landmarks in pixels of a view, hidden ones too.

        The centre of the top left pixel is (.5, .5).
        """
        return self._camera(camera).project(self.landmarks_world)[..., :2].astype(np.float32)

    def landmarks68_px(self, camera: str) -> np.ndarray:  # float32 [T, 68, 2]
        """The 68 landmarks of the iBUG order in pixels of a view."""
        from feed_dataset.synthetic.rig.landmarks import MESH_TO_68

        return self.landmarks_px(camera)[:, np.asarray(MESH_TO_68)]

    def masks(self, camera: str) -> np.ndarray:  # uint8 [T, h, w]
        """Part labels of a view, index into PART_NAMES."""
        self._camera(camera)
        return self.part_masks[camera]

    def _camera(self, camera: str) -> Camera:
        if camera not in self.cameras:
            raise KeyError(f"expected a camera among {', '.join(self.cameras)} but got {camera!r}")
        return self.cameras[camera]

    def save(self, path: Path | str) -> None:
        """Write as a compressed .npz; atomic, deterministic."""
        visemes, viseme_of_frame = _intern(self.visemes)
        items, item_of_frame = _intern(self.items)
        arrays = {
            "format": np.array(_FORMAT),
            "take": np.array([self.subject, self.stem]),
            "recipe": np.array(self.recipe),
            "fps": np.array(self.fps),
            "coefficients": np.rint(self.coefficients / _COEFFICIENT_STEPS).astype(np.uint16),
            "coefficient_names": np.array(self.coefficient_names),
            "head_pose": self.head_pose.astype(np.float32),
            "head_deg": self.head_deg.astype(np.float32),
            "gaze_deg": self.gaze_deg.astype(np.float32),
            "tongue": self.tongue.astype(np.float32),
            "viseme_names": visemes,
            "visemes": viseme_of_frame,
            "item_names": items,
            "items": item_of_frame,
            "landmarks": _pack_landmarks(self.landmarks_world),
        }
        for name, camera in self.cameras.items():
            arrays[f"camera_{name}"] = np.block([[camera.intrinsics], [camera.rotation], [camera.translation[None]]])
            arrays[f"size_{name}"] = np.array([camera.width_px, camera.height_px], np.int32)
            arrays[f"masks_{name}"] = _pack_masks(self.part_masks[name])
        save_npz(Path(path), arrays)

    @classmethod
    def load(cls, path: Path | str) -> GroundTruth:
        """Read what `save` wrote. Raises GroundTruthError."""
        try:
            with open_npz(path) as stored:
                arrays = {name: stored[name] for name in stored}
            return _unpack(arrays)
        except FileNotFoundError as error:
            raise GroundTruthError(f"expected a ground truth file but {path} does not exist") from error
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise GroundTruthError(
                f"expected a ground truth file but {path} is unreadable: {words_of(error)}"
            ) from error


def recipe_of(path: Path | str) -> str | None:
    """The recipe of a ground truth file without reading the rest; None where there is no readable file."""
    try:
        with open_npz(path) as stored:
            return str(stored["recipe"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _unpack(arrays: Mapping[str, np.ndarray]) -> GroundTruth:
    if int(arrays["format"]) != _FORMAT:
        raise ValueError(f"expected format {_FORMAT} but got {int(arrays['format'])}; render the data again")
    subject, stem = (str(part) for part in arrays["take"])
    names = [name.removeprefix("camera_") for name in arrays if name.startswith("camera_")]
    return GroundTruth(
        subject=subject,
        stem=stem,
        fps=float(arrays["fps"]),
        coefficients=(arrays["coefficients"] * np.float32(_COEFFICIENT_STEPS)).astype(np.float32),
        coefficient_names=tuple(str(name) for name in arrays["coefficient_names"]),
        head_pose=arrays["head_pose"],
        head_deg=arrays["head_deg"],
        gaze_deg=arrays["gaze_deg"],
        tongue=arrays["tongue"],
        visemes=tuple(str(name) for name in arrays["viseme_names"][arrays["visemes"]]),
        items=tuple(str(name) for name in arrays["item_names"][arrays["items"]]),
        landmarks_world=_unpack_landmarks(arrays["landmarks"]),
        cameras={name: _camera_of(arrays[f"camera_{name}"], arrays[f"size_{name}"]) for name in names},
        part_masks={name: _unpack_masks(arrays[f"masks_{name}"]) for name in names},
        recipe=str(arrays["recipe"]),
    )


def _camera_of(
    rows: np.ndarray,  # float64 [7, 3]: K, R, t
    size: np.ndarray,  # int32 [2]: width, height
) -> Camera:
    return Camera(rows[:3], rows[3:6], rows[6], int(size[0]), int(size[1]))


def _intern(labels: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    names, index = np.unique(np.array(labels), return_inverse=True)
    return names, index.astype(np.uint8)


def _pack_landmarks(
    landmarks: np.ndarray,  # float32 [T, N, 3] dm
) -> np.ndarray:  # uint8 [2, T, N * 3]: low and high bytes of the change from frame to frame, in steps
    steps = np.rint(np.asarray(landmarks, np.float64) / LANDMARK_STEP_DM)
    if np.abs(steps).max() > 32767:
        raise ValueError(f"expected landmarks within 3.2 dm of the origin but got {np.abs(landmarks).max():.2f} dm")
    steps16 = steps.astype(np.int16).reshape(len(steps), -1)
    change = steps16.copy()
    change[1:] -= steps16[:-1]
    zigzag = ((change << 1) ^ (change >> 15)).view(np.uint16)  # small changes of both signs get small codes
    return np.stack([zigzag & 0xFF, zigzag >> 8]).astype(np.uint8)


def _unpack_landmarks(packed: np.ndarray) -> np.ndarray:
    zigzag = packed[0].astype(np.uint16) | (packed[1].astype(np.uint16) << 8)
    change = (zigzag >> 1).astype(np.int16) ^ -(zigzag & 1).astype(np.int16)
    steps = np.cumsum(change, axis=0, dtype=np.int16)
    return (steps.reshape(len(steps), -1, 3) * np.float32(LANDMARK_STEP_DM)).astype(np.float32)


def _pack_masks(
    masks: np.ndarray,  # uint8 [T, h, w]
) -> np.ndarray:  # uint8 [T, h, w]: exclusive or with the frame before
    return np.bitwise_xor(masks, np.concatenate([np.zeros_like(masks[:1]), masks[:-1]]))


def _unpack_masks(packed: np.ndarray) -> np.ndarray:
    return np.bitwise_xor.accumulate(packed, axis=0)
