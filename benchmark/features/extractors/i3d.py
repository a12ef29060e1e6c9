"""Kinetics logits of consecutive windows of 16 frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.types.extractor import Batch, ClipInfo, Compute, Extractor, OpenSession, Session

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.features.networks.i3d import I3dFeatures


class WindowSession:
    """Frames 0 to 15, 16 to 31, ...; what is left at the end, fewer than 16 frames, is not described."""

    def __init__(self, describe: I3dFeatures) -> None:
        self._describe = describe
        self._waiting: list[Tensor] = []  # prepared frames [3, 224, 224]
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        import torch

        from benchmark.features.networks.i3d import WINDOW_FRAMES

        for frame in batch.frames:  # one by one: the same values whatever the batch
            self._waiting.append(self._describe.prepare(frame[None])[0])
            if len(self._waiting) == WINDOW_FRAMES:
                self._rows.append(self._describe(torch.stack(self._waiting)))
                self._waiting = []

    def finish(self) -> np.ndarray:
        """float32 [windows, 400]; no rows for a clip of fewer than 16 frames."""
        from benchmark.features.networks.i3d import CLASSES

        return np.stack(self._rows) if self._rows else np.empty((0, CLASSES), dtype=np.float32)


def _load(compute: Compute) -> OpenSession:
    from benchmark.features.networks.i3d import I3dFeatures

    describe = I3dFeatures.load(device=compute.device, precision=compute.precision)

    def open_session(info: ClipInfo) -> Session:
        return WindowSession(describe)

    return open_session


I3D = Extractor(
    id="i3d",
    networks=("i3d-kinetics400",),
    preprocessing="windows-16-stride-16-bilinear-224-1",
    load=_load,
    rows="window",
)

EXTRACTORS = (I3D,)
