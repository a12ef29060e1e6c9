"""dlib's face recognition ResNet in PyTorch, reading dlib's own weights file.

The same network as `dlib.face_recognition_model_v1` (structure: dlib's dnn_face_recognition_ex; weights:
Davis King, CC0), about ten times faster on a CPU, and without dlib. Tests compare the two.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from feed_dataset.core.jobs.errors import FeedError

CHIP_PX = 150
DESCRIPTOR_VALUES = 128
# (width, halves the resolution) of the residual blocks from the input to the output.
_BLOCKS = (
    *((32, False),) * 3,
    *((64, True), (64, False), (64, False), (64, False)),
    *((128, True), (128, False), (128, False)),
    *((256, True), (256, False), (256, False)),
    *((256, True),),
)
_INPUT_MEAN = (122.782, 117.001, 104.298)
_INPUT_SCALE = 256.0
_LAYER_TAG = re.compile(rb"\x01\x05con_\d|\x01\x07affine_|\x01\x04fc_\d")


class DlibFaceResNet(nn.Module):
    """Maps aligned 150 px face chips to 128 numbers; same person when closer than about 0.6 (L2)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _ConvAffine(3, 32, 7, stride=2, padding=0)
        widths = [32, *(width for width, _ in _BLOCKS)]
        self.blocks = nn.ModuleList(
            _Residual(before, width, halves) for before, (width, halves) in zip(widths, _BLOCKS, strict=False)
        )
        self.head = nn.Linear(256, DESCRIPTOR_VALUES, bias=False)
        self.register_buffer("mean", torch.tensor(_INPUT_MEAN).view(1, 3, 1, 1), persistent=False)
        self.mean: Tensor

    @classmethod
    def from_file(cls, path: Path) -> DlibFaceResNet:
        """Load `dlib_face_recognition_resnet_model_v1.dat`. Raises FeedError for any other content."""
        network = cls()
        layers = [module for module in network.modules() if isinstance(module, _ConvAffine)]
        tensors = list(_stored_tensors(path.read_bytes()))
        expected = [part for layer in layers for part in (layer.values_in_conv, layer.values_in_affine)]
        expected.append(network.head.weight.numel())
        if [len(values) for values in tensors] != expected:
            raise FeedError(f"expected dlib's face recognition network but {path} stores other layers")
        for layer, convolution, affine in zip(layers, tensors[0:-1:2], tensors[1:-1:2], strict=True):
            layer.assign(convolution, affine)
        # dlib stores a fully connected layer as [inputs, outputs].
        weight = torch.from_numpy(tensors[-1].reshape(256, DESCRIPTOR_VALUES).T.copy())
        network.head.weight.data.copy_(weight)
        return network.eval()

    def forward(
        self,
        chips: Tensor,  # [B, 3, 150, 150] RGB in 0..255, float32
    ) -> Tensor:
        """Descriptors [B, 128]."""
        x = (chips - self.mean) / _INPUT_SCALE
        x = F.max_pool2d(F.relu(self.stem(x)), 3, stride=2)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(x.mean(dim=(2, 3)))
        return out


class _ConvAffine(nn.Module):
    """Convolution and dlib's affine layer (a frozen batch normalisation)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding)

    @property
    def values_in_conv(self) -> int:
        assert self.conv.bias is not None
        return self.conv.weight.numel() + self.conv.bias.numel()

    @property
    def values_in_affine(self) -> int:
        return 2 * self.conv.out_channels

    def assign(self, convolution: np.ndarray, affine: np.ndarray) -> None:
        """Fold the affine layer into the convolution: gamma * (W x + b) + beta."""
        assert self.conv.bias is not None
        outputs = self.conv.out_channels
        gamma, beta = (torch.from_numpy(part.astype(np.float64)) for part in affine.reshape(2, outputs))
        values = torch.from_numpy(convolution.astype(np.float64))
        weight = values[: self.conv.weight.numel()].view_as(self.conv.weight)
        bias = values[self.conv.weight.numel() :]
        self.conv.weight.data.copy_(weight * gamma.view(-1, 1, 1, 1))
        self.conv.bias.data.copy_(gamma * bias + beta)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return out


class _Residual(nn.Module):
    """Two 3 x 3 convolutions and a skip, which is average-pooled where the block halves the resolution."""

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        stride, padding = (2, 0) if halves else (1, 1)
        self.first = _ConvAffine(inputs, outputs, 3, stride=stride, padding=padding)
        self.second = _ConvAffine(outputs, outputs, 3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        skip = F.avg_pool2d(x, 2, stride=2) if self.halves else x
        return F.relu(_add_padded(self.second(F.relu(self.first(x))), skip))


def _add_padded(a: Tensor, b: Tensor) -> Tensor:
    """Sum of two maps as dlib's add_prev: the smaller is zero-padded in channels, rows and columns."""
    shape = [max(i, j) for i, j in zip(a.shape[1:], b.shape[1:], strict=True)]

    def padded(x: Tensor) -> Tensor:
        channels, rows, columns = (want - have for want, have in zip(shape, x.shape[1:], strict=True))
        return F.pad(x, (0, columns, 0, rows, 0, channels))

    return padded(a) + padded(b)


def _stored_tensors(data: bytes) -> Iterator[np.ndarray]:
    """Parameters of every convolution, affine and fully connected layer, float32 [n], in file order."""
    position = 0
    while (match := _LAYER_TAG.search(data, position)) is not None:
        position = match.end()
        try:
            if b"fc_" in match.group():  # stores its numbers of outputs and inputs first
                _, position = _stored_int(data, position)
                _, position = _stored_int(data, position)
            version, position = _stored_int(data, position)
            sizes = []
            for _ in range(4):
                size, position = _stored_int(data, position)
                sizes.append(size)
        except (IndexError, struct.error) as error:
            raise FeedError("expected dlib's network format but the file ends early") from error
        count = int(np.prod(sizes))
        if version != 2 or not 0 < count <= (len(data) - position) // 4:
            raise FeedError("expected dlib's network format (tensor version 2) but found something else")
        yield np.frombuffer(data, "<f4", count, position)
        position += 4 * count


def _stored_int(data: bytes, position: int) -> tuple[int, int]:
    """dlib's integer: a byte with the number of bytes, then those, least significant first."""
    count = data[position] & 0x0F
    end = position + 1 + count
    if end > len(data):
        raise IndexError("end of data")
    return int.from_bytes(data[position + 1 : end], "little"), end
