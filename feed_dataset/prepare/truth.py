"""Part labels of synthetic takes, where the source is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from feed_dataset.core.jobs.files import refusal
from feed_dataset.layout.names import parse_clip_path


@dataclass(frozen=True)
class TrueParts:
    """The ground truth file beside a video, and the camera that the video is of."""

    path: Path
    camera: str

    def labels(self) -> np.ndarray:  # uint8 [T, h, w], index into PART_NAMES
        """Raises GroundTruthError."""
        from feed_dataset.synthetic.takes.ground_truth import GroundTruth, GroundTruthError

        truth = GroundTruth.load(self.path)
        try:
            return truth.masks(self.camera)
        except KeyError as error:
            raise GroundTruthError(f"expected masks of camera {self.camera} in {self.path} but got none") from error


def true_parts(video: Path, root: Path) -> TrueParts | None:
    """The labels of a video in the folder `root`, or None where it has no ground truth file that may be read."""
    name = parse_clip_path(PurePath(video.parent.name) / video.name, "")
    if isinstance(name, str):
        return None
    path = video.with_name(f"{name.stem.name}.npz")
    return TrueParts(path, name.camera) if path.is_file() and refusal(path, root) is None else None
