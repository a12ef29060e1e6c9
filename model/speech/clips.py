"""Clips for training from speech: features, expressions and head poses of the same frames, one file per clip."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from feed_dataset.core.jobs.array_store import save_arrays
from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import regular_size
from model.networks.errors import ModelError

SUFFIX = ".clip.safetensors"
KIND = "speech-clip"
POSE_NUMBERS = 9
ARRAYS = ("features", "z", "pose")
FRAMES = "frames"
IN_MEMORY_BYTES = 256 << 20
"""Arrays of a folder that are less than this are read once, and kept."""


@dataclass(frozen=True)
class Origin:
    """What made the numbers of a clip; None where nobody knows.

    Attributes:
        audio_features: what made the features: network, weights and windows, as `WhisperEncoder.identity` says it.
        teacher_sha256: weights of the motion encoder that read z.
        disentangled: whether that encoder was trained to keep the head pose out of z (section 5.1).
    """

    audio_features: str | None = None
    teacher_sha256: str | None = None
    disentangled: bool | None = None

    def __post_init__(self) -> None:
        for name, kind in (("audio_features", str), ("teacher_sha256", str), ("disentangled", bool)):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, kind) or value == ""):
                raise ModelError(f"expected {name} to be a {kind.__name__} or nothing but got {value!r}")


@dataclass(frozen=True, repr=False)
class SpeechClip:
    """T frames of one person in a row.

    Attributes:
        person: who it is; clips of one person are never on both sides of a split.
        fps: of the frames.
        features: of the speech at the times of the frames, float32 `[T, D]`.
        z: expression, float32 `[T, Z]`.
        pose: head pose against a frame of the clip as `head_motion.rotation` has it, float32 `[T, 9]`.
        frames: the face crops, uint8 `[T, S, S, 3]`, for losses that compare pictures.
        origin: of the numbers.
    """

    person: str
    fps: float
    features: Tensor
    z: Tensor | None = None
    pose: Tensor | None = None
    frames: Tensor | None = None
    origin: Origin = Origin()

    def __post_init__(self) -> None:
        if not isinstance(self.person, str) or not self.person:
            raise ModelError(f"expected the name of a person but got {self.person!r}")
        if not isinstance(self.fps, int | float) or not 0 < self.fps <= 1000:
            raise ModelError(f"expected a frame rate from above 0 to 1000 but got {self.fps!r}")
        frames = len(self.features)
        for name, array in self.arrays().items():
            if array.dim() != 2 or not array.numel() or len(array) != frames:
                raise ModelError(f"expected {name} [{frames}, n] of at least one frame but got {list(array.shape)}")
            if array.dtype != torch.float32 or not array.isfinite().all():
                raise ModelError(f"expected {name} of finite float32 numbers but got others ({array.dtype})")
        if self.frames is not None:
            _check_frames(self.frames, frames)
        if self.pose is not None and self.pose.shape[1] != POSE_NUMBERS:
            raise ModelError(f"expected pose [T, {POSE_NUMBERS}] but got {list(self.pose.shape)}")

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}={list(array.shape)}" for name, array in self.arrays().items())
        return f"SpeechClip({self.person}, {self.fps:g} fps, {shapes})"

    def arrays(self) -> dict[str, Tensor]:
        """What there is but for pictures, by name."""
        found = {name: getattr(self, name) for name in ARRAYS}
        return {name: array for name, array in found.items() if array is not None}


def write_clip(path: Path, clip: SpeechClip) -> None:
    """Whole or not at all. Raises ModelError for a name that `ClipFolder` would not find."""
    if not path.name.endswith(SUFFIX):
        raise ModelError(f"expected a name that ends in {SUFFIX} but got {path.name}")
    arrays = {name: array.numpy() for name, array in clip.arrays().items()}
    if clip.frames is not None:
        arrays[FRAMES] = clip.frames.numpy()
    said = {"person": clip.person, "fps": clip.fps, "origin": asdict(clip.origin)}
    save_arrays(path, arrays, {"kind": KIND, "version": 1, **said})


@dataclass(frozen=True)
class ClipHeader:
    """What is known of a file without reading its arrays."""

    path: Path
    person: str
    fps: float
    shapes: Mapping[str, tuple[int, ...]]
    origin: Origin = Origin()

    @property
    def frames(self) -> int:
        return self.shapes["features"][0]

    def read(self, first: int = 0, count: int | None = None, needs: Sequence[str] = ARRAYS) -> SpeechClip:
        """Frames `first` to `first + count`, all that follow where `count` is None; only they are read.

        Args:
            needs: arrays to read besides features, as far as they are there.

        Raises:
            ModelError: damaged since its header was read, or numbers that are not finite.
        """
        names = [name for name in ARRAYS if name in self.shapes and (name == "features" or name in needs)]
        arrays = self._arrays(names, first, count)
        try:
            return SpeechClip(self.person, self.fps, **arrays, origin=self.origin)
        except ModelError as error:
            raise self._bad(error) from error

    def array(self, name: str) -> Tensor:
        """One whole array of the clip. Raises ModelError as `read` does."""
        found = self._arrays([name], 0, None)[name]
        if not found.isfinite().all():
            raise self._bad(ModelError(f"{name} of numbers that are not finite"))
        return found

    def _arrays(self, names: Sequence[str], first: int, count: int | None) -> dict[str, Tensor]:
        from safetensors import SafetensorError, safe_open

        stop = self.frames if count is None else first + count
        try:
            with safe_open(self.path, framework="np") as file:
                return {name: _tensor(file.get_slice(name)[first:stop]) for name in names}
        except (ModelError, SafetensorError, OSError, ValueError, TypeError) as error:
            raise self._bad(error) from error

    def _bad(self, error: Exception) -> ModelError:
        return ModelError(f"expected a clip in {self.path.name} but got: {words_of(error)}")

    def pictures(self, places: Sequence[int]) -> Tensor:  # uint8 [K, S, S, 3]
        """These of the clip's frames. Raises ModelError where the file has none or is damaged."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="np") as file:
                stored = file.get_slice(FRAMES)
                return torch.from_numpy(np.stack([stored[place] for place in places]))
        except (SafetensorError, OSError, ValueError) as error:
            raise ModelError(f"expected frames in {self.path.name} but got: {words_of(error)}") from error


