"""Small clips for the report: a stretch of a video, shrunk, without loss."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np

from benchmark.engine.case_files import lies_inside
from benchmark.engine.plan import predictions_folder
from benchmark.engine.predictions import PredictionPath, load_record
from benchmark.engine.thumbnails import shrink
from benchmark.features.types.sequence import FrameSequence, FrameStream
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.lossless import LosslessWriter, iterate_lossless

CLIP_PX = 160
CLIP_FRAMES = 100
"""At most so many frames of a video: 4 s at 25 a second."""


def clip_path(folder: Path, content_id: str, first_frame: int) -> Path:
    """Where a clip lies: found by its video's content and by where it begins there."""
    return folder / f"{content_id[:32]}-{first_frame}.mkv"


def save_clip(path: Path, video: FrameSequence, first_frame: int) -> None:
    """Write the clip of a video where it is not yet: frames from `first_frame` on, as far as they can be decoded."""
    if path.is_file():
        return
    small = clip_of_frames((frame for batch in FrameStream(video, 1) for frame in batch), first_frame)
    if small is not None:
        with replacing(path) as temporary, LosslessWriter(temporary, video.fps) as writer:
            writer.write(small)


def clip_of_prediction(out: Path, method: str, case_id: str, first_frame: int) -> np.ndarray | None:
    """The same from the frames that a method made in a run's folder; None where they are not there, or not whole."""
    at = PredictionPath(predictions_folder(out) / method, case_id)
    if not lies_inside(at.video, out) or load_record(at) is None:
        return None
    return clip_of_frames(iterate_lossless(at.video), first_frame)


def clip_of_frames(frames: Iterable[np.ndarray], first_frame: int) -> np.ndarray | None:
    """The same from frames uint8 [H, W, 3] of any size; None where there are none from `first_frame` on."""
    small = [shrink(frame, CLIP_PX) for frame in islice(frames, first_frame, first_frame + CLIP_FRAMES)]
    return np.stack(small) if small else None


def load_clip(path: Path) -> np.ndarray | None:
    """uint8 [T, S, S, 3], or None when it is absent, damaged, or no clip of ours."""
    try:
        frames = list(islice(iterate_lossless(path), CLIP_FRAMES + 1))
    except VideoDecodeError:
        return None
    if not 1 <= len(frames) <= CLIP_FRAMES or any(frame.shape != (CLIP_PX, CLIP_PX, 3) for frame in frames):
        return None
    return np.stack(frames)
