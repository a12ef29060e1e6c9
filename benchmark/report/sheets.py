"""Pictures of a case: the source, then a row of frames over time for the driver and for each method."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.engine.case_files import CaseFiles
from benchmark.engine.feature_jobs import load_frames
from benchmark.engine.inputs import load_staged
from benchmark.engine.predictions import PredictionPath
from benchmark.engine.thumbnails import COLUMNS, shrink
from feed_dataset.core.media.thinning import spread

_WEBP_QUALITY = 82


@dataclass(frozen=True)
class Strip:
    """One row of a sheet."""

    label: str
    image: str | None  # data URI; None when there is nothing to show


@dataclass(frozen=True)
class Sheet:
    """One case."""

    files: CaseFiles
    source: str | None  # data URI
    strips: tuple[Strip, ...]
    motion: float  # mean grey-level difference of the driver's frames to its first


def build_sheet(folder: Path, files: CaseFiles, methods: Sequence[str]) -> Sheet:
    """Load, shrink and embed the pictures of one case."""
    source = load_staged(folder / files.source) if files.source else None
    driver = load_staged(folder / files.driver) if files.driver else None
    strips = [Strip(files.driver_label, None if driver is None else strip_uri(driver.frames))]
    for method in methods if files.outputs is None else files.outputs:
        frames = _output_frames(folder, files, method)
        strips.append(Strip(method, None if frames is None else strip_uri(frames)))
    motion = 0.0
    if driver is not None:
        motion = float(np.abs(driver.frames.astype(np.int16) - driver.frames[:1].astype(np.int16)).mean())
    return Sheet(files, None if source is None else image_uri(shrink(source.frames[0])), tuple(strips), motion)


def _output_frames(folder: Path, files: CaseFiles, method: str) -> np.ndarray | None:
    """uint8 [T, S, S, 3] of what a method made of a case."""
    if files.outputs is None:
        video = PredictionPath(folder / "predictions" / method, files.case_id).video
        return load_frames(video) if video.is_file() else None
    place = files.outputs.get(method)
    staged = load_staged(folder / place) if place else None
    return None if staged is None else staged.frames


def strip_uri(frames: np.ndarray) -> str:
    """Frames spread over the clip side by side, as a data URI."""
    chosen = [shrink(frames[index]) for index in spread(len(frames), COLUMNS)]
    return image_uri(np.concatenate(chosen, axis=1))


def image_uri(image: np.ndarray) -> str:
    """uint8 [H, W, 3] as a WebP data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
