"""The inputs of one process in its own folder: copies under short plain names, read-only, with their hashes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.errors import BatchError
from baselines.official.adapter import Inputs
from baselines.official.placeholders import filled
from baselines.official.units import Slot
from baselines.outside.batch import Batch, BatchCase
from baselines.outside.existing import frame_files

if TYPE_CHECKING:
    from feed_dataset.core.media.types import Audio

_CRF = 12  # as the batch's own driver videos
_SILENCE_HZ = 16000
_CODEC_SIDE = 2  # yuv420p has even sides


@dataclass(frozen=True)
class Staged:
    """The inputs of one slot.

    Args:
        values: fields of the slot for the command line.
        seconds: how long the audio that the repository sees is; that of the frames where it sees none.
        hashes: sha256 of every staged file by its kind and path.
    """

    slot: Slot
    values: Mapping[str, str]
    seconds: float
    hashes: Mapping[tuple[str, Path], str]

    def changed(self, rewrites: frozenset[str]) -> list[str]:
        """Names of the inputs that are gone or other than they were, apart from those that are known to be."""
        return [
            path.name
            for (kind, path), digest in self.hashes.items()
            if kind not in rewrites and _sha256(path) != digest
        ]


def stage_slot(slot: Slot, batch: Batch, inputs: Inputs, work: Path, seed: int = 0) -> Staged:
    """Write what the repository will read.

    Raises:
        BatchError: a case has no driver frames or audio that the repository needs.
        FeedError: the batch's own files cannot be read.
    """
    first = slot.cases[0]
    number = {"n": str(slot.number)}
    values = dict(number)
    hashes: dict[tuple[str, Path], str] = {}
    fps = Fraction(inputs.fps) if inputs.fps is not None else first.fps
    count = _staged_count(slot, inputs)
    seconds = float(count / (inputs.resample_fps or first.fps))
    if inputs.source is not None:
        values["source"] = filled(inputs.source, number)
        _source(batch, first, inputs, work / values["source"])
    if inputs.driver is not None:
        values["driver"] = filled(inputs.driver, number)
        _driver(batch, slot, inputs, fps, work / values["driver"])
    if inputs.frames is not None:
        pattern = filled(inputs.frames, number)
        values["frames"] = str(Path(pattern).parent)
        for place, frame in enumerate(_resampled(batch, slot, inputs), start=inputs.first_frame):
            _write_image(work / pattern.format(t=place), frame)
    if inputs.audio is not None:
        values["audio"] = filled(inputs.audio, number)
        seconds = _audio(batch, slot, inputs, work / values["audio"])
    side = _side(batch, first, inputs)
    values |= {
        "frame_count": str(count),
        "fps": str(float(fps)),
        "side": str(side),
        "seed": str(seed),
    }
    for kind in ("source", "driver", "audio", "frames"):
        if kind in values:
            staged = work / values[kind]
            for path in sorted(staged.iterdir()) if staged.is_dir() else [staged]:
                path.chmod(0o444)
                hashes[kind, path] = _sha256(path)
    return Staged(slot, values, seconds, hashes)


def driver_frames(batch: Batch, case: BatchCase) -> Iterator[np.ndarray]:
    """Frames uint8 [S, S, 3] of one case's driver. Raises BatchError where the protocol withholds them."""
    from feed_dataset.core.media.images import read_image

    if case.driver_frames is None:
        raise BatchError(f"{case.id}: the method needs driver frames but the protocol gives none")
    files = frame_files(batch.folder / case.driver_frames)
    if len(files) != case.frame_count:
        raise BatchError(f"{case.id}: expected {case.frame_count} driver frames but got {len(files)}; stage again")
    return (read_image(path) for path in files)


def source_image(batch: Batch, case: BatchCase) -> np.ndarray:
    """The source of a case, uint8 [S, S, 3]."""
    from feed_dataset.core.media.images import read_image

    return read_image(batch.folder / case.source)


def resized(image: np.ndarray, side_px: int) -> np.ndarray:
    """An image uint8 [H, W, 3] as a square of that side; the very same array where nothing changes."""
    import cv2

    if image.shape[:2] == (side_px, side_px):
        return image
    interpolation = cv2.INTER_AREA if side_px < image.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (side_px, side_px), interpolation=interpolation))


def _side(batch: Batch, case: BatchCase, inputs: Inputs) -> int:
    from PIL import Image

    if inputs.size_px is not None:
        return inputs.size_px
    with Image.open(batch.folder / case.source) as source:  # no more than its header is read
        return source.height


def _staged_count(slot: Slot, inputs: Inputs) -> int:
    """How many driver frames the repository sees."""
    kept = slot.frame_count
    if inputs.resample_fps is not None:
        kept = ceil(slot.frame_count / slot.cases[0].fps * inputs.resample_fps)
    return kept + sum(inputs.pad_frames)


