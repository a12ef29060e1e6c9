"""The VGGFace2 recogniser (Cao et al. 2018, reference 4 of the paper): SE-ResNet-50, trained on MS-Celeb-1M and
fine-tuned on VGGFace2.

The paper names the data set, not the network; the authors' own code loads `senet50_ft_dag.pth`, the public PyTorch
conversion of the Oxford group's SENet-50, whose tensor names this module has. Block and stage numbers are those of
the Caffe original: stages 2 to 5 of 3, 4, 6, 3 blocks, stride in the first 1 x 1 convolution of a stage.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from benchmark.features.networks.alignment import VGGFACE2_PX, vggface2_chip
from benchmark.features.networks.arcface import describe_faces
from benchmark.features.networks.folding import for_inference, layout

WEIGHTS_NAME = "vggface2-senet50"
DESCRIPTOR_VALUES = 2048
CLASSES = 8631
_MEAN_RGB = (131.0912, 103.8827, 91.4953)  # of the published conversion, grey levels; no division
_STAGES = ((2, 3, 64, 1), (3, 4, 128, 2), (4, 6, 256, 2), (5, 3, 512, 2))  # (number, blocks, width, stride)
_EXPANSION = 4
_SQUEEZE = 16
_CHIPS = 8
"""At a time."""


class SeNet50(nn.Module):
    """Faces to the 2048 values of its last pooling layer."""

    def __init__(self) -> None:
        super().__init__()
        self._normalised("conv1_7x7_s2", nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False))
        channels = 64
        for stage, blocks, width, stride in _STAGES:
            for block in range(1, blocks + 1):
                self._add_block(f"conv{stage}_{block}", channels, width, stride if block == 1 else 1, block == 1)
                channels = width * _EXPANSION
        self.classifier = nn.Conv2d(channels, CLASSES, 1)  # unused here, part of the published state dict

    def forward(
        self,
        images: Tensor,  # [B, 3, 224, 224] RGB in [0, 255], mean subtracted
    ) -> Tensor:
        """Descriptors [B, 2048]."""
        x = F.relu(self._convolve("conv1_7x7_s2", images))
        x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
        for stage, blocks, _, _ in _STAGES:
            for block in range(1, blocks + 1):
                x = self._run_block(f"conv{stage}_{block}", x, first=block == 1)
        return x.mean(dim=(2, 3))

    def _normalised(self, name: str, convolution: nn.Conv2d) -> None:
        self.add_module(name, convolution)
        self.add_module(f"{name}_bn", nn.BatchNorm2d(convolution.out_channels, eps=1e-5))

    def _add_block(self, name: str, channels: int, width: int, stride: int, first: bool) -> None:
        wide = width * _EXPANSION
        self._normalised(f"{name}_1x1_reduce", nn.Conv2d(channels, width, 1, stride=stride, bias=False))
        self._normalised(f"{name}_3x3", nn.Conv2d(width, width, 3, padding=1, bias=False))
        self._normalised(f"{name}_1x1_increase", nn.Conv2d(width, wide, 1, bias=False))
        self.add_module(f"{name}_1x1_down", nn.Conv2d(wide, wide // _SQUEEZE, 1))
        self.add_module(f"{name}_1x1_up", nn.Conv2d(wide // _SQUEEZE, wide, 1))
        if first:
            self._normalised(f"{name}_1x1_proj", nn.Conv2d(channels, wide, 1, stride=stride, bias=False))

    def _layer(self, name: str, x: Tensor) -> Tensor:
        out: Tensor = self.get_submodule(name)(x)
        return out

    def _convolve(self, name: str, x: Tensor) -> Tensor:
        return self._layer(f"{name}_bn", self._layer(name, x))

    def _run_block(self, name: str, x: Tensor, *, first: bool) -> Tensor:
        y = F.relu(self._convolve(f"{name}_1x1_reduce", x))
        y = F.relu(self._convolve(f"{name}_3x3", y))
        y = self._convolve(f"{name}_1x1_increase", y)
        gate = F.relu(self._layer(f"{name}_1x1_down", y.mean(dim=(2, 3), keepdim=True)))
        y = y * torch.sigmoid(self._layer(f"{name}_1x1_up", gate))
        return F.relu(y + (self._convolve(f"{name}_1x1_proj", x) if first else x))

    @classmethod
    def from_file(cls, path: Path | str) -> SeNet50:
        """Load the published file. Raises FeedError where it holds something else."""
        from feed_dataset.core.weights.loading import fit_state, load_state

        network = cls()
        fit_state(network, load_state(path), "the VGGFace2 SENet-50")
        return network.eval().requires_grad_(False)


class VggFace2:
    """2048 numbers per face; compare by cosine."""

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._network = for_inference(network, device)
        self._device = device

    @classmethod
    def load(cls, device: str = "cpu") -> VggFace2:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets it."""
        from feed_dataset.core.weights import resolve

        return cls(SeNet50.from_file(resolve(WEIGHTS_NAME)), device)

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 2 or 3], NaN where no face
    ) -> np.ndarray:
        """Descriptors float32 [T, 2048]; NaN rows where there are no landmarks."""
        return describe_faces(frames, landmarks_px, vggface2_chip, self.embed_chips, DESCRIPTOR_VALUES)

    @torch.inference_mode()
    def embed_chips(
        self,
        chips: np.ndarray,  # uint8 [N, 224, 224, 3] RGB
    ) -> np.ndarray:
        """Descriptors float32 [N, 2048] of cropped faces, not normalised."""
        if chips.shape[1:] != (VGGFACE2_PX, VGGFACE2_PX, 3):
            raise ValueError(f"expected chips [N, {VGGFACE2_PX}, {VGGFACE2_PX}, 3] but got {list(chips.shape)}")
        out = np.empty((len(chips), DESCRIPTOR_VALUES), np.float32)
        mean = torch.tensor(_MEAN_RGB, device=self._device).view(3, 1, 1)
        for start in range(0, len(chips), _CHIPS):
            part = np.require(chips[start : start + _CHIPS], requirements=("C", "W"))
            images = torch.from_numpy(part).to(self._device).permute(0, 3, 1, 2).float().sub_(mean)
            images = images.contiguous(memory_format=layout(4, self._device))
            out[start : start + len(part)] = self._network(images).cpu().numpy()
        return out
