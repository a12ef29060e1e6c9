"""The inputs of one process in its own folder: copies under short plain names, read-only, with their hashes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from baselines.interface.errors import BatchError
from baselines.official.adapter import Inputs
from baselines.official.placeholders import filled
from baselines.official.units import Slot
from baselines.outside.batch import Batch, BatchCase
from baselines.outside.existing import frame_files

_CRF = 12  # as the batch's own driver videos
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
    pads = sum(inputs.pad_frames)
    seconds = float((slot.frame_count + pads) / first.fps)
    if inputs.source is not None:
        values["source"] = filled(inputs.source, number)
        _source(batch, first, inputs, work / values["source"])
    if inputs.driver is not None:
        values["driver"] = filled(inputs.driver, number)
        _driver(batch, slot, inputs, fps, work / values["driver"])
    if inputs.frames is not None:
        pattern = filled(inputs.frames, number)
        values["frames"] = str(Path(pattern).parent)
        for place, frame in enumerate(_frames(batch, slot, inputs), start=inputs.first_frame):
            _write_image(work / pattern.format(t=place), frame)
    if inputs.audio is not None:
        values["audio"] = filled(inputs.audio, number)
        seconds = _audio(batch, slot, inputs, work / values["audio"])
    side = _side(batch, first, inputs)
    values |= {
        "frame_count": str(slot.frame_count + pads),
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
    """A square image uint8 [S, S, 3] at another side; the very same array where nothing changes."""
    import cv2

    if image.shape[:2] == (side_px, side_px):
        return image
    interpolation = cv2.INTER_AREA if side_px < image.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (side_px, side_px), interpolation=interpolation))


def _side(batch: Batch, case: BatchCase, inputs: Inputs) -> int:
    return inputs.size_px or source_image(batch, case).shape[0]


def _frames(batch: Batch, slot: Slot, inputs: Inputs) -> Iterator[np.ndarray]:
    """The driver's frames as the repository is to see them, joined and padded."""
    before, after = inputs.pad_frames
    frame: np.ndarray | None = None
    for case in slot.cases:
        for one in driver_frames(batch, case):
            if frame is None:
                first = _sized(one, inputs)
                yield from (first for _ in range(before))
            frame = _sized(one, inputs)
            yield frame
    if frame is not None:
        yield from (frame for _ in range(after))


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
    as_it_is = len(slot.cases) == 1 and fps == first.fps and inputs.size_px is None and not any(inputs.pad_frames)
    if as_it_is and not inputs.loop_source and first.driver is not None:
        shutil.copyfile(batch.folder / first.driver, target)
        return
    if inputs.loop_source:
        still = _sized(source_image(batch, first), inputs)
        frames: Iterator[np.ndarray] = (still for _ in range(slot.frame_count + sum(inputs.pad_frames)))
    else:
        frames = _frames(batch, slot, inputs)
    side = _side(batch, first, inputs)
    side -= side % _CODEC_SIDE
    with VideoWriter(target, side, side, fps, crf=_CRF) as writer:
        for frame in frames:
            writer.add(frame)


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
    head, tail = (round(count * rate / case.fps) for count in inputs.pad_frames)
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
