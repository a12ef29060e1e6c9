"""PSNR, SSIM, L1 and LPIPS as `torchmetrics.Metric` classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

from benchmark.features.extractors import pixels
from benchmark.features.networks.lpips import Kind, Lpips


class _MeanOfFrames(Metric):
    """Mean of one number per pair of frames; sums merge over workers. `compute` raises where there was no frame."""

    full_state_update = False
    total: Tensor
    frames: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("frames", torch.tensor(0, dtype=torch.int64), dist_reduce_fx="sum")
        self.set_dtype(torch.float64)

    def _add(self, values: np.ndarray) -> None:
        if not np.isfinite(values).all():
            raise ValueError(
                f"expected a number for every frame but {type(self).__name__} got NaN: are they too small?"
            )
        self.total += float(values.sum())
        self.frames += len(values)

    def compute(self) -> Tensor:
        if int(self.frames) == 0:
            raise ValueError(f"expected something to score but {type(self).__name__} saw none")
        return self.total / self.frames


class _OfBytes(_MeanOfFrames):
    _of_pair: Callable[[np.ndarray, np.ndarray], float]

    def update(
        self,
        output: Tensor,  # uint8 [B, 3, H, W] RGB
        reference: Tensor,  # uint8 [B, 3, H, W]
    ) -> None:
        a, b = _frames(output), _frames(reference)
        if a.shape != b.shape:
            raise ValueError(f"expected frames of one shape but got {list(output.shape)} and {list(reference.shape)}")
        of_pair = type(self)._of_pair
        self._add(np.array([of_pair(x, y) for x, y in zip(a, b, strict=True)]))


class Psnr(_OfBytes):
    """`psnr`: mean over frames of the PSNR in dB, at most 100."""

    higher_is_better = True
    _of_pair = staticmethod(pixels.frame_psnr_db)


class Ssim(_OfBytes):
    """`ssim`: mean over frames; Gaussian window 11, sigma 1.5, RGB, windows inside the frame."""

    higher_is_better = True
    _of_pair = staticmethod(pixels.frame_ssim)


class L1(_OfBytes):
    """`l1`: mean absolute difference in grey levels, 0 to 255."""

    higher_is_better = False
    _of_pair = staticmethod(pixels.frame_l1)


class LpipsDistance(_MeanOfFrames):
    """`lpips[alex]`, `lpips[vgg]` or `lpips[squeeze]`, on whatever device the frames are."""

    higher_is_better = False

    def __init__(self, kind: Kind = "alex", network: Lpips | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._network = network or _published(kind)

    def update(
        self,
        output: Tensor,  # uint8 [B, 3, H, W] RGB
        reference: Tensor,  # uint8 [B, 3, H, W]
    ) -> None:
        if output.dtype != torch.uint8 or reference.dtype != torch.uint8:
            raise ValueError(f"expected frames of uint8 but got {output.dtype} and {reference.dtype}")
        network = self._network.to(output.device)
        with torch.inference_mode():
            values = network(output.float() / 127.5 - 1.0, reference.float() / 127.5 - 1.0)
        self._add(values.double().cpu().numpy())


def _published(kind: Kind) -> Lpips:
    from benchmark.features.networks.lpips import BACKBONES
    from feed_dataset.core.weights import resolve

    files = BACKBONES[kind]
    return Lpips.from_files(kind, resolve(files.network), resolve(files.heads))


def _frames(images: Tensor) -> np.ndarray:
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(f"expected frames uint8 [B, 3, H, W] but got {images.dtype} {list(images.shape)}")
    return images.detach().permute(0, 2, 3, 1).cpu().numpy()
