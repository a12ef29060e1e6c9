"""Where the crop of a clip is at each moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.core.faces.crop import CropBox, crop_box, window_of
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from feed_dataset.core.faces.windows import Window, transform_points
from feed_dataset.core.jobs.errors import NoFaceError
from feed_dataset.prepare.settings import PrepareSettings

_GRID = 32  # points per side at which a crop is looked at
_REACH = 3  # standard deviations of the smoothing kernel


@dataclass(frozen=True, repr=False)
class CropPath:
    """One square per frame, in source pixels where the centre of the top left pixel is (0, 0)."""

    center_px: np.ndarray  # float64 [T, 2]
    side_px: np.ndarray  # float64 [T]
    angle_rad: np.ndarray  # float64 [T], of the crop's x axis in the source; x right, y down
    box: CropBox | None  # the same square at whole pixels where it is upright and the same in every frame

    def __repr__(self) -> str:
        return f"CropPath({len(self)} frames, sides {self.side_px.min():.0f} to {self.side_px.max():.0f} px)"

    def __len__(self) -> int:
        return len(self.side_px)

    def window(self, index: int) -> Window:
        x, y = self.center_px[index]
        return Window((float(x), float(y)), float(self.side_px[index]), float(self.angle_rad[index]))

    def to_source(self, index: int, size_px: int) -> np.ndarray:
        """Affine map [2, 3] from pixels of the crop to pixels of the source."""
        return self.window(index).to_image(size_px)

    def padded_share(self, image_hw: tuple[int, int]) -> float:
        """Share of all crops' area that lies outside the picture, where border pixels are repeated."""
        points = np.stack(np.meshgrid(np.arange(_GRID), np.arange(_GRID)), axis=-1).reshape(-1, 2)
        height, width = image_hw
        outside = 0
        for index in range(len(self)):
            x, y = transform_points(self.to_source(index, _GRID), points).T
            outside += int(((x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)).sum())
        return outside / (len(self) * len(points))

    def to_crop(
        self,
        landmarks_px: np.ndarray,  # float32 [T, N, 3] in source pixels, NaN where there is no face
        size_px: int,
    ) -> np.ndarray:
        """The same landmarks in pixels of the crops, float32 [T, N, 3]; z is scaled too."""
        out = np.array(landmarks_px, dtype=np.float64)
        for index in range(len(self)):
            linear, offset = np.split(self.to_source(index, size_px), [2], axis=1)
            back = np.linalg.inv(linear)
            out[index, :, :2] = transform_points(np.concatenate([back, -back @ offset], axis=1), out[index, :, :2])
            out[index, :, 2] *= size_px / self.side_px[index]
        return out.astype(np.float32)


def fixed_box(
    landmarks_px: np.ndarray,  # [468, 3] of the first frame with a face
    image_hw: tuple[int, int],
    settings: PrepareSettings,
) -> CropBox:
    """The upright crop of a whole clip, as the benchmark takes it. Raises NoFaceError."""
    return crop_box(landmarks_px, image_hw, settings.scale)


def plan_crops(
    landmarks_px: np.ndarray,  # float32 [T, 468, 3], NaN where there is no face
    image_hw: tuple[int, int],
    fps: float,
    settings: PrepareSettings,
) -> CropPath:
    """The crops of a clip. Raises NoFaceError when no frame has a face, or the face is outside the image."""
    valid = np.isfinite(landmarks_px).all(axis=(1, 2))
    count = len(landmarks_px)
    if not valid.any():
        raise NoFaceError(f"expected a face in one of {count} frames but found none")
    if settings.follow == "fixed":
        first = int(np.argmax(valid))
        box = fixed_box(landmarks_px[first], image_hw, settings)
        window = window_of(box)
        angle = _angles(landmarks_px[first : first + 1])[0] if settings.align else 0.0
        center = np.tile(np.array(window.center_px), (count, 1))
        same = None if settings.align else box
        return CropPath(center, np.full(count, window.side_px), np.full(count, float(angle)), same)
    boxes = face_box(landmarks_px[valid].astype(np.float64))
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    log_side = np.log((boxes[:, 2:] - boxes[:, :2]).sum(axis=1) * settings.scale)
    angle = np.unwrap(_angles(landmarks_px[valid])) if settings.align else np.zeros(len(boxes))
    known = np.concatenate([center, log_side[:, None], angle[:, None]], axis=1)
    frames = np.arange(count)
    path = np.stack([np.interp(frames, frames[valid], column) for column in known.T], axis=1)
    path = smoothed(path, settings.smooth_s * fps)
    return CropPath(path[:, :2], np.exp(path[:, 2]), path[:, 3], None)


def smoothed(
    values: np.ndarray,  # float64 [T, N]
    sigma_frames: float,
) -> np.ndarray:
    """Gaussian smoothing over time without lag; the ends are held. 0 changes nothing."""
    if sigma_frames <= 0 or len(values) < 2:
        return values
    reach = max(1, int(np.ceil(_REACH * sigma_frames)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_frames) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, mode="valid") for column in padded.T], axis=1)


def inside(
    landmarks_px: np.ndarray,  # float32 [T, 468, 3] in pixels of the crop, NaN where there is no face
    size_px: int,
) -> np.ndarray:
    """bool [T]: a face was found and all of it is in the crop."""
    xy = landmarks_px[..., :2]
    with np.errstate(invalid="ignore"):
        found: np.ndarray = np.all((xy >= -0.5) & (xy <= size_px - 0.5), axis=(1, 2))
    return found


def _angles(landmarks_px: np.ndarray) -> np.ndarray:
    """Angle of the line through the outer eye corners, float64 [T]."""
    delta = landmarks_px[:, LEFT_EYE_OUTER, :2].astype(np.float64) - landmarks_px[:, RIGHT_EYE_OUTER, :2]
    return np.arctan2(delta[:, 1], delta[:, 0])
