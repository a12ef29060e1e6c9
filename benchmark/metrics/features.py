"""What metrics read: landmarks, descriptors and frames of one case; made once, shared by all metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class FaceFeatures:
    """What the networks said about the frames of one video (or one image: T = 1)."""

    landmarks_px: np.ndarray  # float32 [T, 468, 3], NaN where missing
    reasons: tuple[str | None, ...]  # per frame why there is no face; None where there is one
    embeddings: np.ndarray | None = None  # float32 [T, 128], NaN rows where missing
    inception: np.ndarray | None = None  # float32 [N, 2048]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)  # by extractor id, float32 [T or N, ...]

    def __post_init__(self) -> None:
        if self.landmarks_px.ndim != 3 or self.landmarks_px.shape[1:] != (468, 3):
            raise ValueError(f"expected landmarks_px [T, 468, 3] but got {list(self.landmarks_px.shape)}")
        if len(self.reasons) != len(self.landmarks_px):
            raise ValueError(
                f"expected one reason per frame ({len(self.landmarks_px)}) but got {len(self.reasons)}"
            )
        if self.embeddings is not None and len(self.embeddings) != len(self.landmarks_px):
            raise ValueError(
                f"expected one embedding per frame ({len(self.landmarks_px)}) but got {len(self.embeddings)}"
            )

    def __len__(self) -> int:
        return len(self.landmarks_px)

    @property
    def valid(self) -> np.ndarray:
        """bool [T]: frames that have landmarks."""
        finite: np.ndarray = np.isfinite(self.landmarks_px).all(axis=(1, 2))
        return finite & np.array([reason is None for reason in self.reasons], dtype=bool)

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
    frames_output: np.ndarray | None = None  # uint8 [T, H, W, 3], where there is a reference
    frames_reference: np.ndarray | None = None  # uint8 [T, H, W, 3]
    latents: np.ndarray | None = None  # float32 [T, d] expression descriptors z
    pairs: Mapping[str, np.ndarray] = field(default_factory=dict)  # by pair extractor id, float32 [T, ...]
    sound: Mapping[str, np.ndarray] = field(default_factory=dict)  # by audio extractor id, float32 [N, ...]
    no_sound: str | None = None  # why there is no sound
    fps: float | None = None  # of output and driver
