"""Every extractor by id. Modules are imported when this one is; networks load when an extractor is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from benchmark.features.types.extractor import (
    FACE_NETWORKS,
    LANDMARKS,
    AnyExtractor,
    AudioExtractor,
    Extractor,
    PairExtractor,
)
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.suggestions import unknown

MODULES = (
    "benchmark.features.extractors.identity",
    "benchmark.features.extractors.iris",
    "benchmark.features.extractors.blendshapes",
    "benchmark.features.extractors.landmarks68",
    "benchmark.features.extractors.inception",
    "benchmark.features.extractors.i3d",
    "benchmark.features.extractors.images",
    "benchmark.features.extractors.tongue",
    "benchmark.features.extractors.face_colour",
    "benchmark.features.extractors.face_steps",
    "benchmark.features.extractors.perceptual_steps",
    "benchmark.features.extractors.jod",
    "benchmark.features.extractors.quality",
    "benchmark.features.lip_sync.extractors",
)
"""Each has `EXTRACTORS` and imports no array library but NumPy when it is imported."""


def collect(modules: Iterable[str]) -> dict[str, AnyExtractor]:
    """Extractors of modules by id. Raises ValueError when two share an id."""
    found: dict[str, AnyExtractor] = {}
    for name in modules:
        extractors: tuple[AnyExtractor, ...] = import_module(name).EXTRACTORS
        for one in extractors:
            if one.id in found or one.id == LANDMARKS:
                raise ValueError(f"expected each extractor once but {name} has {one.id!r} again")
            found[one.id] = one
    return found


EXTRACTORS: Mapping[str, AnyExtractor] = collect(MODULES)


def extractor(extractor_id: str) -> AnyExtractor:
    """Look an extractor up. Raises BenchmarkError that names the nearest id."""
    if extractor_id not in EXTRACTORS:
        raise BenchmarkError(unknown("extractor", extractor_id, EXTRACTORS))
    return EXTRACTORS[extractor_id]


def video_extractor(extractor_id: str) -> Extractor:
    """Look up an extractor of one video."""
    one = extractor(extractor_id)
    if not isinstance(one, Extractor):
        raise BenchmarkError(f"expected an extractor of one video but {extractor_id!r} is none")
    return one


def pair_extractor(extractor_id: str) -> PairExtractor:
    """Look up an extractor of output and reference together."""
    one = extractor(extractor_id)
    if not isinstance(one, PairExtractor):
        raise BenchmarkError(f"expected an extractor of pairs of frames but {extractor_id!r} is none")
    return one


def audio_extractor(extractor_id: str) -> AudioExtractor:
    """Look up an extractor of sound."""
    one = extractor(extractor_id)
    if not isinstance(one, AudioExtractor):
        raise BenchmarkError(f"expected an extractor of sound but {extractor_id!r} is none")
    return one


def split_ids(ids: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Ids by what they look at: (one video, two videos, sound); the landmarks belong to one video."""
    video: list[str] = []
    pair: list[str] = []
    sound: list[str] = []
    for extractor_id in dict.fromkeys(ids):
        if extractor_id == LANDMARKS:
            video.append(extractor_id)
            continue
        one = extractor(extractor_id)
        (video if isinstance(one, Extractor) else pair if isinstance(one, PairExtractor) else sound).append(one.id)
    return tuple(video), tuple(pair), tuple(sound)


def networks_of(ids: Iterable[str]) -> tuple[str, ...]:
    """Names in the weights registry of all networks behind some features."""
    names: dict[str, None] = {}
    for extractor_id in ids:
        own = FACE_NETWORKS if extractor_id == LANDMARKS else extractor(extractor_id).networks
        names.update(dict.fromkeys(own))
    return tuple(names)


def packages_of(ids: Iterable[str]) -> tuple[str, ...]:
    """Python packages beyond the base install behind some features, by import name."""
    named = (package for one in ids if one != LANDMARKS for package in extractor(one).packages)
    return tuple(dict.fromkeys(named))


def is_thinned(ids: Iterable[str]) -> bool:
    """Whether any of the features exists for every n-th frame only."""
    found = (extractor(one) for one in ids if one != LANDMARKS)
    return any(isinstance(one, Extractor) and one.thinned for one in found)
