"""What the analyses look at: face crops of clips, each with its calmest and its most intense frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from feed_dataset.core.faces.crop import apply_crop
from feed_dataset.core.faces.geometry import head_rotation
from feed_dataset.prepare.media import VideoMedia
from model.avatar.faces import FaceFinder
from model.networks.errors import ModelError


@dataclass(frozen=True, repr=False)
class Clip:
    """Some frames of one video through one fixed square."""

    name: str
    person: str
    crops: np.ndarray  # uint8 [T, S, S, 3], only frames with a face
    landmarks_px: np.ndarray  # float32 [T, 468, 3] in pixels of the video

    @cached_property
    def expression_px(self) -> np.ndarray:
        """float64 [T]: how far the face is from that of the first frame, pose and position undone, in eye distances."""
        shapes = _frontal(self.landmarks_px)
        distance: np.ndarray = np.linalg.norm(shapes - shapes[:1], axis=-1).mean(axis=-1)
        return distance

    @property
    def most_intense(self) -> int:
        """Frame whose face differs most from the first one's."""
        return int(self.expression_px.argmax())

    def __repr__(self) -> str:
        return f"Clip({self.name!r}, person={self.person!r}, frames={len(self.crops)})"


def load_clips(
    paths: Sequence[Path],
    side_px: int,
    *,
    every: int,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Clip]:
    """Every n-th frame of each video. The person is the name of the video's folder.

    Raises:
        ModelError: nothing given, or a video without two usable frames.
        VideoDecodeError: a video cannot be read.
        NoFaceError: a first frame shows no face.
    """
    if not paths:
        raise ModelError("expected at least one video but got none")
    finder = FaceFinder()
    clips = []
    for path in paths:
        clips.append(_load(path, side_px, every, finder))
        progress(path.name)
    return clips


def default_clips(stems: Sequence[str]) -> list[Path]:
    """Frontal clips of feed-mini with these stems, all people."""
    from feed_dataset.layout.mini import MINI_ROOT

    return [path for stem in stems for path in sorted(MINI_ROOT.glob(f"S*/{stem}_C.mp4"))]


def _load(path: Path, side_px: int, every: int, finder: FaceFinder) -> Clip:
    media = VideoMedia(path)
    try:
        crops, points = [], []
        follower = box = None
        for index, picture in media.frames(0, media.count):
            if index % every:
                continue
            if follower is None or box is None:
                face = finder.choose(picture)
                follower, box = finder.follow(face), face.crop(media.hw)
            found, _ = follower.step(picture)
            if found is not None:
                crops.append(apply_crop(picture[None], box, side_px)[0])
                points.append(found.points_px)
    finally:
        media.close()
    if len(crops) < 2:
        raise ModelError(f"expected at least two frames with a face in {path} but got {len(crops)}")
    return Clip(f"{path.parent.name}/{path.stem}", path.parent.name, np.stack(crops), np.stack(points))


def _frontal(landmarks_px: np.ndarray) -> np.ndarray:
    """Landmarks turned to the front, centred and in eye distances, float64 [T, 468, 3]."""
    points = landmarks_px.astype(np.float64) * np.array([1.0, -1.0, -1.0])
    turned = (points - points.mean(axis=1, keepdims=True)) @ head_rotation(landmarks_px)
    eyes = np.linalg.norm(turned[:, 33] - turned[:, 263], axis=-1)  # outer corners
    frontal: np.ndarray = turned / eyes[:, None, None]
    return frontal
