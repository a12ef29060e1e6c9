"""One extractor at work on one clip that is in memory: what it says, and what that costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.features.extractors.catalog import EXTRACTORS
from benchmark.features.models import ModelCache
from benchmark.features.types.extractor import LANDMARKS, AudioExtractor, Batch, ClipInfo, Extractor, PairExtractor

BATCH_FRAMES = 16


@dataclass(frozen=True)
class Clip:
    """Frames of an output and of its reference, the landmarks of the output, and sound."""

    output: np.ndarray  # uint8 [T, H, W, 3]
    reference: np.ndarray  # uint8 [T, H, W, 3]
    landmarks_px: np.ndarray  # float32 [T, 468, 3]
    samples: np.ndarray  # float32 [S] mono
    sample_rate_hz: int
    info: ClipInfo

    def __len__(self) -> int:
        return len(self.output)


def load_clip(generated: Any, reference: Any) -> Clip:
    """Read two videos, and follow the face in the first."""
    from benchmark.features.types.sequence import FrameSequence
    from feed_dataset.core.media.audio import read_audio

    made, truth = FrameSequence.from_file(generated), FrameSequence.from_file(reference)
    frames = np.stack(list(made.read()))
    audio = read_audio(generated)
    if audio is None:
        raise ValueError(f"expected sound in {generated} but there is none")
    landmarks = ModelCache().track(frames).landmarks_px
    return Clip(frames, np.stack(list(truth.read())), landmarks, audio.samples, audio.sample_rate_hz, made.info)


def feature(extractor_id: str, clip: Clip, models: ModelCache) -> np.ndarray:
    """What the extractor says of the clip."""
    if extractor_id == LANDMARKS:
        return models.track(clip.output).landmarks_px
    extractor = EXTRACTORS[extractor_id]
    if isinstance(extractor, PairExtractor):
        compare = models.compare(extractor_id, clip.info)
        return np.concatenate([compare(clip.output[part], clip.reference[part]) for part in _parts(len(clip))])
    if isinstance(extractor, AudioExtractor):
        from feed_dataset.core.media.audio import resample

        return models.read_audio(extractor_id)(resample(clip.samples, clip.sample_rate_hz, extractor.rate_hz))
    session = models.session(extractor_id, clip.info)
    for part in _parts(len(clip)):
        session.push(Batch(clip.output[part], clip.landmarks_px[part], part.start))
    return session.finish()


def cpu_seconds(action: Callable[[], object]) -> float:
    """Seconds of one core, which other programs on the machine do not lengthen much."""
    started = time.process_time()
    action()
    return time.process_time() - started


def networks_of_extractor(extractor_id: str) -> tuple[str, ...]:
    """Names in the weights registry."""
    from benchmark.features.extractors.catalog import networks_of

    return networks_of([extractor_id])


def is_learned(extractor: Extractor | PairExtractor | AudioExtractor) -> bool:
    """Whether a network is behind it."""
    return bool(extractor.networks)


def _parts(count: int) -> list[slice]:
    return [slice(start, min(count, start + BATCH_FRAMES)) for start in range(0, count, BATCH_FRAMES)]
