"""The Inception-v3 of FID: the 2015-12-05 TensorFlow graph as pytorch-fid converted it (Seitzer 2020).

clean-fid's TorchScript file and torch-fidelity's state dict hold the same graph and weights; the packages' features
differ by what they feed it (`inception_input`).
It differs from torchvision's Inception-v3 in three ways that change the numbers: average pooling does not
count the zero padding, the last block pools by maximum, and the classifier has 1008 outputs. Module names
equal the keys of `pt_inception-2015-12-05-6726825d.pth`.
"""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.features.networks.folding import for_inference, layout
from benchmark.features.networks.fused import convolution_relu
from benchmark.features.networks.inception_input import PREPARE, input_of
from benchmark.features.types.extractor import Precision
from feed_dataset.core.weights.loading import fit_state, load_state

FEATURES = 2048
WEIGHTS_NAME = "fid-inception"
_RECENT_PASSES = 16
_STEM_IMAGES = 4
"""At a time through the first layers on a CPU, whose caches then hold what they make."""


class BasicConv2d(nn.Module):
    """Convolution without bias, batch norm (eps 0.001), ReLU."""

    def __init__(self, in_channels: int, out_channels: int, **kwargs: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **kwargs)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        if isinstance(self.bn, nn.Identity):  # folded
            return convolution_relu(self.conv, x)
        return F.relu(self.bn(self.conv(x)), inplace=True)

    def of_average(self, x: Tensor) -> Tensor:
        """Of 3 x 3 averages of the input, for a 1 x 1 kernel: averaged after it, where there are fewer channels."""
        return F.relu(_average_pool(self.bn(self.conv(x))), inplace=True)


def _average_pool(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class InceptionA(nn.Module):
    """35 x 35 block."""

    def __init__(self, in_channels: int, pool_features: int) -> None:
        super().__init__()
        self.branch1x1 = BasicConv2d(in_channels, 64, kernel_size=1)
        self.branch5x5_1 = BasicConv2d(in_channels, 48, kernel_size=1)
        self.branch5x5_2 = BasicConv2d(48, 64, kernel_size=5, padding=2)
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 64, kernel_size=1)
        self.branch3x3dbl_2 = BasicConv2d(64, 96, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = BasicConv2d(96, 96, kernel_size=3, padding=1)
        self.branch_pool = BasicConv2d(in_channels, pool_features, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        b5 = self.branch5x5_2(self.branch5x5_1(x))
        b3 = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), b5, b3, self.branch_pool.of_average(x)], 1)


