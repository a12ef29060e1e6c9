"""LPIPS between each frame and the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.extractors.images import LPIPS_ALEX
from benchmark.features.types.extractor import Batch, Chunks, Compute, Extractor, OpenSession

if TYPE_CHECKING:
    from benchmark.features.networks.lpips import FrameDistance

LPIPS_STEPS = "lpips-steps[alex]"
_CHUNK_FRAMES = 4


class PerceptualSteps:
    """A session; chunks have a fixed length, whatever the batches of the pass were."""

    def __init__(self, distance: FrameDistance) -> None:
        self._distance = distance
        self._chunks = Chunks(_CHUNK_FRAMES)
        self._before: np.ndarray | None = None
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        for (frames,) in self._chunks.push(batch.frames):
            self._take(frames)

    def finish(self) -> np.ndarray:
        for (frames,) in self._chunks.rest():
            self._take(frames)
        return np.concatenate(self._rows)[:, None]

    def _take(self, frames: np.ndarray) -> None:
        if self._before is None:
            self._rows.append(np.full(1, np.nan, np.float32))
        else:
            frames = np.concatenate([self._before, frames])
        if len(frames) > 1:
            self._rows.append(self._distance.between_neighbours(frames))
        self._before = frames[-1:]


def _load(compute: Compute) -> OpenSession:
    import torch

    from benchmark.features.networks.lpips import FrameDistance

    distance = FrameDistance.load("alex", device=compute.device, dtype=getattr(torch, compute.precision))
    return lambda info: PerceptualSteps(distance)


EXTRACTORS = (Extractor(LPIPS_STEPS, LPIPS_ALEX.networks, "rgb-native-0.1-1", _load),)  # float32 [T, 1]
