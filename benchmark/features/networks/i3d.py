"""Inception-I3D (Carreira and Zisserman 2017), RGB, 400 classes of Kinetics: the network of FVD.

Module names equal the keys of `i3d_pretrained_400.pt`, the conversion that VideoGPT, TATS and cd-fvd read, and batch
norm has their epsilon, 1e-5 (the TensorFlow graph and other conversions have 1e-3). Convolutions and pools pad as
TensorFlow's SAME: just enough for ceil(size / stride) outputs, the odd one behind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.features.networks.folding import for_inference, layout
from benchmark.features.types.extractor import Precision
from feed_dataset.core.weights.loading import fit_state, load_state

CLASSES = 400
WINDOW_FRAMES = 16
INPUT_PX = 224
WEIGHTS_NAME = "i3d-kinetics400"

_BATCH_NORM_EPSILON = 1e-5

Size = tuple[int, int, int]  # time, height, width


def pad_same(x: Tensor, kernel: Size, stride: Size) -> Tensor:
    """Zeros around [B, C, T, H, W] as TensorFlow's SAME puts them."""
    padding: list[int] = []
    for size, k, s in reversed(list(zip(x.shape[2:], kernel, stride, strict=True))):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        padding += [total // 2, total - total // 2]
    return F.pad(x, padding) if any(padding) else x


class Unit3D(nn.Module):
    """Convolution, and batch norm and ReLU except in the classifier."""

    def __init__(
        self, channels: int, out: int, kernel: Size = (1, 1, 1), stride: Size = (1, 1, 1), *, last: bool = False
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv3d = nn.Conv3d(channels, out, kernel, stride, bias=last)
        self.bn = None if last else nn.BatchNorm3d(out, eps=_BATCH_NORM_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv3d(pad_same(x, self.kernel, self.stride))
        return x if self.bn is None else F.relu(self.bn(x), inplace=True)


class MaxPool(nn.Module):
    """Zeros as padding do not show: what is pooled is not negative."""

    def __init__(self, kernel: Size, stride: Size) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool3d(pad_same(x, self.kernel, self.stride), self.kernel, self.stride)


class Mixed(nn.Module):
    """An Inception block: 1x1, two 1x1 then 3x3x3, pool then 1x1."""

    def __init__(self, channels: int, b0: int, b1a: int, b1b: int, b2a: int, b2b: int, b3: int) -> None:
        super().__init__()
        self.b0 = Unit3D(channels, b0)
        self.b1a = Unit3D(channels, b1a)
        self.b1b = Unit3D(b1a, b1b, (3, 3, 3))
        self.b2a = Unit3D(channels, b2a)
        self.b2b = Unit3D(b2a, b2b, (3, 3, 3))
        self.b3a = MaxPool((3, 3, 3), (1, 1, 1))
        self.b3b = Unit3D(channels, b3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))], 1)


