"""The real extractors, where their networks are here: cutting a video into other batches changes not one bit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmark.engine.networks import NetworkStatus, acquire, lacking_package
from benchmark.features import FeatureStore, FrameSequence, extract_pair, extract_video
from benchmark.features.extractors.catalog import EXTRACTORS, networks_of
from benchmark.features.models import ModelCache
from benchmark.features.types.extractor import LANDMARKS, Extractor, PairExtractor
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import MINI_ROOT

CLIP = MINI_ROOT / "S05" / "MAU_strong_C.mp4"
FRAMES = 19  # one more than a chunk and some, and enough for windows of 16
VIDEO = [LANDMARKS, *(one.id for one in EXTRACTORS.values() if isinstance(one, Extractor))]
PAIR = [one.id for one in EXTRACTORS.values() if isinstance(one, PairExtractor)]


@pytest.fixture(scope="module")
def here() -> NetworkStatus:
    return acquire(networks_of(VIDEO + PAIR), fetch=False, announce=print)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return read_video(CLIP, max_frames=FRAMES, size_px=256).frames


@pytest.fixture(scope="module")
def models() -> ModelCache:
    return ModelCache()


def need(here: NetworkStatus, extractor_id: str) -> None:
    lack = here.lacking(networks_of([LANDMARKS, extractor_id]))
    if lack is None and extractor_id != LANDMARKS:
        lack = lacking_package(EXTRACTORS[extractor_id].packages)
    if lack is not None:
        pytest.skip(f"{extractor_id} needs {lack.needs}: {lack.command}")


@pytest.mark.parametrize("extractor_id", VIDEO)
def test_one_video(extractor_id: str, here: NetworkStatus, frames: np.ndarray, models: ModelCache) -> None:
    need(here, extractor_id)
    store, video = FeatureStore(None, here.present), FrameSequence.from_frames(frames, Fraction(25))
    found = [
        extract_video(video, (extractor_id,), models=models, store=store, batch_frames=size) for size in (1, 7, 64)
    ]
    wanted = [one.landmarks_px if extractor_id == LANDMARKS else one.arrays[extractor_id] for one in found]
    assert wanted[0].size
    assert np.isfinite(wanted[0]).any()
    for other in wanted[1:]:
        assert np.array_equal(wanted[0], other, equal_nan=True)


@pytest.mark.parametrize("extractor_id", PAIR)
def test_pairs(extractor_id: str, here: NetworkStatus, frames: np.ndarray, models: ModelCache) -> None:
    need(here, extractor_id)
    output, reference = (FrameSequence.from_frames(part, Fraction(25)) for part in (frames[:-1], frames[1:]))
    store = FeatureStore(None, here.present)
    found = [
        extract_pair(output, reference, (), (extractor_id,), models=models, store=store, batch_frames=size).pairs
        for size in (1, 7, 64)
    ]
    assert len(found[0][extractor_id]) == FRAMES - 1
    for other in found[1:]:
        assert np.array_equal(found[0][extractor_id], other[extractor_id], equal_nan=True)
