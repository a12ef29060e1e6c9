"""What counts as frames and as a source image."""

from __future__ import annotations

import numpy as np

from baselines.interface.errors import DriveError


def check_frames(frames: np.ndarray, what: str) -> None:
    """Raise DriveError unless `frames` is a non-empty uint8 [T, S, S, 3]."""
    if not isinstance(frames, np.ndarray):
        raise DriveError(f"expected {what} uint8 [T, S, S, 3] but got {type(frames).__name__}")
    square = frames.ndim == 4 and frames.shape[1] == frames.shape[2] and frames.shape[3] == 3
    if frames.dtype != np.uint8 or not square or frames.size == 0:
        raise DriveError(f"expected {what} uint8 [T, S, S, 3] but got {frames.dtype} {list(frames.shape)}")


def check_source(source: np.ndarray) -> None:
    """Raise DriveError unless `source` is uint8 [S, S, 3]."""
    if source.ndim != 3:
        raise DriveError(f"expected a source image uint8 [S, S, 3] but got {source.dtype} {list(source.shape)}")
    check_frames(source[None], "a source image")
