"""What metrics read of one case: landmarks and what extractors said; made once, shared by all metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from feed_dataset.core.faces.seen import FacesSeen


@dataclass(frozen=True)
class FaceFeatures:
    """What the networks said about the frames of one video (or one image: T = 1)."""

    landmarks_px: np.ndarray  # float32 [T, 468, 3], NaN where missing
    reasons: tuple[str | None, ...]  # per frame why there is no face; None where there is one
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)  # by extractor id, float32 [T or N, ...]
    problem: str | None = None  # why decoding ended early; the frames before that count
    frame_hw: tuple[int, int] | None = None  # height and width of the frames, px
    faces: FacesSeen = field(default_factory=FacesSeen)  # how many there are besides the followed one
    times_s: np.ndarray | None = None  # float64 [T], when each frame is shown, since the first

    def __post_init__(self) -> None:
        if self.landmarks_px.ndim != 3 or self.landmarks_px.shape[1:] != (468, 3):
            raise ValueError(f"expected landmarks_px [T, 468, 3] but got {list(self.landmarks_px.shape)}")
        if len(self.reasons) != len(self.landmarks_px):
            raise ValueError(f"expected one reason per frame ({len(self.landmarks_px)}) but got {len(self.reasons)}")
        if self.times_s is not None and len(self.times_s) != len(self.landmarks_px):
            raise ValueError(f"expected one time per frame ({len(self.landmarks_px)}) but got {len(self.times_s)}")

    def __len__(self) -> int:
        return len(self.landmarks_px)

    @property
    def valid(self) -> np.ndarray:
        """bool [T]: frames that have landmarks."""
        finite: np.ndarray = np.isfinite(self.landmarks_px).all(axis=(1, 2))
        return finite & np.array([reason is None for reason in self.reasons], dtype=bool)

    def array(self, extractor_id: str) -> np.ndarray | None:
        """What an extractor said of the video, or None when it was not asked."""
        return self.arrays.get(extractor_id)

    def why_not(self, frame: int) -> str:
        """Why `frame` has no landmarks."""
        return self.reasons[frame] or "no landmarks"


@dataclass(frozen=True)
class CaseFeatures:
    """One generated video with what it was made from."""

    case_id: str
    cluster: str  # the driver's subject
    output: FaceFeatures
    driver: FaceFeatures
    source: FaceFeatures  # T = 1
    reference: FaceFeatures | None = None  # what should have come out (self-reenactment)
    latents: np.ndarray | None = None  # float32 [T, d] expression descriptors z
    pairs: Mapping[str, np.ndarray] = field(default_factory=dict)  # by pair extractor id, float32 [T, ...]
    no_pairs: str | None = None  # why output and reference cannot be compared
    sound: Mapping[str, np.ndarray] = field(default_factory=dict)  # by audio extractor id, float32 [N, ...]
    no_sound: str | None = None  # why there is no sound
    fps: float | None = None  # of output and driver
    source_cluster: str | None = None  # the source's person, or the photograph; None: not known
    inputs_id: str | None = None  # of the files of source and driver: cases of one id differ by chance; None: not known

    @property
    def frame_hw(self) -> tuple[int, int] | None:
        """Height and width of the output's frames, px."""
        return self.output.frame_hw
