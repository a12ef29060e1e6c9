"""SyncNet (Chung and Zisserman, "Out of time: automated lip sync in the wild", 2016), version 2.

Two towers make 1024 numbers of 0.2 s: five face crops of 224 px (BGR, 0 to 255), and 20 rows of 13 MFCC. Module names
equal the keys of `syncnet_v2.model`.

For inference each batch norm is folded into the convolution before it, and the picture tower runs over the whole clip:
its first layer sees windows of five frames, no other layer looks across time, so nothing is computed twice. The sound
tower keeps its windows: its convolutions pad with zeros in time, so a window's result is not what one pass over the
whole sound would give there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.features.lip_sync.frame_windows import FrameWindowsConv
from feed_dataset.core.weights.loading import fit_state, load_state

WEIGHTS_NAME = "syncnet-v2"
FEATURES = 1024
CROP_PX = 224
WINDOW_FRAMES = 5  # pictures in a window
WINDOW_ROWS = 20  # MFCC rows in a window
ROWS_PER_FRAME = 4  # 100 Hz against 25 Hz
LIP_WINDOWS = 4  # at a time: 8 % faster than 16 on a CPU, whose caches then hold the first layers
_SOUND_WINDOWS = 64
_WHOLE = ((6, 6), (5, 4))  # kernels as large as what they look at: matrix products


def _conv2d(inputs: int, outputs: int, kernel: tuple[int, int], padding: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU()]


def _conv3d(inputs: int, outputs: int, kernel: tuple[int, int, int], stride: int = 1, pad: int = 1) -> list[nn.Module]:
    convolution = nn.Conv3d(inputs, outputs, kernel, stride=(1, stride, stride), padding=(0, pad, pad))
    return [convolution, nn.BatchNorm3d(outputs), nn.ReLU()]


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, FEATURES))


class SyncNet(nn.Module):
    """The network as trained: windows in, features out."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_conv2d(1, 64, (3, 3)),
            nn.MaxPool2d((1, 1), stride=(1, 1)),
            *_conv2d(64, 192, (3, 3)),
            nn.MaxPool2d((3, 3), stride=(1, 2)),
            *_conv2d(192, 384, (3, 3)),
            *_conv2d(384, 256, (3, 3)),
            *_conv2d(256, 256, (3, 3)),
            nn.MaxPool2d((3, 3), stride=(2, 2)),
            *_conv2d(256, 512, (5, 4), padding=0),
        )
        self.netfcaud = _head()
        self.netfclip = _head()
        self.netcnnlip = nn.Sequential(
            *_conv3d(3, 96, (5, 7, 7), stride=2, pad=0),
            nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2)),
            *_conv3d(96, 256, (1, 5, 5), stride=2),
            nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)),
            *_conv3d(256, 256, (1, 3, 3)),
            *_conv3d(256, 256, (1, 3, 3)),
            *_conv3d(256, 256, (1, 3, 3)),
            nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2)),
            *_conv3d(256, 512, (1, 6, 6), pad=0),
        )

    def forward_lip(
        self,
        windows: Tensor,  # float32 [B, 3, 5, 224, 224] BGR, 0 to 255
    ) -> Tensor:
        """Features [B, 1024]."""
        features: Tensor = self.netfclip(self.netcnnlip(windows).flatten(1))
        return features

    def forward_sound(
        self,
        windows: Tensor,  # float32 [B, 1, 13, 20] MFCC
    ) -> Tensor:
        """Features [B, 1024]."""
        features: Tensor = self.netfcaud(self.netcnnaud(windows).flatten(1))
        return features

    @classmethod
    def from_file(cls, path: Path | str) -> SyncNet:
        """Load the published state dict. Raises FeedError if it is no such file or its keys or shapes are others."""
        network = cls()
        fit_state(network, load_state(path), "the SyncNet weights")
        return network.eval().requires_grad_(False)


