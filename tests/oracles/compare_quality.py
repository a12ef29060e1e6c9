"""Random weights of pyiqa's networks in the published formats, and the package's own answers with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np


def as_published(name: str, path: Path, seed: int = 0) -> Callable[[np.ndarray], list[float]]:
    """Write random weights to `path`; what the package says of frames uint8 [T, H, W, 3] with them."""
    import torch
    from pyiqa.archs import clipiqa_arch, topiq_arch
    from pyiqa.models.inference_model import InferenceModel

    torch.manual_seed(seed)
    if name == "clipiqa":
        save_random_clip(path)
        loaded = clipiqa_arch.load
        with patch.object(clipiqa_arch, "load", lambda backbone, device: loaded(str(path), device)):
            return _answers(InferenceModel(name, device="cpu"))
    options: dict[str, Any] = {"pretrained": False}
    if name == "topiq_nr":
        options["backbone_pretrain"] = False
    created = topiq_arch.create_swin
    without = patch.object(
        topiq_arch, "create_swin", lambda swin, pretrained, **more: created(swin, pretrained=False, **more)
    )
    with without:
        model = InferenceModel(name, device="cpu", **options)
    with torch.no_grad():
        for value in model.net.state_dict().values():
            if value.is_floating_point() and value.ndim == 1:
                value += 0.05 * torch.rand_like(value)  # a tensor that was left out would be seen
    state = model.net.state_dict()
    torch.save(state if name == "musiq" else {"params": state}, path)
    return _answers(model)


def save_random_clip(path: Path, *, full: bool = False) -> None:
    """A CLIP ResNet as OpenAI publishes them: TorchScript, from whose shapes the package builds the network.

    Args:
        full: of the size of RN50; else a small one.
    """
    import torch
    from pyiqa.archs.clip_model import CLIP
    from torch import nn

    class Part(nn.Module):
        """Holds tensors by name."""

    size: tuple[Any, ...] = (1024, 224, (3, 4, 6, 3), 64) if full else (64, 64, (1, 1, 1, 1), 16)
    text = (512, 8, 12) if full else (64, 1, 1)
    state = CLIP(*size, None, 77, 49408, *text).state_dict()
    numbers = {"input_resolution": size[1], "context_length": 77, "vocab_size": 49408}
    root = Part()
    for name, value in {**state, **{key: torch.tensor(number) for key, number in numbers.items()}}.items():
        *way, last = name.split(".")
        part: nn.Module = root
        for step in way:
            if not hasattr(part, step):
                part.add_module(step, Part())
            part = getattr(part, step)
        part.register_buffer(last, value)
    torch.jit.script(root).save(str(path))


def _answers(model: Any) -> Callable[[np.ndarray], list[float]]:
    import torch

    def ask(frames: np.ndarray) -> list[float]:
        return [float(model(torch.from_numpy(one).permute(2, 0, 1)[None].float() / 255)) for one in frames]

    return ask
