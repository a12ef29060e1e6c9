"""Intensity, asymmetry, winks and tongue as `torchmetrics.Metric` classes.

Their states are sums that merge exactly. Each update takes one clip: the raw features of output and driver from the
same extractor, the first frames at rest. `compute` pools all clips and raises where there is nothing to score.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

from benchmark.metrics import tongue, winks
from benchmark.metrics.episodes import Agreement, agreement
from benchmark.metrics.readings import READINGS, Reading


class _Sums(Metric):
    """Named float64 sums."""

    full_state_update = False
    higher_is_better: bool | None = True
    sums: Tensor

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("sums", torch.zeros(count, dtype=torch.float64), dist_reduce_fx="sum")
        self.set_dtype(torch.float64)

    def _add(self, *values: float) -> None:
        self.sums += torch.tensor(values, dtype=torch.float64, device=self.sums.device)

    def _nothing(self) -> ValueError:
        return ValueError(f"expected something to score but {type(self).__name__} saw none")


class Intensity(_Sums):
    """`intensity[...]` pooled over clips: 1 as far as the driver."""

    higher_is_better = None

    def __init__(self, network: str = "mesh478", **kwargs: Any) -> None:
        super().__init__(2, **kwargs)
        self._reading = _reading(network)

    def update(
        self,
        output: Tensor,  # [T, ...] raw feature of the network: [T, 478, 3], [T, 52] or [T, 468, 3]
        driver: Tensor,  # [T, ...]
    ) -> None:
        out, drv = _moved(self._reading.shape, output), _moved(self._reading.shape, driver)
        self._add(float((out * drv).sum()), float((drv**2).sum()))

    def compute(self) -> Tensor:
        if float(self.sums[1]) == 0.0:
            raise self._nothing()
        return self.sums[0] / self.sums[1]


class Asymmetry(_Sums):
    """`asymmetry[...]` pooled over clips: 1 as the driver, 0 even, -1 mirrored."""

    def __init__(self, network: str = "mesh478", **kwargs: Any) -> None:
        super().__init__(2, **kwargs)
        sides = _reading(network).sides
        if sides is None:
            raise ValueError(f"expected a network that tells left from right but {network} does not")
        self._sides = sides

    def update(
        self,
        output: Tensor,  # [T, 478, 3] or [T, 52]
        driver: Tensor,  # [T, ...]
    ) -> None:
        out, drv = _moved(self._sides, output), _moved(self._sides, driver)
        self._add(2.0 * float((out * drv).sum()), float((out**2).sum() + (drv**2).sum()))

    def compute(self) -> Tensor:
        if float(self.sums[1]) == 0.0:
            raise self._nothing()
        return self.sums[0] / self.sums[1]


class _EpisodeF1(_Sums):
    """F1 of the frames of all clips."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(4, **kwargs)

    def _count(self, output: np.ndarray, driver: np.ndarray, tolerance_frames: int) -> None:
        found = agreement(output, driver, tolerance_frames)
        self._add(found.output_frames, found.output_right, found.driver_frames, found.driver_met)

    def compute(self) -> Tensor:
        if float(self.sums[2]) == 0.0:
            raise self._nothing()
        return torch.tensor(Agreement(*(int(n) for n in self.sums.tolist())).f1, dtype=torch.float64)


class WinkF1(_EpisodeF1):
    """`wink_f1[blendshapes52]` pooled over clips."""

    def update(
        self,
        output: Tensor,  # [T, 52]
        driver: Tensor,  # [T, 52]
    ) -> None:
        states = [winks.wink_states(_moved(winks.closure_difference, one)[:, 0]) for one in (output, driver)]
        self._count(states[0], states[1], winks.TOLERANCE_FRAMES)


class TongueF1(_EpisodeF1):
    """`tongue_f1[mesh468]` pooled over clips."""

    def update(
        self,
        output: Tensor,  # [T, 2] areas of the extractor "tongue"
        driver: Tensor,  # [T, 2]
    ) -> None:
        states = [tongue.tongue_out(_moved(tongue.lit_area, one)[:, 0]).astype(np.int64) for one in (output, driver)]
        self._count(states[0], states[1], tongue.TOLERANCE_FRAMES)


class TongueTransfer(_Sums):
    """`tongue_transfer[mesh468]` pooled over clips in which the driver puts the tongue out; others are passed over."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(2, **kwargs)

    def update(
        self,
        output: Tensor,  # [T, 2] areas of the extractor "tongue"
        driver: Tensor,  # [T, 2]
    ) -> None:
        out, drv = (_moved(tongue.lit_area, one) for one in (output, driver))
        if tongue.tongue_out(drv[:, 0]).any():
            out, drv = np.maximum(out, 0.0), np.maximum(drv, 0.0)
            self._add(float(np.abs(out - drv).sum()), float(drv.sum()))

    def compute(self) -> Tensor:
        if float(self.sums[1]) == 0.0:
            raise self._nothing()
        return 1.0 - self.sums[0] / self.sums[1]


def _reading(network: str) -> Reading:
    known = {reading.network: reading for reading in READINGS}
    if network not in known:
        raise ValueError(f"expected a network among {', '.join(known)} but got {network!r}")
    return known[network]


def _moved(part: Callable[[np.ndarray], np.ndarray], raw: Tensor) -> np.ndarray:
    """Numbers relative to the clip's first frame, float64 [T, k]. Raises ValueError for values that are not finite."""
    described = np.asarray(part(raw.detach().cpu().numpy()), np.float64)
    if not np.isfinite(described).all():
        raise ValueError("expected finite features but got NaN or infinity; leave frames without a face out")
    moved: np.ndarray = described - described[0]
    return moved
