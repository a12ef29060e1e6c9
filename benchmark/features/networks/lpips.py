"""LPIPS 0.1 (Zhang et al. 2018): distance of two images in the channels of an ImageNet network, weighted by people.

Layers have the names of torchvision's files, so that those load as they are; the classifier in them is left out.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.features.networks.folding import for_inference
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights.loading import fit_state, load_state

Kind = Literal["alex", "vgg", "squeeze"]

# Mean and scale of ImageNet in [-1, 1], as LPIPS 0.1 rounds them.
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10  # keeps the norm of a dark pixel's channels from zero


class Fire(nn.Module):
    """A block of SqueezeNet: few channels, then many of two kinds."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, kernel_size=1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, kernel_size=1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


def _alexnet() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, kernel_size=5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(256, 256, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
    )


def _vgg16() -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 3
    for stage, (width, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
        if stage:
            layers.append(nn.MaxPool2d(2, stride=2))
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, kernel_size=3, padding=1), nn.ReLU(inplace=True)]
            channels = width
    return nn.Sequential(*layers)


def _squeezenet() -> nn.Sequential:
    """SqueezeNet 1.1."""
    return nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=3, stride=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(64, 16, 64),
        Fire(128, 16, 64),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(128, 32, 128),
        Fire(256, 32, 128),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        Fire(512, 64, 256),
    )


@dataclass(frozen=True)
class Backbone:
    """One of the networks that LPIPS was calibrated on.

    Args:
        taps: layers whose output is compared.
        channels: of each of them.
        smallest_px: the least height and width that leaves something at the last of them.
        chunk: frames at a time that fit the caches of a CPU.
    """

    kind: Kind
    network: str  # in the weights registry
    heads: str  # in the weights registry
    taps: tuple[int, ...]
    channels: tuple[int, ...]
    smallest_px: int
    chunk: int

    def build(self) -> nn.Sequential:
        return {"alex": _alexnet, "vgg": _vgg16, "squeeze": _squeezenet}[self.kind]()


BACKBONES: dict[Kind, Backbone] = {
    one.kind: one
    for one in (
        Backbone("alex", "alexnet", "lpips-alex-heads", (1, 4, 7, 9, 11), (64, 192, 384, 256, 256), 31, 2),
        Backbone("vgg", "vgg16", "lpips-vgg-heads", (3, 8, 15, 22, 29), (64, 128, 256, 512, 512), 16, 4),
        Backbone(
            "squeeze",
            "squeezenet1_1",
            "lpips-squeeze-heads",
            (1, 4, 7, 9, 10, 11, 12),
            (64, 128, 256, 384, 384, 512, 512),
            17,
            8,
        ),
    )
}


