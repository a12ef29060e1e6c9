"""Features of rendered clips, from the real networks, kept beside the pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.extractors.catalog import extractor
from benchmark.features.types.case import FaceFeatures
from benchmark.features.types.extractor import Batch, ClipInfo, Compute, Extractor
from feed_dataset.core.jobs.array_store import frames_sha256, key_of, load_arrays, save_arrays
from feed_dataset.core.jobs.errors import WeightsUnavailable
from scripts.validation.material import SIZE_PX

FEATURES = ("mesh478", "blendshapes", "tongue")


def available_features() -> tuple[str, ...]:
    """Those of FEATURES whose networks are here."""
    from feed_dataset.core.weights import resolve

    found = []
    for name in FEATURES:
        try:
            for network in extractor(name).networks:
                resolve(network)
        except WeightsUnavailable:
            continue
        found.append(name)
    return tuple(found)


def detect(
    frames: np.ndarray,  # uint8 [T, H, W, 3]
    features: tuple[str, ...],
    folder: Path | None = None,
) -> FaceFeatures:
    """Landmarks and the named features of a video; read from `folder` if they are there."""
    if folder is None:
        return _detect(frames, features)
    described = [(name, extractor(name).preprocessing) for name in features]
    path = folder / "features" / f"{key_of(frames_sha256(frames), described)[:32]}.safetensors"
    loaded = load_arrays(path)
    if loaded is None:
        found = _detect(frames, features)
        arrays = {"mesh468": found.landmarks_px, **found.arrays}
        save_arrays(path, arrays, {"reasons": list(found.reasons)})
        return found
    arrays, metadata = loaded
    return FaceFeatures(arrays.pop("mesh468"), tuple(metadata["reasons"]), arrays)


def _detect(frames: np.ndarray, features: tuple[str, ...]) -> FaceFeatures:
    from feed_dataset.core.faces import FaceNetworks, track_faces

    track = track_faces(frames, networks=FaceNetworks.load())
    info = ClipInfo(Fraction(25), SIZE_PX, SIZE_PX)
    arrays = {}
    for name in features:
        one = extractor(name)
        if not isinstance(one, Extractor):
            raise ValueError(f"expected an extractor of videos but {name!r} is none")
        session = one.load(Compute())(info)
        session.push(Batch(frames, track.landmarks_px, 0))
        arrays[name] = session.finish()
    return FaceFeatures(track.landmarks_px, track.reasons, arrays)
