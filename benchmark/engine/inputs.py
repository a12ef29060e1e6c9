"""Inputs of a run: a source or driver as it is, or as a square face crop that is made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmark.engine.moments import Moments, frames_at, repeating
from benchmark.features.models import ModelCache, Track
from benchmark.features.types.sequence import FrameSequence, frames_id, stamps_of
from feed_dataset.core.jobs.array_store import (
    file_sha256,
    frames_sha256,
    key_of,
    load_arrays,
    load_metadata,
    save_arrays,
)
from feed_dataset.core.jobs.errors import FeedError, NoFaceError
from feed_dataset.core.media.containers import reader_name
from feed_dataset.core.media.thinning import FramePlan, plan_frames, read_planned

PREPROCESSING = "crop-4"  # raised when the same file would give other pixels
InputKind = Literal["clip", "first-frame", "frame", "photo"]


@dataclass(frozen=True)
class Crop:
    """How inputs become square face crops.

    Args:
        folder: where they are kept.
        size_px: side of the crop.
        scale: of the square around the face; 1 is the published preprocessing's.
        frame_budget: at most so many frames, spread evenly, first and last included.
        networks: (name, sha256) of the networks that decide the crop.
    """

    folder: Path
    size_px: int
    scale: float
    frame_budget: int
    networks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Input:
    """A source or driver.

    Args:
        label: what reasons call it, such as "driver S05/random_C".
        path: its file.
        kind: "clip" for all frames, "first-frame" of a video, the "frame" at a place in it, or "photo".
        crop: None takes the file as it is.
        expected_sha256: of the file, where it must be one particular file.
        every: of a clip every n-th frame, before any budget.
        delay: of a clip so many frames of the file late; the first frame stays.
        at: of a frame, its place in the video: 0 is the start and 1 the end.
        span_s: of a clip, how long it must be and how much of it, from its start, is used.
        moments: of a clip, the take of several cameras whose moments are used.
    """

    label: str
    path: Path
    kind: InputKind
    crop: Crop | None = None
    expected_sha256: str | None = None
    every: int = 1
    delay: int = 0
    at: float | None = None
    span_s: tuple[float, float] | None = None
    moments: Moments | None = None

    def find(self) -> FrameSequence | None:
        """The crop that was made before, without its frames; None where it has to be made. Raises FeedError."""
        if self.crop is None:
            return None
        target = self._target(self.crop)
        metadata = load_metadata(target)
        return None if metadata is None else _sequence(metadata, _CropFile(target, metadata["frames_sha256"]))

    def load(self, models: ModelCache) -> FrameSequence:
        """The frames: of a crop in memory, of a file as it is to be read when they are needed.

        Raises:
            FeedError, OSError: unreadable, another file than expected, or no face.
        """
        if self.crop is None:
            whole = FrameSequence.from_file(self.path)
            return whole if self.kind == "clip" else whole.first()
        kept = self.kept()
        if kept is not None:
            return kept
        target = self._target(self.crop)
        frames, metadata = self._make(self.crop, models.track)
        save_arrays(target, {"frames": frames}, metadata)
        return _sequence(metadata, _CropFile(target, metadata["frames_sha256"])).in_memory(frames)

    def kept(self) -> FrameSequence | None:
        """The crop that was made before, with its frames in memory; None where it has to be made. Raises FeedError."""
        if self.crop is None:
            return None
        target = self._target(self.crop)
        loaded = load_crop(target)
        if loaded is None:
            return None
        frames, metadata = loaded
        return _sequence(metadata, _CropFile(target, metadata["frames_sha256"])).in_memory(frames)

    def _target(self, crop: Crop) -> Path:
        digest = file_sha256(self.path)
        if self.expected_sha256 is not None and digest != self.expected_sha256:
            raise FeedError(f"expected {self.path} with sha256 {self.expected_sha256[:12]} but got {digest[:12]}")
        settings = (self.kind, crop.size_px, crop.scale, crop.frame_budget, crop.networks, *self._thinning)
        return crop.folder / f"{key_of(PREPROCESSING, reader_name(), digest, settings)[:32]}.safetensors"

    @property
    def _thinning(self) -> tuple[int | str, ...]:
        return (
            *([] if self.every == 1 else [self.every]),
            *([f"delay {self.delay}"] if self.delay else []),
            *([] if self.at is None else [f"at {self.at:.9f}"]),
            *([] if self.span_s is None else [f"span {self.span_s[0]:g} to {self.span_s[1]:g}"]),
            *([] if self.moments is None else ["moments", self.moments.id]),
        )

    def _make(self, crop: Crop, track: Track) -> tuple[np.ndarray, dict[str, Any]]:
        frames, plan = self._frames(crop)
        cropped = crop_to_face(frames, track, crop.size_px, crop.scale)
        return cropped, {
            "fps": str(Fraction(1) if plan is None else plan.fps),
            "is_whole": plan is not None and plan.is_whole,
            "first_frame_s": 0.0 if plan is None else plan.first_frame_s,
            "length_s": None if plan is None else plan.length_s,
            "stamps_s": None if plan is None else list(stamps_of(np.array(plan.times_s))),
            "frames_sha256": frames_sha256(cropped),
            "shape": list(cropped.shape),
            "file": self.path.name,
            "kind": self.kind,
        }

    def _frames(self, crop: Crop) -> tuple[Iterator[np.ndarray], FramePlan | None]:
        """The frames to crop, and of a clip which ones they are."""
        from feed_dataset.core.media.video import read_image, read_video

        if self.kind == "photo":
            return iter([read_image(self.path)]), None
        if self.kind == "frame":
            return iter([frame_at(self.path, self.at or 0.0)]), None
        if self.kind == "first-frame":
            return iter(read_video(self.path, max_frames=1).frames), None
        if self.moments is not None:
            return frames_at(self.path, self.moments, crop.frame_budget, delay=self.delay)
        plan = plan_frames(self.path, crop.frame_budget, every=self.every, span_s=self.span_s)
        if self.delay:
            return _late(plan, self.delay), plan
        return read_planned(plan), plan


def frame_at(path: Path, place: float) -> np.ndarray:
    """The frame of a video, uint8 [H, W, 3], that is shown at a place from 0 (its start) to 1 (its end).

    Raises:
        VideoDecodeError: it cannot be read.
    """
    from feed_dataset.core.media.reader import open_reader

    with open_reader(path) as reader:
        count = reader.index.frame_count
        number = min(int(place * count), count - 1)
        return next(picture for _, picture in reader.read(np.array([number])))


def _late(plan: FramePlan, delay: int) -> Iterator[np.ndarray]:
    """The frames that stand `delay` frames before the planned ones; the first for those before it."""
    return repeating(plan, [max(index - delay, 0) for index in plan.indices])


@dataclass(frozen=True)
class _CropFile:
    """Reads a crop again; other pixels than were remembered are an error."""

    path: Path
    sha256: str

    def __call__(self) -> Iterator[np.ndarray]:
        loaded = load_crop(self.path)
        if loaded is None or loaded[1]["frames_sha256"] != self.sha256:
            raise FeedError(f"the crop {self.path} is gone or damaged; run again")
        return iter(loaded[0])


def kept_crops(folder: Path) -> dict[str, Callable[[], Iterator[np.ndarray]]]:
    """What reads the crops of an earlier run again, by their content ids; of its folder of inputs."""
    found: dict[str, Callable[[], Iterator[np.ndarray]]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        metadata = load_metadata(path)
        if metadata is not None and "shape" in metadata:
            sequence = _sequence(metadata, _CropFile(path, metadata["frames_sha256"]))
            found[sequence.content_id] = sequence.read
    return found


def load_crop(path: Path) -> tuple[np.ndarray, dict[str, Any]] | None:
    """Frames uint8 [T, S, S, 3] and metadata of a crop; None when it is absent or damaged."""
    loaded = load_arrays(path)
    if loaded is None or "shape" not in loaded[1]:
        return None
    frames = loaded[0]["frames"]
    return (frames, loaded[1]) if frames_sha256(frames) == loaded[1]["frames_sha256"] else None


def _sequence(metadata: dict[str, Any], read: _CropFile) -> FrameSequence:
    count, height, width = metadata["shape"][:3]
    fps = Fraction(metadata["fps"])
    stamps_s = None if metadata["stamps_s"] is None else tuple(metadata["stamps_s"])
    return FrameSequence(
        content_id=frames_id(metadata["frames_sha256"], fps, stamps_s),
        frame_count=count,
        fps=fps,
        height_px=height,
        width_px=width,
        read=read,
        first_frame_s=float(metadata["first_frame_s"]),
        is_whole=bool(metadata["is_whole"]),
        stamps_s=stamps_s,
        length_s=metadata.get("length_s"),
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
