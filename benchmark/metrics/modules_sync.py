"""Lip sync as `torchmetrics.Metric` classes: one clip per update, the mean over clips in the end."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from benchmark.features.lip_sync.distances import VSHIFT, SyncResult, summarise_sync, sync_distances


class _LipSync(Metric):
    """Mean over clips of a number that follows from SyncNet's distances.

    `update` raises ValueError for a clip that is too short for the search.
    """

    full_state_update = False
    _value: Callable[[SyncResult], float]
    total: Tensor
    clips: Tensor

    def __init__(self, *, vshift: int = VSHIFT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._vshift = vshift
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("clips", torch.tensor(0), dist_reduce_fx="sum")
        self.set_dtype(torch.float64)

    def update(
        self,
        lip: Tensor,  # [Tv, D] of `SyncNetFeatures.lip`, NaN rows where there is no face
        sound: Tensor,  # [Ta, D] of `SyncNetFeatures.sound`
    ) -> None:
        lip_rows, sound_rows = (part.detach().cpu().double().numpy() for part in (lip, sound))
        result = summarise_sync(sync_distances(lip_rows, sound_rows, self._vshift))
        self.total += self._value(result)
        self.clips += 1

    def compute(self) -> Tensor:
        if int(self.clips) == 0:
            raise ValueError(f"expected at least one clip but {type(self).__name__} saw none")
        return self.total / self.clips


class SyncConfidence(_LipSync):
    """`syncnet_confidence` (LSE-C)."""

    higher_is_better = True

    _value = staticmethod(operator.attrgetter("confidence"))


class SyncDistance(_LipSync):
    """`syncnet_distance` (LSE-D)."""

    higher_is_better = False

    _value = staticmethod(operator.attrgetter("distance"))


class SyncOffset(_LipSync):
    """`syncnet_offset` in frames of 40 ms."""

    _value = staticmethod(operator.attrgetter("offset_frames"))