def _check_frames(frames: Tensor, count: int) -> None:
    if frames.dtype != torch.uint8 or frames.dim() != 4 or frames.shape != (count, *[frames.shape[1]] * 2, 3):
        raise ModelError(f"expected frames uint8 [{count}, S, S, 3] but got {frames.dtype} {list(frames.shape)}")


def _tensor(array: np.ndarray) -> Tensor:
    if array.dtype not in (np.float32, np.float16):
        raise ModelError(f"expected float32 or float16 numbers but got {array.dtype}")
    return torch.from_numpy(array.astype(np.float32))


def read_header(path: Path, needs: Sequence[str] = ()) -> ClipHeader:
    """Raises ModelError where the file is no clip, is damaged or lacks an array; names the file."""
    from safetensors import SafetensorError, safe_open

    try:
        regular_size(path)
        with safe_open(path, framework="np") as file:
            said: Any = json.loads((file.metadata() or {}).get("json", "null"))
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no dict
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"expected a clip in {path.name} but got: {words_of(error)}") from error
    if not isinstance(said, dict) or said.get("kind") != KIND or said.get("version") != 1:
        raise ModelError(f"expected {path.name} to be a {KIND} of version 1 but it says {str(said)[:80]}")
    for name in ("features", *needs):
        if name not in shapes:
            raise ModelError(f"expected {name} in {path.name} but it has {', '.join(sorted(shapes)) or 'nothing'}")
    found = {name: shape for name, shape in shapes.items() if name in ARRAYS}
    frames = found["features"][:1]
    if any(len(shape) != 2 or shape[:1] != frames or 0 in shape for shape in found.values()):
        raise ModelError(f"expected arrays [T, n] of the same T in {path.name} but got {found}")
    if FRAMES in shapes:
        found[FRAMES] = shapes[FRAMES]
        side = found[FRAMES][1:2]
        if found[FRAMES] != (*frames, *side, *side, 3):
            raise ModelError(f"expected frames [{frames[0]}, S, S, 3] in {path.name} but got {list(found[FRAMES])}")
    try:
        origin = Origin(**said.get("origin", {}))
    except (TypeError, ModelError) as error:
        raise ModelError(f"expected the origin of {path.name} but got: {error}") from error
    header = ClipHeader(path, said.get("person", ""), said.get("fps", 0), found, origin)
    header.read(0, 1)
    return header


class ClipFolder:
    """The clips of a folder, of which training reads windows; their arrays stay on disk, unless they are small.

    Args:
        folder: with files that `write_clip` wrote, in it or in folders of it.
        needs: arrays that every clip must have besides features: "z", "pose", "frames".
        least_frames: shorter clips are left out and counted in `too_short`.

    Raises:
        ModelError: no clip, a file that is none, sizes or rates that differ between clips, or none long enough.
    """

    def __init__(self, folder: Path, needs: Sequence[str] = (), least_frames: int = 1) -> None:
        paths = sorted(folder.rglob(f"*{SUFFIX}")) if folder.is_dir() else []
        if not paths:
            raise ModelError(f"expected clips (*{SUFFIX}) in {folder} but there is none")
        self.needs = tuple(needs)
        headers = [read_header(path, needs) for path in paths]
        for what, values in self._kinds(headers).items():
            if len(set(values)) > 1:
                other = next(place for place, value in enumerate(values) if value != values[0])
                raise ModelError(
                    f"expected clips of the same {what} but {paths[0].name} has {values[0]} and {paths[other].name}"
                    f" {values[other]}"
                )
        self.clips = tuple(header for header in headers if header.frames >= least_frames)
        self.too_short = len(headers) - len(self.clips)
        if not self.clips:
            raise ModelError(f"expected clips of at least {least_frames} frames in {folder} but all are shorter")
        self.fps, self.origin = self.clips[0].fps, self.clips[0].origin
        numbers = sum(math.prod(h.shapes[name]) for h in self.clips for name in ("features", *self.needs))
        small = 4 * numbers < IN_MEMORY_BYTES
        self._kept = [header.read(needs=self.needs) for header in self.clips] if small else None

    def _kinds(self, headers: Sequence[ClipHeader]) -> dict[str, list[Any]]:
        sizes = {f"size of {name}": [h.shapes[name][1] for h in headers] for name in ("features", *self.needs)}
        return {"rate": [h.fps for h in headers], "origin": [h.origin for h in headers], **sizes}

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def feature_dim(self) -> int:
        return self.clips[0].shapes["features"][1]

    def read(self, number: int, first: int = 0, count: int | None = None) -> SpeechClip:
        """Frames of a clip; see `ClipHeader.read`."""
        if self._kept is None:
            return self.clips[number].read(first, count, self.needs)
        kept = self._kept[number]
        stop = len(kept) if count is None else first + count
        arrays = {name: array[first:stop] for name, array in kept.arrays().items()}
        return SpeechClip(kept.person, kept.fps, **arrays, origin=kept.origin)
