"""A convolution and its ReLU in one operation of oneDNN, which PyTorch's x86 CPU builds have.

It adds bias and ReLU while results are in registers; two calls write and read them again. PyTorch's own convolution
also leaves oneDNN for 1 x 1 kernels where it has one thread and fewer than 16 images: half as fast on AMD's AVX-512.
"""

from __future__ import annotations

import platform
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolution_relu(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """ReLU of a convolution [B, C, H, W], float32 or bfloat16."""
    if not _is_one_operation(x):
        return F.relu_(convolution(x))
    fused: Tensor = torch.ops.mkldnn._convolution_pointwise(
        x,
        convolution.weight,
        convolution.bias,
        convolution.padding,
        convolution.stride,
        convolution.dilation,
        convolution.groups,
        "relu",
        [],
        "",
    )
    return fused


def _is_one_operation(x: Tensor) -> bool:
    """Whether oneDNN computes it: no derivatives, no autocast."""
    if x.device.type != "cpu" or torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
        return False
    return x.dtype in _fused_types()


@cache
def _fused_types() -> frozenset[torch.dtype]:
    if platform.machine() not in ("x86_64", "AMD64") or not hasattr(torch.ops.mkldnn, "_convolution_pointwise"):
        return frozenset()
    has_bfloat16 = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return frozenset((torch.float32, torch.bfloat16) if has_bfloat16 else (torch.float32,))
