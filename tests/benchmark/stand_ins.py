"""Every network of the metrics replaced by a function of the pixels, with the shapes that the real one gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmark.features.extractors import catalog
from benchmark.features.models import ModelCache, ModelFactories
from benchmark.features.types.extractor import AudioExtractor, Compute, Extractor, PairExtractor, PerFrame
from benchmark.metrics import CARDS
from tests.benchmark import harness

SHAPES: dict[str, tuple[int, ...]] = {
    "dlib": (128,),
    "arcface": (512,),
    "vggface2": (256,),
    "landmarks68": (68, 3),
    "mesh478": (478, 3),
    "blendshapes": (52,),
    "iris": (2, 76, 3),
    "tongue": (4,),
    "face-colour": (3,),
    "face-steps": (2,),
    "lpips-steps[alex]": (1,),
    "topiq[koniq]": (1,),
    "topiq[face]": (1,),
    "topiq[aesthetic]": (1,),
    "musiq[koniq]": (1,),
    "musiq[mouth]": (1,),
    "clip-iqa[rn50]": (1,),
    "inception[pytorch-fid]": (2048,),
    "inception[clean-fid]": (2048,),
    "inception[torch-fidelity]": (2048,),
}
"""Of one row; extractors of windows and of sound are not here: their tests have material of their own."""

VIDEO = tuple(name for name in SHAPES if name in catalog.EXTRACTORS)
PAIR = tuple(one.id for one in catalog.EXTRACTORS.values() if isinstance(one, PairExtractor))
NETWORKS = {name: "a" * 64 for metric in CARDS.values() for name in metric.networks}


def without_shape() -> set[str]:
    """Extractors of single frames that the table lacks."""
    video = (one for one in catalog.EXTRACTORS.values() if isinstance(one, Extractor) and one.rows == "frame")
    return {one.id for one in video} - SHAPES.keys()


def extractor(extractor_id: str, compute: Compute) -> Any:
    one = catalog.extractor(extractor_id)
    if isinstance(one, AudioExtractor) or (isinstance(one, PairExtractor) and not (one.networks or one.packages)):
        return one.load(compute)
    if isinstance(one, PairExtractor):
        return _Difference()
    shape, needs_face = SHAPES[extractor_id], "face-mesh" in one.networks

    def describe(frames: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
        rows = np.stack([_row(frame, shape) for frame in frames])
        if shape[-1] == 3:
            count = min(468, shape[0])
            rows = rows + frames.shape[1] / 2
            if len(shape) == 2:
                rows[:, :count] = landmarks_px[:, :count]
        if needs_face:
            rows[~np.isfinite(landmarks_px).all(axis=(1, 2))] = np.nan
        return rows

    return lambda info: PerFrame(describe)


class _Difference:
    """Of two frames, whatever came before them."""

    def __call__(self, output: np.ndarray, reference: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(output.astype(np.float32) - reference).mean(axis=(1, 2, 3)))

    def begin(self, fps: float, *, is_image: bool) -> _Difference:
        return self


def _row(frame: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers in [0, 1) that change with the picture's brightness."""
    phase = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)
    return (0.5 + 0.45 * np.sin(phase + frame.mean() / 20)).astype(np.float32)


def models() -> ModelCache:
    return ModelCache(ModelFactories(lambda: harness.Follower, extractor))
