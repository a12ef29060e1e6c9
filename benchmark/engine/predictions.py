"""Generated frames on disk: lossless video, descriptors, and a small record that is written last.

PREDICTIONS/<method>/<case>.mkv   bit-exact RGB, playable
PREDICTIONS/<method>/<case>.z     safetensors with the expression descriptors, when the method has any
PREDICTIONS/<method>/<case>.json  what it was made from, and the hashes of the two others
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from baselines.interface.method import Chunk
from baselines.interface.speed import CaseSpeed
from baselines.interface.stopwatch import DriveSpeed
from benchmark.features.types.sequence import FrameSequence
from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.array_store import file_sha256, load_arrays, save_arrays, write_atomic
from feed_dataset.core.jobs.files import read_text
from feed_dataset.core.media.lossless import LosslessWriter


@dataclass(frozen=True)
class PredictionRecord:
    """The sidecar of one prediction."""

    input_hash: str  # method, weights, source pixels, driver pixels
    frames_sha256: str
    video_sha256: str
    latents_sha256: str | None
    seconds: float
    speed: CaseSpeed | None = None  # since it is measured


@dataclass(frozen=True)
class PredictionPath:
    """Where one prediction lies."""

    folder: Path
    case_id: str

    @property
    def video(self) -> Path:
        return self.folder / f"{self.case_id}.mkv"

    @property
    def latents(self) -> Path:
        return self.folder / f"{self.case_id}.z"

    @property
    def record(self) -> Path:
        return self.folder / f"{self.case_id}.json"


_KEPT_BYTES = 1 << 28  # of frames; a longer prediction is read back from its file


@dataclass(frozen=True, eq=False)
class Prediction:
    """One prediction as it was written.

    Args:
        frames: uint8 [T, S, S, 3]; None where they are too many to be kept.
        latents: float32 [T, d]; None for a method without any.
    """

    record: PredictionRecord
    frames: np.ndarray | None
    latents: np.ndarray | None


def save(
    at: PredictionPath,
    chunks: Iterable[Chunk],
    driver: FrameSequence,
    *,
    input_hash: str,
    speed: Callable[[], CaseSpeed | None] = lambda: None,
) -> Prediction:
    """Write a frame for each of the driver's, at its time, as they come.

    The record comes last, so that a killed run leaves none.

    Args:
        speed: asked when all chunks came.

    `seconds` in the record are those that the chunks took to come, without writing them.
    """
    import time

    at.record.unlink(missing_ok=True)
    digest = None
    frames: list[np.ndarray] = []
    latents: list[np.ndarray] = []
    seconds, kept_bytes = 0.0, 0

    def write(temporary: Path) -> None:
        nonlocal digest, seconds, kept_bytes
        with LosslessWriter(temporary, driver.fps, driver.times_s) as writer:
            started = time.perf_counter()
            for chunk in chunks:
                seconds += time.perf_counter() - started
                if digest is None:  # the same hash as of all frames in one array
                    shape = (driver.frame_count, *chunk.frames.shape[1:])
                    digest = hashlib.sha256(repr((chunk.frames.dtype.str, shape)).encode())
                digest.update(np.ascontiguousarray(chunk.frames).data)
                writer.write(chunk.frames)
                kept_bytes += chunk.frames.nbytes
                frames.append(chunk.frames) if kept_bytes <= _KEPT_BYTES else frames.clear()
                latents.extend([] if chunk.latents is None else [chunk.latents])
                started = time.perf_counter()
            seconds += time.perf_counter() - started

    write_atomic(at.video, write)
    assert digest is not None  # chunks_of gives every frame or raises
    z = np.concatenate(latents) if latents else None
    if z is not None:
        save_arrays(at.latents, {"z": z}, {})
    record = PredictionRecord(
        input_hash=input_hash,
        frames_sha256=digest.hexdigest(),
        video_sha256=file_sha256(at.video),
        latents_sha256=None if z is None else file_sha256(at.latents),
        seconds=seconds,
        speed=speed(),
    )
    write_text_atomic(at.record, json.dumps(asdict(record), indent=1, sort_keys=True) + "\n")
    return Prediction(record, np.concatenate(frames) if kept_bytes <= _KEPT_BYTES else None, z)


def load_record(at: PredictionPath) -> PredictionRecord | None:
    """The record of a complete prediction whose files are intact, else None."""
    try:
        content = json.loads(read_text(at.record))
        record = PredictionRecord(**{**content, "speed": _speed(content.get("speed"))})
        intact = file_sha256(at.video) == record.video_sha256
        if record.latents_sha256 is not None:
            intact = intact and file_sha256(at.latents) == record.latents_sha256
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # absent, half written or foreign: made again
    return record if intact else None


def _speed(content: Any) -> CaseSpeed | None:
    if content is None:
        return None
    drive = {**content["drive"], "frame_s": tuple(content["drive"]["frame_s"])}
    return CaseSpeed(**{**content, "drive": DriveSpeed(**drive)})


def load_latents(at: PredictionPath) -> np.ndarray | None:
    """float32 [T, d] of a prediction, or None when there are no descriptors."""
    loaded = load_arrays(at.latents)
    return None if loaded is None else loaded[0].get("z")
