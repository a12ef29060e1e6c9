"""Clips of one question as one video: driver and both outputs are tiles of the same frame, and cannot fall out of step.

The page cuts the tiles out again. Each has a margin of its own edge around it, so that the codec mixes no colours of
neighbours into a tile. There is no sound, all colour tags are set, and the first frame of the file is the first shown:
Chromium and Firefox then show the same. The matrix is the one that both turn into RGB without an error when there is
no GPU (see `feed_dataset.core.media.writer.VideoWriter`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from leaderboard.study.document import MEDIA_FOLDER, Media, media_path

MARGIN_PX = 8
"""Around each tile; the page knows it."""
_CRF, _PRESET = 12, "veryfast"
_RATE_LIMIT = 100_000


class MediaFolder:
    """Files of a study that is being built, each under the sha256 of its bytes.

    Args:
        folder: of the study.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.found: dict[str, Media] = {}
        (folder / MEDIA_FOLDER).mkdir(parents=True, exist_ok=True)

    def add_clip(
        self,
        tiles: Sequence[np.ndarray],  # uint8 [T, S, S, 3] each, of one length
        times_s: np.ndarray,  # float64 [T], since the first frame
        fps: Fraction,
    ) -> str:
        """Write a video, or an image where there is one frame; its sha256."""
        if len({one.shape for one in tiles}) != 1 or len(tiles[0]) != len(times_s):
            shapes = ", ".join(str(list(one.shape)) for one in tiles)
            raise ValueError(f"expected tiles of one shape and {len(times_s)} frames but got {shapes}")
        frames = side_by_side(tiles)
        if len(frames) == 1:
            return self._add_image(frames[0], tiles=len(tiles), tile_px=tiles[0].shape[1])
        from feed_dataset.core.media.writer import VideoWriter

        path = self._folder / MEDIA_FOLDER / "new.mp4"
        rate = Fraction(fps).limit_denominator(_RATE_LIMIT)
        size = frames.shape[2], frames.shape[1]
        with VideoWriter(path, *size, rate, times_s=times_s, crf=_CRF, preset=_PRESET, matrix="bt601") as writer:
            for frame in frames:
                writer.add(frame)
        rate_of = float(rate)
        return self._keep(path, "mp4", tiles=len(tiles), tile_px=tiles[0].shape[1], frames=len(frames), fps=rate_of)

    def add_picture(
        self,
        picture: np.ndarray,  # uint8 [S, S, 3]
    ) -> str:
        """Write a source; its sha256."""
        return self._add_image(side_by_side([picture[None]])[0], tiles=1, tile_px=picture.shape[0])

    def _add_image(self, picture: np.ndarray, *, tiles: int, tile_px: int) -> str:
        from PIL import Image

        path = self._folder / MEDIA_FOLDER / "new.png"
        Image.fromarray(picture).save(path, format="PNG", compress_level=6)
        return self._keep(path, "png", tiles=tiles, tile_px=tile_px, frames=1, fps=25.0)

    def _keep(self, path: Path, kind: str, *, tiles: int, tile_px: int, frames: int, fps: float) -> str:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        size = path.stat().st_size
        path.rename(media_path(self._folder, sha256, kind))
        self.found[sha256] = Media.model_validate(
            {"kind": kind, "tile_px": tile_px, "tiles": tiles, "frames": frames, "fps": fps, "bytes": size}
        )
        return sha256


def side_by_side(
    tiles: Sequence[np.ndarray],  # uint8 [T, S, S, 3] each
) -> np.ndarray:
    """uint8 [T, S + 2 margins, n (S + 2 margins), 3]."""
    margins = ((0, 0), (MARGIN_PX, MARGIN_PX), (MARGIN_PX, MARGIN_PX), (0, 0))
    return np.concatenate([np.pad(one, margins, mode="edge") for one in tiles], axis=2)


def of_size(
    frames: np.ndarray,  # uint8 [T, H, W, 3]
    size_px: int,
) -> np.ndarray:
    """Frames uint8 [T, S, S, 3] of a study's one size; those that have it are not touched."""
    if frames.shape[1:3] == (size_px, size_px):
        return frames
    import cv2

    way = cv2.INTER_AREA if frames.shape[1] > size_px else cv2.INTER_CUBIC
    return np.stack([cv2.resize(one, (size_px, size_px), interpolation=way) for one in frames])
