"""What the networks' products alone cost on this CPU: no float32 pass that convolves directly is faster.

Counted are the Inception three times and AlexNet once per frame: what FID's modes and LPIPS cannot do without. SyncNet,
the face, decoding, resizing, PSNR and SSIM come on top.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

INCEPTION_PASSES = 3
"""Each mode has an input of its own, unless frames are 299 x 299."""
_CHANNELS, _SIDE, _IMAGES, _REPEATS = 256, 32, 4, 12


@dataclass(frozen=True)
class Bound:
    """Products and how fast this CPU makes them.

    Args:
        flop: of one frame, a product and its sum counted as two.
        flop_per_s: of one core, in the fastest of a few convolutions.
    """

    flop: float
    flop_per_s: float

    def seconds(self, frames: int, cores: int) -> float:
        """Of so many frames, shared evenly between so many cores."""
        return frames * self.flop / self.flop_per_s / cores


def bound(side_px: int) -> Bound:
    """Of square frames of one size."""
    return Bound(flop_of_frame(side_px), _best_rate())


def flop_of_frame(side_px: int) -> float:
    """Of all networks that are counted."""
    from benchmark.features.networks.inception import FidInceptionV3
    from benchmark.features.networks.inception_input import INPUT_PX
    from benchmark.features.networks.lpips import BACKBONES

    with torch.device("meta"):
        inception = _flop(FidInceptionV3().eval(), INPUT_PX)
        return INCEPTION_PASSES * inception + _flop(BACKBONES["alex"].build(), side_px)


def _flop(network: nn.Module, side_px: int) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        network(torch.empty(1, 3, side_px, side_px))
    return float(counter.get_total_flops())


@torch.inference_mode()
def _best_rate() -> float:
    """Of a convolution of many channels, by CPU time, which other programs do not lengthen much."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        kernel = torch.rand(_CHANNELS, _CHANNELS, 3, 3).contiguous(memory_format=torch.channels_last)
        images = torch.rand(_IMAGES, _CHANNELS, _SIDE, _SIDE).contiguous(memory_format=torch.channels_last)
        seconds = []
        for _ in range(_REPEATS):
            started = time.process_time()
            F.conv2d(images, kernel, padding=1)
            seconds.append(time.process_time() - started)
    finally:
        torch.set_num_threads(threads)
    return 2.0 * 9 * _CHANNELS**2 * images[:, 0].numel() / min(seconds)
