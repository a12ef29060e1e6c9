"""How frames become the input of the FID Inception: one function per reference package.

All three end in float32 [B, 3, 299, 299]; they differ in the resize, and in whether 0 to 255 is mapped to [-1, 1]
(pytorch-fid: x / 127.5 - 1) or to [-1, 0.992] (the TensorFlow graph, torch-fidelity, clean-fid: (x - 128) / 128).
None of them rounds back to uint8 after resizing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

INPUT_PX = 299


def prepare_pytorch_fid(
    frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
    device: str = "cpu",
) -> Tensor:
    """As pytorch-fid 0.3.0: [0, 1], bilinear with half-pixel centres and no antialiasing, then 2 x - 1."""
    images = _channels_last(frames, device).div_(255.0)
    resized = F.interpolate(images, size=(INPUT_PX, INPUT_PX), mode="bilinear", align_corners=False)
    return resized.mul_(2.0).sub_(1.0)


def prepare_clean_fid(
    frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
    device: str = "cpu",
) -> Tensor:
    """As clean-fid 0.1.35 "clean": Pillow's bicubic (antialiased) on each channel in float32, clipped to 0 .. 255."""
    from PIL import Image

    resized = np.empty((len(frames), 3, INPUT_PX, INPUT_PX), dtype=np.float32)
    for index, frame in enumerate(frames):
        for channel in range(3):
            plane = Image.fromarray(np.ascontiguousarray(frame[:, :, channel], dtype=np.float32))  # mode "F"
            resized[index, channel] = np.asarray(plane.resize((INPUT_PX, INPUT_PX), Image.Resampling.BICUBIC))
    return (torch.from_numpy(resized.clip(0.0, 255.0)).to(device) - 128.0) / 128.0


def prepare_torch_fidelity(
    frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
    device: str = "cpu",
) -> Tensor:
    """As torch-fidelity 0.4.0 and the 2015 graph: bilinear with corner-aligned pixels (TensorFlow 1), no antialiasing.

    Output pixel i reads the input at i * in / out, columns first; the last half pixel repeats the edge.
    """
    images = _channels_last(frames, device).permute(0, 2, 3, 1)  # [B, H, W, 3]
    left, right, x = _taps(images.shape[2], device)
    near = images.index_select(2, left)
    rows = images.index_select(2, right).sub_(near).mul_(x[:, None]).add_(near)
    top, bottom, y = _taps(images.shape[1], device)
    upper = rows.index_select(1, top)
    resized = rows.index_select(1, bottom).sub_(upper).mul_(y[:, None, None]).add_(upper)
    return resized.sub_(128.0).div_(128.0).permute(0, 3, 1, 2)


PREPARE: Mapping[str, Callable[[np.ndarray, str], Tensor]] = MappingProxyType(
    {
        "pytorch-fid": prepare_pytorch_fid,
        "clean-fid": prepare_clean_fid,
        "torch-fidelity": prepare_torch_fidelity,
    }
)
"""By the name in the metric's brackets."""


def input_of(mode: str, height_px: int, width_px: int) -> str:
    """The mode whose input frames of this size become, bit for bit: another's where the two give the same.

    At 299 x 299 nothing is resized, and clean-fid and torch-fidelity have one range. pytorch-fid has another one, so
    its input is never theirs.
    """
    is_resized = (height_px, width_px) != (INPUT_PX, INPUT_PX)
    return "clean-fid" if mode == "torch-fidelity" and not is_resized else mode


def _channels_last(frames: np.ndarray, device: str) -> Tensor:
    """float32 [B, 3, H, W], 0 .. 255, in the frames' own order of memory, which the resizes read fastest."""
    writeable = np.require(frames, requirements=("C", "W"))  # PyTorch warns of arrays that are not
    return torch.from_numpy(writeable).to(device).permute(0, 3, 1, 2).float()


def _taps(size_px: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Two neighbours and the weight of the second for each of 299 outputs; float32 as in TensorFlow's kernel."""
    position = torch.arange(INPUT_PX, dtype=torch.float32, device=device) * torch.tensor(
        size_px / INPUT_PX, dtype=torch.float32, device=device
    )
    low = position.long()
    return low, (low + 1).clamp_max(size_px - 1), position - low.float()
