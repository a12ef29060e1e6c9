"""How far a frame is from the one that it should be: pixels, structure, and what a network sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.types.extractor import ComparePair, Compute, PairExtractor

if TYPE_CHECKING:
    from benchmark.features.networks.lpips import Kind


def _each(name: str) -> Callable[[Compute], ComparePair]:
    """Loads the function `name` of two single frames, applied to each pair of a chunk. On the CPU, in float32 up."""

    def load(compute: Compute) -> ComparePair:
        from benchmark.features.extractors import pixels

        function: Callable[[np.ndarray, np.ndarray], float] = getattr(pixels, name)

        def compare(output: np.ndarray, reference: np.ndarray) -> np.ndarray:
            return np.array([function(a, b) for a, b in zip(output, reference, strict=True)], np.float32)

        return compare

    return load


def _lpips(kind: Kind, network: str) -> PairExtractor:
    def load(compute: Compute) -> ComparePair:
        import torch

        from benchmark.features.networks.lpips import FrameDistance

        return FrameDistance.load(kind, device=compute.device, dtype=getattr(torch, compute.precision))

    return PairExtractor(f"lpips[{kind}]", (network, f"lpips-{kind}-heads"), "rgb-native-0.1-1", load)


PSNR = PairExtractor("psnr", (), "rgb-cap100-1", _each("frame_psnr_db"))
SSIM = PairExtractor("ssim", (), "rgb-gauss11-2", _each("frame_ssim"))
L1 = PairExtractor("l1", (), "rgb-1", _each("frame_l1"))
LPIPS_ALEX = _lpips("alex", "alexnet")
LPIPS_VGG = _lpips("vgg", "vgg16")
LPIPS_SQUEEZE = _lpips("squeeze", "squeezenet1_1")

EXTRACTORS = (PSNR, SSIM, L1, LPIPS_ALEX, LPIPS_VGG, LPIPS_SQUEEZE)
