"""Models of shapes alone, built under `torch.device("meta")` to check a checkpoint before anything is allocated."""

from __future__ import annotations

import torch


def builds_without_numbers() -> bool:
    """Whether new tensors have no numbers now.

    What only computes or draws numbers is left out then: on such tensors arithmetic, `torch.eye` and normal numbers
    import PyTorch's compiler or its symbols, for seconds.
    """
    return torch.empty(0).is_meta