class InceptionB(nn.Module):
    """35 x 35 to 17 x 17."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3 = BasicConv2d(in_channels, 384, kernel_size=3, stride=2)
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 64, kernel_size=1)
        self.branch3x3dbl_2 = BasicConv2d(64, 96, kernel_size=3, padding=1)
        self.branch3x3dbl_3 = BasicConv2d(96, 96, kernel_size=3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        b3 = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), b3, F.max_pool2d(x, 3, stride=2)], 1)


class InceptionC(nn.Module):
    """17 x 17 block with 7 x 1 and 1 x 7 convolutions."""

    def __init__(self, in_channels: int, channels_7x7: int) -> None:
        super().__init__()
        c7 = channels_7x7
        self.branch1x1 = BasicConv2d(in_channels, 192, kernel_size=1)
        self.branch7x7_1 = BasicConv2d(in_channels, c7, kernel_size=1)
        self.branch7x7_2 = BasicConv2d(c7, c7, kernel_size=(1, 7), padding=(0, 3))
        self.branch7x7_3 = BasicConv2d(c7, 192, kernel_size=(7, 1), padding=(3, 0))
        self.branch7x7dbl_1 = BasicConv2d(in_channels, c7, kernel_size=1)
        self.branch7x7dbl_2 = BasicConv2d(c7, c7, kernel_size=(7, 1), padding=(3, 0))
        self.branch7x7dbl_3 = BasicConv2d(c7, c7, kernel_size=(1, 7), padding=(0, 3))
        self.branch7x7dbl_4 = BasicConv2d(c7, c7, kernel_size=(7, 1), padding=(3, 0))
        self.branch7x7dbl_5 = BasicConv2d(c7, 192, kernel_size=(1, 7), padding=(0, 3))
        self.branch_pool = BasicConv2d(in_channels, 192, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        b7 = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        d7 = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        d7 = self.branch7x7dbl_5(self.branch7x7dbl_4(d7))
        return torch.cat([self.branch1x1(x), b7, d7, self.branch_pool.of_average(x)], 1)


class InceptionD(nn.Module):
    """17 x 17 to 8 x 8."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = BasicConv2d(in_channels, 192, kernel_size=1)
        self.branch3x3_2 = BasicConv2d(192, 320, kernel_size=3, stride=2)
        self.branch7x7x3_1 = BasicConv2d(in_channels, 192, kernel_size=1)
        self.branch7x7x3_2 = BasicConv2d(192, 192, kernel_size=(1, 7), padding=(0, 3))
        self.branch7x7x3_3 = BasicConv2d(192, 192, kernel_size=(7, 1), padding=(3, 0))
        self.branch7x7x3_4 = BasicConv2d(192, 192, kernel_size=3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        b3 = self.branch3x3_2(self.branch3x3_1(x))
        b7 = self.branch7x7x3_2(self.branch7x7x3_1(x))
        b7 = self.branch7x7x3_4(self.branch7x7x3_3(b7))
        return torch.cat([b3, b7, F.max_pool2d(x, 3, stride=2)], 1)


class InceptionE(nn.Module):
    """8 x 8 block; `max_pool` in the last one, as the 2015 graph has it."""

    def __init__(self, in_channels: int, *, max_pool: bool) -> None:
        super().__init__()
        self.max_pool = max_pool
        self.branch1x1 = BasicConv2d(in_channels, 320, kernel_size=1)
        self.branch3x3_1 = BasicConv2d(in_channels, 384, kernel_size=1)
        self.branch3x3_2a = BasicConv2d(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch3x3_2b = BasicConv2d(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = BasicConv2d(in_channels, 448, kernel_size=1)
        self.branch3x3dbl_2 = BasicConv2d(448, 384, kernel_size=3, padding=1)
        self.branch3x3dbl_3a = BasicConv2d(384, 384, kernel_size=(1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = BasicConv2d(384, 384, kernel_size=(3, 1), padding=(1, 0))
        self.branch_pool = BasicConv2d(in_channels, 192, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        b3 = self.branch3x3_1(x)
        d3 = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        if self.max_pool:
            pooled = self.branch_pool(F.max_pool2d(x, 3, stride=1, padding=1))
        else:
            pooled = self.branch_pool.of_average(x)
        return torch.cat(
            [
                self.branch1x1(x),
                self.branch3x3_2a(b3),
                self.branch3x3_2b(b3),
                self.branch3x3dbl_3a(d3),
                self.branch3x3dbl_3b(d3),
                pooled,
            ],
            1,
        )


class FidInceptionV3(nn.Module):
    """Images to pool3 features."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = BasicConv2d(3, 32, kernel_size=3, stride=2)
        self.Conv2d_2a_3x3 = BasicConv2d(32, 32, kernel_size=3)
        self.Conv2d_2b_3x3 = BasicConv2d(32, 64, kernel_size=3, padding=1)
        self.Conv2d_3b_1x1 = BasicConv2d(64, 80, kernel_size=1)
        self.Conv2d_4a_3x3 = BasicConv2d(80, 192, kernel_size=3)
        self.Mixed_5b = InceptionA(192, pool_features=32)
        self.Mixed_5c = InceptionA(256, pool_features=64)
        self.Mixed_5d = InceptionA(288, pool_features=64)
        self.Mixed_6a = InceptionB(288)
        self.Mixed_6b = InceptionC(768, channels_7x7=128)
        self.Mixed_6c = InceptionC(768, channels_7x7=160)
        self.Mixed_6d = InceptionC(768, channels_7x7=160)
        self.Mixed_6e = InceptionC(768, channels_7x7=192)
        self.Mixed_7a = InceptionD(768)
        self.Mixed_7b = InceptionE(1280, max_pool=False)
        self.Mixed_7c = InceptionE(2048, max_pool=True)
        self.fc = nn.Linear(FEATURES, 1008)  # unused by FID, part of the published state dict

    def forward(
        self,
        images: Tensor,  # [B, 3, 299, 299] RGB in [-1, 1], made by `inception_input`
    ) -> Tensor:
        """Pool3 features float32 [B, 2048]."""
        at_once = _STEM_IMAGES if images.device.type == "cpu" else len(images)
        x = torch.cat([self._stem(some) for some in images.split(at_once)])
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return x.float().mean(dim=(2, 3))

    def _stem(self, images: Tensor) -> Tensor:
        """[B, 3, 299, 299] to [B, 192, 35, 35]."""
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))
        x = F.max_pool2d(x, 3, stride=2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        return F.max_pool2d(x, 3, stride=2)

    @classmethod
    def from_file(cls, path: Path | str) -> FidInceptionV3:
        """Load the published state dict. Raises FeedError if keys or shapes are others."""
        network = cls()
        fit_state(network, load_state(path), "the FID Inception")
        return network.eval().requires_grad_(False)


class InceptionFeatures:
    """uint8 frames to pool3 features, in batches, as one of the reference packages computes them."""

    def __init__(
        self,
        network: nn.Module,
        *,
        mode: str = "pytorch-fid",
        device: str = "cpu",
        batch_size: int = 16,
        precision: Precision = "float32",
    ) -> None:
        if mode not in PREPARE:
            raise ValueError(f"expected a mode of {', '.join(PREPARE)} but got {mode!r}")
        self._dtype: torch.dtype = getattr(torch, precision)
        self._network = _cast(network, self._dtype).to(device).eval()
        self._layout = layout(4, device)
        self._mode = mode
        self._recent = _RECENT.setdefault(self._network, _RecentPasses())
        self._device = device
        self._batch_size = batch_size

    @classmethod
    def load(
        cls,
        path: Path | str | None = None,
        *,
        mode: str = "pytorch-fid",
        device: str = "cpu",
        precision: Precision = "float32",
    ) -> InceptionFeatures:
        """Load from `path`, else the weights registry. Raises WeightsUnavailable, which names the command."""
        if path is None:
            from feed_dataset.core.weights import resolve

            path = resolve(WEIGHTS_NAME)
        file = Path(path)
        about = file.stat()
        network = _loaded(file, about.st_mtime_ns, about.st_size, device, getattr(torch, precision))
        return cls(network, mode=mode, device=device, precision=precision)

    @torch.inference_mode()
    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
    ) -> np.ndarray:
        """Features float32 [T, 2048]."""
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3:
            raise ValueError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype} {list(frames.shape)}")
        out = np.empty((len(frames), FEATURES), dtype=np.float32)
        mode = input_of(self._mode, *frames.shape[1:3])
        is_shared = any(input_of(other, *frames.shape[1:3]) == mode for other in PREPARE if other != mode)
        for start in range(0, len(frames), self._batch_size):
            chunk = frames[start : start + self._batch_size]
            if is_shared:
                key = (mode, self._device, chunk.shape, hashlib.sha256(chunk.tobytes()).digest())
                out[start : start + len(chunk)] = self._recent.get(key, partial(self._pass, chunk, mode))
            else:
                out[start : start + len(chunk)] = self._pass(chunk, mode)
        return out

    def _pass(self, frames: np.ndarray, mode: str) -> np.ndarray:
        """Features of one batch."""
        features: np.ndarray = self._network(self._images(frames, mode)).cpu().numpy()
        return features

    def _images(self, frames: np.ndarray, mode: str) -> Tensor:
        """The network's input [B, 3, 299, 299]; on a CPU frame by frame, whose caches then hold what a resize makes."""
        at_once = 1 if torch.device(self._device).type == "cpu" else len(frames)
        starts = range(0, len(frames), at_once)
        images = torch.cat([PREPARE[mode](frames[start : start + at_once], self._device) for start in starts])
        return images.to(self._dtype, memory_format=self._layout)


class _RecentPasses:
    """What one network said a moment ago: another mode asks for the same frames next."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[object, ...], np.ndarray] = OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], np.ndarray]) -> np.ndarray:
        """The features of a batch, from `make` where they are not here."""
        if key not in self._found:
            self._found[key] = make()
            if len(self._found) > _RECENT_PASSES:
                self._found.popitem(last=False)
        return self._found[key]


_RECENT: WeakKeyDictionary[nn.Module, _RecentPasses] = WeakKeyDictionary()
"""By network: all modes share one."""


@lru_cache(maxsize=1)
def _loaded(path: Path, modified_ns: int, size_bytes: int, device: str, dtype: torch.dtype) -> FidInceptionV3:
    """One network for all modes; time and size tell another file of the same name."""
    return for_inference(FidInceptionV3.from_file(path), device).to(dtype)


def _cast(network: nn.Module, dtype: torch.dtype) -> nn.Module:
    """The network itself where it has these weights already, else a copy."""
    if all(parameter.dtype == dtype for parameter in network.parameters()):
        return network
    return copy.deepcopy(network).to(dtype)
