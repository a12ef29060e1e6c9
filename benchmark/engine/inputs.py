"""Stage 0: every source and driver becomes a square face crop on disk, once, whatever methods use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.toolbox import Toolbox, Track
from feed_dataset.core.jobs.array_store import file_sha256, frames_sha256, key_of, load_arrays, save_arrays
from feed_dataset.core.jobs.errors import FeedError, NoFaceError
from feed_dataset.core.media.containers import reader_name
from feed_dataset.core.media.thinning import FramePlan, plan_frames, read_planned

PREPROCESSING = "crop-2"  # raised when the same file would give other pixels


@dataclass(frozen=True)
class Staged:
    """A staged input, or the reason why there is none."""

    path: Path | None
    frames_sha256: str | None
    frame_count: int
    reason: str | None = None
    fps: Fraction = Fraction(1)
    is_whole: bool = True  # no frame of the file was left out
    first_frame_s: float = 0.0  # on the clock of the file's sound


@dataclass(frozen=True)
class StagedFrames:
    """Contents of a staged file."""

    frames: np.ndarray  # uint8 [T, S, S, 3]
    fps: Fraction
    is_whole: bool = True
    first_frame_s: float = 0.0


@dataclass(frozen=True)
class StageJob:
    """Decode, find the face, crop, save.

    Args:
        kind: "clip" (frames spread over it), "first-frame", or "photo".
        expected_sha256: of the file, where it must be one particular file.
        networks: hashes of the networks that decide the crop.
    """

    kind: str
    path: Path
    folder: Path
    size_px: int
    crop_scale: float
    frame_budget: int
    networks: tuple[tuple[str, str], ...]
    expected_sha256: str | None = None

    def run(self, toolbox: Toolbox) -> Staged:
        try:
            return self._stage(toolbox.track)
        except (FeedError, OSError) as error:
            # The place of the file on this machine is no part of the result.
            reason = str(error).replace(str(self.path), self.path.name)
            return Staged(None, None, 0, reason)

    def _stage(self, track: Track) -> Staged:
        digest = file_sha256(self.path)
        if self.expected_sha256 is not None and digest != self.expected_sha256:
            raise FeedError(f"expected {self.path} with sha256 {self.expected_sha256[:12]} but got {digest[:12]}")
        settings = (self.kind, self.size_px, self.crop_scale, self.frame_budget, self.networks)
        key = key_of(PREPROCESSING, reader_name(), digest, settings)
        target = self.folder / f"{key[:32]}.safetensors"
        cached = load_staged(target)
        if cached is None:
            self._crop(target, track)
            cached = load_staged(target)
        if cached is None:
            raise FeedError(f"expected {target} to be written but it cannot be read; is the disk full?")
        return Staged(
            target,
            frames_sha256(cached.frames),
            len(cached.frames),
            fps=cached.fps,
            is_whole=cached.is_whole,
            first_frame_s=cached.first_frame_s,
        )

    def _crop(self, target: Path, track: Track) -> None:
        frames, plan = self._frames()
        cropped = crop_to_face(frames, track, self.size_px, self.crop_scale)
        metadata = {
            "fps": str(Fraction(1) if plan is None else plan.fps),
            "is_whole": plan is not None and plan.is_whole,
            "first_frame_s": 0.0 if plan is None else plan.first_frame_s,
            "frames_sha256": frames_sha256(cropped),
            "file": self.path.name,
            "kind": self.kind,
        }
        save_arrays(target, {"frames": cropped}, metadata)

    def _frames(self) -> tuple[Iterator[np.ndarray], FramePlan | None]:
        """The frames to crop, and of a clip which ones they are."""
        from feed_dataset.core.media.video import read_image, read_video

        if self.kind == "photo":
            return iter([read_image(self.path)]), None
        if self.kind == "first-frame":
            return iter(read_video(self.path, max_frames=1).frames), None
        plan = plan_frames(self.path, self.frame_budget)
        return read_planned(plan), plan


def load_staged(path: Path) -> StagedFrames | None:
    """Frames of a staged file; None when it is absent or damaged."""
    loaded = load_arrays(path)
    if loaded is None:
        return None
    arrays, metadata = loaded
    if frames_sha256(arrays["frames"]) != metadata["frames_sha256"]:
        return None
    return StagedFrames(
        arrays["frames"], Fraction(metadata["fps"]), metadata["is_whole"], float(metadata["first_frame_s"])
    )


def crop_to_face(frames: Iterator[np.ndarray], track: Track, size_px: int, scale: float) -> np.ndarray:
    """One fixed crop for all frames, from the first frame in which a face is found; uint8 [T, S, S, 3].

    Raises:
        NoFaceError: no frame has a face.
    """
    from feed_dataset.core.faces.crop import CropBox, apply_crop, crop_box

    box: CropBox | None = None
    waiting: list[np.ndarray] = []
    cropped: list[np.ndarray] = []
    reason: str | None = None
    for frame in frames:
        waiting.append(frame)
        if box is None:
            found = track(frame[None])
            reason = reason or found.reasons[0]
            if not found.valid[0]:
                continue
            box = crop_box(found.landmarks_px[0], (frame.shape[0], frame.shape[1]), scale)
        cropped.extend(apply_crop(one[None], box, size_px)[0] for one in waiting)
        waiting.clear()
    if box is None:
        what = "the image" if len(waiting) == 1 else f"any of {len(waiting)} frames"
        raise NoFaceError(f"expected a face in {what} but found none ({reason})")
    return np.stack(cropped)
