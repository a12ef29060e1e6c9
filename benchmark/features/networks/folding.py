"""Networks for inference: batch norm folded into the convolution before it.

Inference-time batch norm is a scale and a shift per channel, so the convolution's weights can have them already. On a
CPU tensors lie channels last. What the network says moves by float32's rounding (less than 1e-6 of the Inception's
features).
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)
_Convolution = nn.Conv2d | nn.Conv3d
_BatchNorm = nn.BatchNorm2d | nn.BatchNorm3d


def for_inference(network: Network, device: str = "cpu") -> Network:
    """A copy in evaluation mode with batch norms folded; on a CPU, give it inputs that lie channels last.

    A batch norm is folded where a module has it as `bn` behind its only convolution, or as `NAME_bn` behind `NAME`.
    """
    folded = copy.deepcopy(network).eval().requires_grad_(False)
    for module in list(folded.modules()):
        for name, norm in list(module.named_children()):
            if isinstance(norm, _BatchNorm) and (name == "bn" or name.endswith("_bn")):
                _fold(_before(module, name), norm)
                setattr(module, name, nn.Identity())
    folded.to(device)
    for parameter in folded.parameters():
        parameter.data = parameter.data.contiguous(memory_format=layout(parameter.ndim, device))
    return folded


def layout(dims: int, device: str) -> torch.memory_format:
    """How tensors of so many dimensions should lie in memory."""
    if torch.device(device).type != "cpu":  # float32 kernels of GPUs want planes
        return torch.contiguous_format
    return {4: torch.channels_last, 5: torch.channels_last_3d}.get(dims, torch.contiguous_format)


def _before(module: nn.Module, norm_name: str) -> _Convolution:
    children = module.children() if norm_name == "bn" else [module.get_submodule(norm_name.removesuffix("_bn"))]
    (convolution,) = (child for child in children if isinstance(child, _Convolution))
    return convolution


def _fold(convolution: _Convolution, norm: _BatchNorm) -> None:
    """w' = g w, b' = g (b - mean) + shift with g = gain / sqrt(variance + epsilon), in float64."""
    assert norm.running_mean is not None and norm.running_var is not None  # batch norms here track
    gain = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = torch.zeros_like(gain) if convolution.bias is None else convolution.bias.double()
    weight = convolution.weight.double() * gain.reshape(-1, *[1] * (convolution.weight.ndim - 1))
    shifted = (bias - norm.running_mean.double()) * gain + norm.bias.double()
    convolution.weight = nn.Parameter(weight.to(convolution.weight.dtype), requires_grad=False)
    convolution.bias = nn.Parameter(shifted.to(convolution.weight.dtype), requires_grad=False)
