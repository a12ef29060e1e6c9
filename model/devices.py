"""The device that somebody named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def device_named(name: str) -> torch.device:
    """Raises ModelError for no name of a device, and for a GPU where there is none."""
    import torch

    from model.networks.errors import ModelError

    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ModelError(f"expected a device such as cpu or cuda:0 but got {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ModelError("expected a GPU for --device cuda but PyTorch sees none; use --device cpu")
    return device
