"""The clips of one row as one video: what stands side by side there cannot fall out of step.

Each frame of the video has the tiles of that frame and, beneath them, its own number in black and white blocks, from
which the page reads which frame it shows: a browser's clock is one frame off now and then. The page cuts the tiles out
again. Colours are tagged, by the matrix that browsers turn into RGB without an error (see `VideoWriter`), there is no
sound, and the first frame of the file is the first one shown, as Chromium and Firefox need it to show the same.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.engine.clips import CLIP_PX
from feed_dataset.core.media.writer import VideoWriter

COLUMNS = 6
"""Tiles beside each other in the video."""
CODE_PX = 16
CODE_BITS = 8
_CRF = 20
_ABSENT = 128  # grey level of frames that a method did not make
_RATE_LIMIT = 100_000


def encoder_problem() -> str | None:
    """Why no clip can be encoded here; None where it can."""
    import av

    name = "libx264"
    return None if name in av.codecs_available else f"this build of PyAV {av.__version__} has no encoder {name}"


def row_video_uri(tiles: Sequence[np.ndarray], fps: float, times_s: Sequence[float] | None) -> str:
    """An MP4 as a data URI.

    Args:
        tiles: uint8 [T, S, S, 3] each; the longest one decides, the others are grey after their end.
        times_s: when each frame is shown; None at a steady rate.
    """
    frames = row_frames(tiles)
    height, width = frames.shape[1:3]
    times = None if times_s is None else np.asarray(times_s, np.float64)
    with tempfile.TemporaryDirectory(prefix="feed-clip-") as folder:
        path = Path(folder) / "row.mp4"
        rate = Fraction(fps).limit_denominator(_RATE_LIMIT)
        with VideoWriter(path, width, height, rate, times_s=times, crf=_CRF, matrix="bt601") as writer:
            for frame in frames:
                writer.add(frame)
        return f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}"


def row_frames(tiles: Sequence[np.ndarray]) -> np.ndarray:
    """The tiles and the number of each frame, uint8 [T, H, W, 3]."""
    length = max(len(one) for one in tiles)
    lines = -(-len(tiles) // COLUMNS)
    columns = max(min(len(tiles), COLUMNS), -(-CODE_BITS * CODE_PX // CLIP_PX))
    frames = np.full((length, lines * CLIP_PX + CODE_PX, columns * CLIP_PX, 3), _ABSENT, np.uint8)
    for place, tile in enumerate(tiles):
        line, column = divmod(place, COLUMNS)
        top, left = line * CLIP_PX, column * CLIP_PX
        frames[: len(tile), top : top + CLIP_PX, left : left + CLIP_PX] = tile
    numbers = np.arange(length)
    for bit in range(CODE_BITS):
        levels = ((numbers >> bit) & 1) * 255
        frames[:, -CODE_PX:, bit * CODE_PX : (bit + 1) * CODE_PX] = levels[:, None, None, None]
    return frames
