"""Value types of moving pictures and sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np


@dataclass(frozen=True, repr=False)
class Video:
    """Decoded frames with the times at which they are shown."""

    frames: np.ndarray  # uint8 [T, H, W, 3] RGB
    fps: Fraction
    pts_s: np.ndarray  # float64 [T], as the container says, not index / fps
    reader: str  # name and version of what decoded it: decoders differ in the last bits

    def __repr__(self) -> str:
        shape = f"{self.frames.dtype}{list(self.frames.shape)}"
        return f"Video(frames={shape}, fps={self.fps}, reader={self.reader!r})"


@dataclass(frozen=True, repr=False)
class Audio:
    """Mono sound."""

    samples: np.ndarray  # float32 [N] in [-1, 1]
    sample_rate_hz: int
    start_s: float = 0.0  # time of the first one on the file's clock

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz

    def __repr__(self) -> str:
        return f"Audio({self.duration_s:.3f} s at {self.sample_rate_hz} Hz)"


@dataclass(frozen=True)
class VideoInfo:
    """What a container says about its first video stream, as it is shown: upright, with square pixels."""

    path: Path
    width_px: int
    height_px: int
    fps: Fraction
    frame_count: int  # frames that are shown: those that an edit list hides are not counted
    duration_s: float
    codec: str
    has_audio: bool
    pixel_aspect: Fraction = Fraction(1)  # width of a stored pixel over its height, upright
