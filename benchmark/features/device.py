"""Networks on a GPU: what makes them compute what the CPU computes, and what the GPU is called."""

from __future__ import annotations

from benchmark.features.types.extractor import Compute


def prepare(compute: Compute) -> None:
    """Make a GPU compute what the CPU computes: full float32 products (no TF32), and the same ones each time."""
    if compute.device == "cpu":
        return
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


def device_name(compute: Compute) -> str | None:
    """What the GPU is called; None on the CPU."""
    if compute.device == "cpu":
        return None
    import torch

    if not torch.cuda.is_available():
        return "a GPU of another machine"
    return torch.cuda.get_device_name(torch.device(compute.device))
