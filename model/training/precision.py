"""Training with the heavy networks in bfloat16."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from model.networks.errors import ModelError

if TYPE_CHECKING:
    from model.networks.emoportraits import EMOPortraits

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
HEAVY = ("local_encoder", "source_warp", "driver_warp", "volume_blocks", "unet", "decoder")
"""Networks that compute in bfloat16: those that `EMOPortraits.to_inference` casts."""


def check_precision(precision: Precision, device: torch.device) -> None:
    """Raises ModelError for bfloat16 on anything but a GPU."""
    if precision == "bfloat16" and device.type != "cuda":
        raise ModelError(
            f"expected precision float32 on {device.type} but got bfloat16, in which PyTorch's CPU build leaves weight"
            " gradients of small 3-D convolutions unwritten (docs/outside.md); train on a GPU with --device cuda"
        )


def compute_heavy_in_bfloat16(model: EMOPortraits, device_type: str) -> None:
    """In place, by autocast. Weights, gradients, moments, poses, z, grids, sampling and losses stay float32.

    Args:
        model: to be trained.
        device_type: "cuda"; a test may run the forward pass on "cpu".
    """
    for name in HEAVY:
        network = getattr(model, name)
        network.forward = _in_bfloat16(network.forward, device_type)


def _in_bfloat16(forward: Callable[..., Tensor], device_type: str) -> Callable[..., Tensor]:
    @wraps(forward)
    def cast(*inputs: Tensor) -> Tensor:
        with torch.autocast(device_type, torch.bfloat16):
            return forward(*inputs).float()

    return cast