class InceptionI3d(nn.Module):
    """Windows of video to Kinetics logits."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = Unit3D(3, 64, (7, 7, 7), (2, 2, 2))
        self.MaxPool3d_2a_3x3 = MaxPool((1, 3, 3), (1, 2, 2))
        self.Conv3d_2b_1x1 = Unit3D(64, 64)
        self.Conv3d_2c_3x3 = Unit3D(64, 192, (3, 3, 3))
        self.MaxPool3d_3a_3x3 = MaxPool((1, 3, 3), (1, 2, 2))
        self.Mixed_3b = Mixed(192, 64, 96, 128, 16, 32, 32)
        self.Mixed_3c = Mixed(256, 128, 128, 192, 32, 96, 64)
        self.MaxPool3d_4a_3x3 = MaxPool((3, 3, 3), (2, 2, 2))
        self.Mixed_4b = Mixed(480, 192, 96, 208, 16, 48, 64)
        self.Mixed_4c = Mixed(512, 160, 112, 224, 24, 64, 64)
        self.Mixed_4d = Mixed(512, 128, 128, 256, 24, 64, 64)
        self.Mixed_4e = Mixed(512, 112, 144, 288, 32, 64, 64)
        self.Mixed_4f = Mixed(528, 256, 160, 320, 32, 128, 128)
        self.MaxPool3d_5a_2x2 = MaxPool((2, 2, 2), (2, 2, 2))
        self.Mixed_5b = Mixed(832, 256, 160, 320, 32, 128, 128)
        self.Mixed_5c = Mixed(832, 384, 192, 384, 48, 128, 128)
        self.logits = Unit3D(1024, CLASSES, last=True)

    def forward(
        self,
        windows: Tensor,  # [B, 3, T, 224, 224] RGB in [-1, 1], T >= 9
    ) -> Tensor:
        """Logits [B, 400], before the softmax, averaged over what remains of time (one step for 16 frames)."""
        x = self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(self.MaxPool3d_2a_3x3(self.Conv3d_1a_7x7(windows))))
        x = self.Mixed_3c(self.Mixed_3b(self.MaxPool3d_3a_3x3(x)))
        x = self.Mixed_4c(self.Mixed_4b(self.MaxPool3d_4a_3x3(x)))
        x = self.Mixed_4f(self.Mixed_4e(self.Mixed_4d(x)))
        x = self.Mixed_5c(self.Mixed_5b(self.MaxPool3d_5a_2x2(x)))
        x = self.logits(F.avg_pool3d(x, (2, 7, 7), stride=1))
        return x.mean(dim=(2, 3, 4))

    @classmethod
    def from_file(cls, path: Path | str) -> InceptionI3d:
        """Load the published state dict. Raises FeedError if keys or shapes are others."""
        network = cls()
        fit_state(network, load_state(path), "I3D on Kinetics-400 (i3d_pretrained_400.pt)")
        return network.eval().requires_grad_(False)


def resize_frames(
    frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
    device: str = "cpu",
) -> Tensor:
    """float32 [B, 3, 224, 224] in [-1, 1]: the whole frame, bilinear with half-pixel centres, no antialiasing."""
    images = torch.from_numpy(np.ascontiguousarray(frames.transpose(0, 3, 1, 2))).to(device).float()
    resized = F.interpolate(images, size=(INPUT_PX, INPUT_PX), mode="bilinear", align_corners=False)
    return 2.0 * resized / 255.0 - 1.0


class I3dFeatures:
    """Windows of 16 prepared frames to logits."""

    def __init__(self, network: nn.Module, *, device: str = "cpu", precision: Precision = "float32") -> None:
        self._network = network.to(device).eval()
        self._device = device
        self._precision = precision

    @classmethod
    def load(
        cls, path: Path | str | None = None, *, device: str = "cpu", precision: Precision = "float32"
    ) -> I3dFeatures:
        """Load from `path`, else the weights registry. Raises WeightsUnavailable, which names the command."""
        if path is None:
            from feed_dataset.core.weights import resolve

            path = resolve(WEIGHTS_NAME)
        return cls(for_inference(InceptionI3d.from_file(path), device), device=device, precision=precision)

    def prepare(self, frames: np.ndarray) -> Tensor:
        """uint8 [B, H, W, 3] to float32 [B, 3, 224, 224]."""
        return resize_frames(frames, self._device)

    @torch.inference_mode()
    def __call__(
        self,
        window: Tensor,  # [16, 3, 224, 224], prepared
    ) -> np.ndarray:
        """Logits float32 [400]."""
        if window.shape != (WINDOW_FRAMES, 3, INPUT_PX, INPUT_PX):
            raise ValueError(
                f"expected a window [{WINDOW_FRAMES}, 3, {INPUT_PX}, {INPUT_PX}] but got {list(window.shape)}"
            )
        kind = torch.device(self._device).type
        with torch.autocast(kind, torch.bfloat16, enabled=self._precision == "bfloat16"):
            clip = window.transpose(0, 1)[None].contiguous(memory_format=layout(5, self._device))
            logits = self._network(clip)
        return logits[0].float().cpu().numpy()
