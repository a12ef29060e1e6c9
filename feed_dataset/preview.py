"""Contact sheets: some frames of some clips in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from feed_dataset.atomic import replacing
from feed_dataset.catalog import Clip
from feed_dataset.errors import VideoDecodeError
from feed_dataset.ground_truth import GroundTruth
from feed_dataset.video import read_video

_LABEL_PX = 18
_DOT_RGB = (80, 255, 120)


def contact_sheet(
    clips: Sequence[Clip],
    *,
    columns: int = 8,
    tile_px: int = 160,
    landmarks: bool = False,  # draw the 68 landmarks where ground truth is there
) -> np.ndarray:  # uint8 [H, W, 3]
    """One row per clip with `columns` frames from first to last; an unreadable clip shows why instead."""
    if columns < 1 or tile_px < 16:
        raise ValueError(f"expected at least 1 column of 16 px but got {columns} of {tile_px} px")
    return np.concatenate([_row(clip, columns, tile_px, landmarks) for clip in clips])


def save_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write the picture in the format of the file's ending; atomic."""
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(sheet).save(temporary)


def _row(clip: Clip, columns: int, tile_px: int, landmarks: bool) -> np.ndarray:
    from PIL import Image, ImageDraw

    row = Image.new("RGB", (columns * tile_px, tile_px + _LABEL_PX), (20, 20, 20))
    draw = ImageDraw.Draw(row)
    label = f"{clip.id}  ({clip.task}, {clip.mode})"
    try:
        frames = read_video(clip.path, size_px=tile_px).frames
    except VideoDecodeError as error:
        draw.text((4, 3), f"{label}: {error}", fill=(255, 120, 120))
        return np.asarray(row)
    points = _points(clip, frames.shape[2]) if landmarks else None
    for column, index in enumerate(np.linspace(0, len(frames) - 1, columns).round().astype(int)):
        tile = Image.fromarray(_square(frames[index])).resize((tile_px, tile_px))
        row.paste(tile, (column * tile_px, _LABEL_PX))
        for x, y in () if points is None else points[index]:
            left, top = column * tile_px + x * tile_px, _LABEL_PX + y * tile_px
            draw.ellipse((left - 1, top - 1, left + 1, top + 1), fill=_DOT_RGB)
    draw.text((4, 3), label, fill=(230, 230, 230))
    return np.asarray(row)


def _square(frame: np.ndarray) -> np.ndarray:
    """The middle square of a frame."""
    side = min(frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    return frame[top : top + side, left : left + side]


def _points(clip: Clip, width_px: int) -> np.ndarray | None:  # float [T, 68, 2] in [0, 1] of a square picture
    if clip.ground_truth is None:
        return None
    truth = GroundTruth.load(clip.ground_truth)
    camera = truth.cameras[clip.camera]
    return truth.landmarks68_px(clip.camera) / np.array([camera.width_px, camera.height_px])
