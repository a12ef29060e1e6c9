"""Generated frames on disk: lossless video, descriptors, and a small record that is written last.

PREDICTIONS/<method>/<case>.mkv   FFV1, bit-exact RGB, playable
PREDICTIONS/<method>/<case>.z     safetensors with the expression descriptors, when the method has any
PREDICTIONS/<method>/<case>.json  what it was made from, and the hashes of the two others
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from baselines.interface.method import Generated
from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.array_store import file_sha256, frames_sha256, load_arrays, save_arrays, write_atomic


@dataclass(frozen=True)
class PredictionRecord:
    """The sidecar of one prediction."""

    input_hash: str  # method, weights, source pixels, driver pixels
    frames_sha256: str
    video_sha256: str
    latents_sha256: str | None
    seconds: float


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


def save(
    at: PredictionPath, generated: Generated, fps: Fraction, *, input_hash: str, seconds: float
) -> PredictionRecord:
    """Write a prediction; the record comes last, so that a killed run leaves none."""
    at.record.unlink(missing_ok=True)
    write_atomic(at.video, lambda temporary: write_lossless(temporary, generated.frames, fps))
    latents_hash = None
    if generated.latents is not None:
        save_arrays(at.latents, {"z": generated.latents}, {})
        latents_hash = file_sha256(at.latents)
    record = PredictionRecord(
        input_hash=input_hash,
        frames_sha256=frames_sha256(generated.frames),
        video_sha256=file_sha256(at.video),
        latents_sha256=latents_hash,
        seconds=seconds,
    )
    write_text_atomic(at.record, json.dumps(asdict(record), indent=1, sort_keys=True) + "\n")
    return record


def load_record(at: PredictionPath) -> PredictionRecord | None:
    """The record of a complete prediction whose files are intact, else None."""
    try:
        record = PredictionRecord(**json.loads(at.record.read_text(encoding="utf-8")))
        intact = file_sha256(at.video) == record.video_sha256
        if record.latents_sha256 is not None:
            intact = intact and file_sha256(at.latents) == record.latents_sha256
    except (OSError, ValueError, TypeError):
        return None  # absent, half written or foreign: made again
    return record if intact else None


def load_latents(at: PredictionPath, record: PredictionRecord) -> np.ndarray | None:
    """float32 [T, d] of a prediction, or None when its method has no descriptors."""
    if record.latents_sha256 is None:
        return None
    loaded = load_arrays(at.latents)
    return None if loaded is None else loaded[0]["z"]


def write_lossless(path: Path, frames: np.ndarray, fps: Fraction) -> None:
    """Encode uint8 [T, H, W, 3] bit-exactly (FFV1 in Matroska); same frames, same bytes."""
    import av

    with av.open(str(path), "w", format="matroska", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("ffv1", rate=fps, options={"threads": "1", "flags": "+bitexact"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "bgr0"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode(None))


def iterate_lossless(path: Path) -> Iterator[np.ndarray]:
    """Frames of a file that `write_lossless` wrote, uint8 [H, W, 3] each."""
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def read_lossless(path: Path) -> np.ndarray:
    """All frames of a file that `write_lossless` wrote, uint8 [T, H, W, 3]."""
    return np.stack(list(iterate_lossless(path)))