class SyncNetFeatures:
    """Features of whole clips and whole sound tracks with bounded memory. Results depend on neither's batching."""

    def __init__(self, network: SyncNet, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        self._device, self._dtype = device, dtype
        network = network.to(device).eval()
        self._lip = [*_folded(network.netcnnlip, self._placed), *_folded(network.netfclip, self._placed)]
        self._sound = [*_folded(network.netcnnaud, self._placed), *_folded(network.netfcaud, self._placed)]

    @classmethod
    def load(cls, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> SyncNetFeatures:
        """From the weights registry. Raises WeightsUnavailable, which names the command."""
        from feed_dataset.core.weights import resolve

        return cls(SyncNet.from_file(resolve(WEIGHTS_NAME)), device=device, dtype=dtype)

    def lip(
        self,
        crops: np.ndarray,  # uint8 [T, 224, 224, 3] RGB, 25 per second
    ) -> np.ndarray:
        """Features float32 [T - 4, 1024] (none for T < 5): row i is of frames i to i + 4."""
        if crops.dtype != np.uint8 or crops.shape[1:] != (CROP_PX, CROP_PX, 3):
            raise ValueError(f"expected crops uint8 [T, 224, 224, 3] but got {crops.dtype} {list(crops.shape)}")
        count = max(0, len(crops) - WINDOW_FRAMES + 1)
        return self._in_parts(count, LIP_WINDOWS, lambda start, end: self._lip_part(crops, start, end))

    def sound(
        self,
        rows: np.ndarray,  # float [N, 13] MFCC, 100 per second
    ) -> np.ndarray:
        """Features float32 [M, 1024]: row j is of MFCC rows 4 j to 4 j + 19, as many as are complete."""
        if rows.ndim != 2 or rows.shape[1] != 13:
            raise ValueError(f"expected MFCC [N, 13] but got {list(rows.shape)}")
        count = max(0, (len(rows) - WINDOW_ROWS) // ROWS_PER_FRAME + 1)
        return self._in_parts(count, _SOUND_WINDOWS, lambda start, end: self._sound_part(rows, start, end))

    @torch.inference_mode()
    def _in_parts(self, count: int, size: int, part: Callable[[int, int], Tensor]) -> np.ndarray:
        out = np.empty((count, FEATURES), np.float32)
        for start in range(0, count, size):
            end = min(start + size, count)
            out[start:end] = part(start, end).float().cpu().numpy()
        return out

    def _lip_part(self, crops: np.ndarray, start: int, end: int) -> Tensor:
        frames = torch.from_numpy(np.ascontiguousarray(crops[start : end + WINDOW_FRAMES - 1])).to(self._device)
        return _run(self._lip, frames.flip(-1).to(self._dtype))  # BGR, [b + 4, 224, 224, 3]

    def _sound_part(self, rows: np.ndarray, start: int, end: int) -> Tensor:
        first, last = start * ROWS_PER_FRAME, (end - 1) * ROWS_PER_FRAME + WINDOW_ROWS
        part = torch.from_numpy(np.asarray(rows[first:last], np.float32)).to(self._device, self._dtype)
        x = part.unfold(0, WINDOW_ROWS, ROWS_PER_FRAME)[:, None]  # [b, 1, 13, 20]
        return _run(self._sound, x.contiguous(memory_format=torch.channels_last))

    def _placed(self, tensor: Tensor) -> Tensor:
        placed = tensor.to(self._device, self._dtype)
        return placed.contiguous(memory_format=torch.channels_last) if placed.ndim == 4 else placed.contiguous()


_Step = Callable[[Tensor], Tensor]


def _run(steps: Iterable[_Step], x: Tensor) -> Tensor:
    for step in steps:
        x = step(x)
    return x


def _folded(tower: nn.Sequential, place: Callable[[Tensor], Tensor]) -> list[_Step]:
    """The tower as functions of [B, C, H, W], that of pictures from frames [T, H, W, 3]: batch norm folded in."""
    steps: list[_Step] = []
    layers = list(tower)
    for index, layer in enumerate(layers):
        if isinstance(layer, nn.Conv2d | nn.Conv3d | nn.Linear):
            following = layers[index + 1] if index + 1 < len(layers) else None
            steps.append(_convolution(layer, following, place))
        elif isinstance(layer, nn.MaxPool2d | nn.MaxPool3d):
            kernel, stride, padding = (_plane(v) for v in (layer.kernel_size, layer.stride, layer.padding))
            if kernel != (1, 1):
                steps.append(lambda x, k=kernel, s=stride, p=padding: F.max_pool2d(x, k, s, p))  # type: ignore[misc]
        elif isinstance(layer, nn.ReLU):
            steps.append(F.relu_)
    return steps


def _convolution(layer: nn.Module, following: nn.Module | None, place: Callable[[Tensor], Tensor]) -> _Step:
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()  # type: ignore[operator]
    if isinstance(following, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
        assert following.running_mean is not None and following.running_var is not None  # batch norms here track
        gain = following.weight.detach().double() / (following.running_var.double() + following.eps).sqrt()
        bias = (bias - following.running_mean.double()) * gain + following.bias.detach().double()
        weight = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
    if isinstance(layer, nn.Linear) or tuple(weight.shape[-2:]) in _WHOLE:
        flat, flat_bias = place(weight.flatten(1)), place(bias)
        return lambda x: F.linear(x.flatten(1), flat, flat_bias)
    assert isinstance(layer, nn.Conv2d | nn.Conv3d)
    stride, padding = _plane(layer.stride), _plane(layer.padding)
    if layer.kernel_size[0] == WINDOW_FRAMES:
        return FrameWindowsConv(place(weight), place(bias), stride[0])
    kernel = place(weight.flatten(1, 2) if weight.ndim == 5 else weight)  # [out, in, 1, h, w] of one frame
    outputs, inputs, height, width = kernel.shape
    plane = nn.Conv2d(inputs, outputs, (height, width), stride, padding, device="meta")
    plane.weight = nn.Parameter(kernel, requires_grad=False)
    plane.bias = nn.Parameter(place(bias), requires_grad=False)
    return plane


def _plane(value: int | str | tuple[int, ...]) -> tuple[int, int]:
    """The last two of a layer's sizes."""
    if not isinstance(value, tuple):
        return (int(value), int(value))
    return (value[-2], value[-1])