def _resampled(batch: Batch, slot: Slot, inputs: Inputs) -> Iterator[np.ndarray]:
    """The driver's frames at the rate that the repository takes for granted, padded."""
    before, after = inputs.pad_frames
    count = _staged_count(slot, inputs)
    times = np.arange(-before, count - before) / float(inputs.resample_fps or slot.cases[0].fps)
    numbers = np.clip(np.floor(times * float(slot.cases[0].fps) + 0.5).astype(int), 0, slot.frame_count - 1)
    frames, place, frame = _frames(batch, slot, inputs), -1, None
    for number in numbers:
        while place < number:
            frame, place = next(frames), place + 1
        assert frame is not None
        yield frame


def _frames(batch: Batch, slot: Slot, inputs: Inputs) -> Iterator[np.ndarray]:
    """The driver's frames, joined, at the side that the repository sees."""
    return (_sized(frame, inputs) for case in slot.cases for frame in driver_frames(batch, case))


def _sized(frame: np.ndarray, inputs: Inputs) -> np.ndarray:
    side = frame.shape[0] if inputs.size_px is None else inputs.size_px
    return resized(frame, side - side % _CODEC_SIDE)


def _source(batch: Batch, case: BatchCase, inputs: Inputs, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if inputs.size_px is None and target.suffix == ".png":
        shutil.copyfile(batch.folder / case.source, target)
        return
    image = source_image(batch, case)
    _write_image(target, image if inputs.size_px is None else resized(image, inputs.size_px))


def _driver(batch: Batch, slot: Slot, inputs: Inputs, fps: Fraction, target: Path) -> None:
    from feed_dataset.core.media.writer import VideoWriter

    target.parent.mkdir(parents=True, exist_ok=True)
    first = slot.cases[0]
    changes = inputs.size_px is not None or any(inputs.pad_frames) or inputs.driver_sound or inputs.loop_source
    if len(slot.cases) == 1 and fps == first.fps and not changes and first.driver is not None:
        staged = batch.folder / first.driver
        if _is_steady(staged, fps):  # readers of repositories repeat or drop frames of any other
            shutil.copyfile(staged, target)
            return
    count = _staged_count(slot, inputs)
    if inputs.loop_source:
        count = ceil((count / first.fps + Fraction(inputs.tail_silence_s)) * fps)
        still = _sized(source_image(batch, first), inputs)
        frames: Iterator[np.ndarray] = (still for _ in range(count))
    else:
        frames = _resampled(batch, slot, inputs)
    side = _side(batch, first, inputs)
    side -= side % _CODEC_SIDE
    with VideoWriter(
        target, side, side, fps, audio=_silence(count / fps) if inputs.driver_sound else None, crf=_CRF
    ) as writer:
        for frame in frames:
            writer.add(frame)


def _is_steady(video: Path, fps: Fraction) -> bool:
    """Whether its frames come at a constant rate."""
    from feed_dataset.core.media.scan import scan_video
    from feed_dataset.core.media.timing import is_steady

    return is_steady(scan_video(video).index.times_s, fps)


def _silence(seconds: Fraction) -> Audio:
    """Longer than the frames: who cuts at the shorter stream must not cut them."""
    from feed_dataset.core.media.types import Audio

    return Audio(np.zeros(ceil((seconds + 1) * _SILENCE_HZ), np.float32), _SILENCE_HZ)


def _audio(batch: Batch, slot: Slot, inputs: Inputs, target: Path) -> float:
    """Write the audio of exactly the frames, with the silence that the repository eats; how long it is."""
    from feed_dataset.core.media.audio import read_audio, resample, write_wave

    (case,) = slot.cases
    if case.audio is None:
        raise BatchError(f"{case.id}: the method is driven by audio but there is none")
    found = read_audio(batch.folder / case.audio)
    if found is None or not len(found.samples):
        raise BatchError(f"{case.id}: the method is driven by audio but {case.audio} has none")
    rate = inputs.audio_hz or found.sample_rate_hz
    samples = resample(found.samples, found.sample_rate_hz, rate)
    head, tail = (round(count * rate / (inputs.resample_fps or case.fps)) for count in inputs.pad_frames)
    wanted = round(case.frame_count * rate / case.fps)
    body = np.zeros(wanted, np.float32)
    body[: min(wanted, len(samples))] = samples[:wanted]
    whole = np.concatenate(
        [np.zeros(head, np.float32), body, np.zeros(tail + round(inputs.tail_silence_s * rate), np.float32)]
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_wave(target, whole, rate)
    return len(whole) / rate


def _write_image(path: Path, image: np.ndarray) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(image)
    if path.suffix == ".jpg":
        picture.save(path, quality=98, subsampling=0)
    else:
        picture.save(path, compress_level=1)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return "gone"
