"""A run's folder whose frames say in their own pixels which method, case and frame they are."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.types.sequence import frames_id
from benchmark.results.schema import InputsRecord
from feed_dataset.core.jobs.array_store import frames_sha256, save_arrays
from feed_dataset.core.media.lossless import LosslessWriter
from tests.leaderboard.honest import honest

METHODS = ("first", "second", "third")
COLOURS = {"driver": (200, 50, 50), "first": (0, 0, 255), "second": (60, 180, 75), "third": (240, 200, 30)}
"""Blue is what browsers lose of BT.709 without a GPU."""
BITS = 8
SIZE_PX = 256
FPS = Fraction(25)
CASES = 8


def coded(count: int, colour: tuple[int, int, int]) -> np.ndarray:
    """uint8 [T, S, S, 3]: above the number of each frame in black and white bars, the rest of one colour."""
    frames = np.empty((count, SIZE_PX, SIZE_PX, 3), np.uint8)
    frames[:] = colour
    width = SIZE_PX // BITS
    for bit in range(BITS):
        levels = ((np.arange(count) >> bit) & 1) * 255
        frames[:, : SIZE_PX // 4, bit * width : (bit + 1) * width] = levels[:, None, None, None]
    return frames


def write_run(folder: Path, methods: tuple[str, ...] = METHODS, *, frames: int = 25, cases: int = CASES) -> Path:
    """A run whose last case has no frames of the first method; the folder."""
    results = honest(methods, limit=cases)
    ids = results.protocol.case_ids
    drivers, sources = [], []
    outputs: dict[str, list[str | None]] = {name: [] for name in methods}
    for place, case_id in enumerate(ids):
        red, green, blue = COLOURS["driver"]
        drivers.append(_write_crop(folder, coded(frames, (red - 10 * place, green + 10 * place, blue))))
        sources.append(_write_crop(folder, coded(1, (20 * place, 90, 90))))
        for method in methods:
            is_there = method != methods[0] or place < len(ids) - 1
            outputs[method].append(frames_id(f"{method}{place:03}".ljust(64, "0"), FPS, None) if is_there else None)
            if is_there:
                _write_output(folder, method, case_id, coded(frames, COLOURS[method]))
    listed = [one.model_copy(update={"outputs": outputs.get(one.name)}) for one in results.methods]
    inputs = InputsRecord(drivers=drivers, sources=sources)
    results.model_copy(update={"inputs": inputs, "methods": listed}).save(folder / "results.json")
    return folder


def _write_crop(folder: Path, frames: np.ndarray) -> str:
    sha256 = frames_sha256(frames)
    metadata = {"frames_sha256": sha256, "fps": str(FPS), "stamps_s": None, "shape": list(frames.shape)}
    save_arrays(folder / "inputs" / f"{sha256[:32]}.safetensors", {"frames": frames}, metadata)
    return frames_id(sha256, FPS, None)


def _write_output(folder: Path, method: str, case_id: str, frames: np.ndarray) -> None:
    path = folder / "predictions" / method / f"{case_id}.mkv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with LosslessWriter(path, FPS) as writer:
        writer.write(frames)
    record = {"video_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(record))