class Lpips(nn.Module):
    """The distance of pairs of images."""

    shift: Tensor
    scale: Tensor

    def __init__(self, kind: Kind = "alex") -> None:
        super().__init__()
        self.backbone = BACKBONES[kind]
        self.features = self.backbone.build()
        self.heads = nn.ParameterList(
            nn.Parameter(torch.zeros(channels), requires_grad=False) for channels in self.backbone.channels
        )
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def from_files(cls, kind: Kind, network: Path | str, heads: Path | str) -> Lpips:
        """Load torchvision's file of the network and LPIPS 0.1's file of the heads.

        Raises:
            FeedError: one of them is another file.
        """
        lpips = cls(kind)
        published = load_state(network)
        convolutions = {name.removeprefix("features."): value for name, value in published.items()}
        used = {name: value for name, value in convolutions.items() if not name.startswith("classifier.")}
        fit_state(lpips.features, used, f"{lpips.backbone.network} ({network})")
        weights = load_state(heads)
        wanted = {f"lin{layer}.model.1.weight": head for layer, head in enumerate(lpips.heads)}
        if weights.keys() != wanted.keys() or any(weights[name].numel() != wanted[name].numel() for name in wanted):
            raise FeedError(f"expected the heads of LPIPS {kind} in {heads} but got {sorted(weights)[:3]}")
        for name, head in wanted.items():
            head.data.copy_(weights[name].flatten())
        return lpips.eval().requires_grad_(False)

    def forward(
        self,
        a: Tensor,  # [B, 3, H, W] RGB in [-1, 1]
        b: Tensor,  # [B, 3, H, W] RGB in [-1, 1]
    ) -> Tensor:
        """Distance [B]: per layer the squared difference of unit-length channels, weighted, averaged over pixels."""
        count = len(a)
        return self._distances(torch.cat([a, b]), slice(None, count), slice(count, None))

    def between_neighbours(
        self,
        images: Tensor,  # [B, 3, H, W] RGB in [-1, 1]
    ) -> Tensor:
        """Distance [B - 1] of each image and the next; the network looks at each once."""
        return self._distances(images.clone(), slice(None, -1), slice(1, None))

    def _distances(self, images: Tensor, one: slice, other: slice) -> Tensor:
        """Distance of two equally long parts of a batch, which is altered."""
        x = images.sub_(self.shift).div_(self.scale)
        distance = torch.zeros(len(images[one]), dtype=torch.float32, device=x.device)
        tap = 0
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index == self.backbone.taps[tap]:
                distance += self._layer_distance(x[one].float(), x[other].float(), self.heads[tap].float())
                tap += 1
                if tap == len(self.backbone.taps):
                    break
        return distance

    @staticmethod
    def _layer_distance(a: Tensor, b: Tensor, head: Tensor) -> Tensor:
        """Mean over pixels of sum_c head_c (a_c / |a| - b_c / |b|)^2."""
        norm_a = torch.linalg.vector_norm(a, dim=1) + _EPSILON
        norm_b = torch.linalg.vector_norm(b, dim=1) + _EPSILON
        difference = a / norm_a[:, None] - b / norm_b[:, None]
        return torch.einsum("bchw,c->bhw", difference.square_(), head).mean(dim=(1, 2))


class FrameDistance:
    """uint8 frames to LPIPS, in chunks of a fixed size."""

    def __init__(self, lpips: Lpips, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        self._lpips = copy.deepcopy(lpips).to(dtype)
        self._lpips.features = for_inference(self._lpips.features, device)
        self._lpips.to(device)
        self._device, self._dtype = device, dtype

    @classmethod
    def load(cls, kind: Kind, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> FrameDistance:
        """Load from the weights registry. Raises WeightsUnavailable, which names the command."""
        from feed_dataset.core.weights import resolve

        files = BACKBONES[kind]
        return cls(Lpips.from_files(kind, resolve(files.network), resolve(files.heads)), device=device, dtype=dtype)

    @torch.inference_mode()
    def __call__(
        self,
        a: np.ndarray,  # uint8 [T, H, W, 3] RGB
        b: np.ndarray,  # uint8 [T, H, W, 3] RGB
    ) -> np.ndarray:
        """Distance float32 [T]; NaN where frames are too small for the network."""
        files = self._lpips.backbone
        out = np.full(len(a), np.nan, dtype=np.float32)
        if min(a.shape[1:3]) < files.smallest_px:
            return out
        for start in range(0, len(a), files.chunk):
            stop = start + files.chunk
            distance = self._lpips(self._images(a[start:stop]), self._images(b[start:stop]))
            out[start:stop] = distance.float().cpu().numpy()
        return out

    @torch.inference_mode()
    def between_neighbours(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
    ) -> np.ndarray:
        """Distance of each frame and the next, float32 [T - 1]; NaN where frames are too small for the network."""
        if min(frames.shape[1:3]) < self._lpips.backbone.smallest_px:
            return np.full(len(frames) - 1, np.nan, dtype=np.float32)
        return self._lpips.between_neighbours(self._images(frames)).float().cpu().numpy()

    def _images(self, frames: np.ndarray) -> Tensor:
        images = torch.from_numpy(np.ascontiguousarray(frames)).to(self._device).permute(0, 3, 1, 2)
        return images.float().div_(127.5).sub_(1.0).to(self._dtype)
