"""Small clips and data directories for the tests of the data layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from feed_dataset.core.media.video import Audio, write_video

FPS = 25


def moving_frames(count: int = 12, height: int = 48, width: int = 64) -> np.ndarray:  # uint8 [T, H, W, 3]
    """A smooth picture with a bright square that moves 4 px to the right in every frame."""
    y, x = np.mgrid[0:height, 0:width]
    still = np.stack([x * 120 // width + 40, y * 120 // height + 40, np.full_like(x, 90)], -1).astype(np.uint8)
    frames = np.repeat(still[None], count, axis=0)
    for index, frame in enumerate(frames):
        left = 2 + 4 * index % (width - 12)
        frame[16:28, left : left + 10] = (240, 230, 40)
    return frames


def tone(seconds: float = 0.48, rate_hz: int = 16_000, pitch_hz: float = 440.0) -> Audio:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return Audio((0.5 * np.sin(2 * np.pi * pitch_hz * time_s)).astype(np.float32), rate_hz)


def feed_like(root: Path, names: list[str], *, frames: int = 4) -> Path:
    """A data directory with one small video per relative name."""
    first = root / names[0]
    write_video(first, moving_frames(frames), FPS)
    for name in names[1:]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(first.read_bytes())
    return root
