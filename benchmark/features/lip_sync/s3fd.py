"""S3FD (Zhang et al., "S3FD: single shot scale-invariant face detector", ICCV 2017), as SyncNet's authors run it.

Only the historical lip sync procedure uses it. Module names equal the keys of `sfd_face.pth`.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from feed_dataset.core.weights.loading import fit_state, load_state

WEIGHTS_NAME = "s3fd"
SCALE = 0.25
"""The picture is reduced to so much before detection (facedet_scale of run_pipeline.py)."""
MIN_SCORE = 0.9
_MEAN_RGB = (123.0, 117.0, 104.0)
_STRIDES = (4, 8, 16, 32, 64, 128)
_ANCHOR_PX = (16, 32, 64, 128, 256, 512)
_CENTRE_VARIANCE, _SIZE_VARIANCE = 0.1, 0.2
_NETWORK_IOU, _NETWORK_BOXES = 0.3, 750
_FINAL_IOU = 0.1
_VGG = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)  # 0: pooling
_CEIL_POOL = 3  # the third pooling rounds sizes up
_TAPS = {16: "L2Norm3_3", 23: "L2Norm4_3", 30: "L2Norm5_3"}  # number of layers run -> normaliser of what a head sees


class L2Norm(nn.Module):
    """Channels scaled to length 1, then each by a learned factor."""

    def __init__(self, channels: int, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), scale))

    def forward(self, x: Tensor) -> Tensor:
        length = x.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10
        return x / length * self.weight[:, None, None]


class S3FD(nn.Module):
    """VGG-16 with six heads; each position of a head has one square anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.vgg = nn.ModuleList(_vgg())
        self.L2Norm3_3, self.L2Norm4_3, self.L2Norm5_3 = L2Norm(256, 10.0), L2Norm(512, 8.0), L2Norm(512, 5.0)
        self.extras = nn.ModuleList(
            [
                nn.Conv2d(1024, 256, 1),
                nn.Conv2d(256, 512, 3, stride=2, padding=1),
                nn.Conv2d(512, 128, 1),
                nn.Conv2d(128, 256, 3, stride=2, padding=1),
            ]
        )
        channels = (256, 512, 512, 1024, 512, 256)
        self.loc = nn.ModuleList(nn.Conv2d(c, 4, 3, padding=1) for c in channels)
        # The first head has three scores for "no face", of which the highest counts ("max-out background label").
        self.conf = nn.ModuleList(nn.Conv2d(c, 4 if i == 0 else 2, 3, padding=1) for i, c in enumerate(channels))

    def forward(
        self,
        images: Tensor,  # float32 [B, 3, H, W] RGB less the mean colour
    ) -> tuple[Tensor, Tensor]:
        """Boxes [B, N, 4] as x0 y0 x1 y1 in units of the picture, scores [B, N] in [0, 1]."""
        heads = self._heads(images)
        moves, scores, anchors = [], [], []
        for index, x in enumerate(heads):
            labels = self.conf[index](x)
            if index == 0:
                labels = torch.cat([labels[:, :3].amax(dim=1, keepdim=True), labels[:, 3:]], dim=1)
            scores.append(labels.softmax(dim=1)[:, 1].flatten(1))
            moves.append(self.loc[index](x).permute(0, 2, 3, 1).flatten(1, 2))
            anchors.append(_anchors(x, index, images.shape[2], images.shape[3]))
        return _boxes(torch.cat(moves, 1), torch.cat(anchors)), torch.cat(scores, 1)

    def _heads(self, x: Tensor) -> list[Tensor]:
        heads = []
        for done, layer in enumerate(self.vgg, start=1):
            x = layer(x)
            if done in _TAPS:
                heads.append(getattr(self, _TAPS[done])(x))
        heads.append(x)
        for index, layer in enumerate(self.extras):
            x = F.relu(layer(x))
            if index % 2:
                heads.append(x)
        return heads

    @classmethod
    def from_file(cls, path: Path | str) -> S3FD:
        """Load the published state dict. Raises FeedError if it is no such file or its keys or shapes are others."""
        network = cls()
        fit_state(network, load_state(path), "the S3FD weights")
        return network.eval().requires_grad_(False)


class S3fdDetector:
    """Faces of one picture, as `detect_faces(conf_th=0.9, scales=[0.25])` of the authors' pipeline finds them."""

    def __init__(self, network: S3FD, *, device: str = "cpu") -> None:
        self._network = network.to(device).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device

    @classmethod
    def load(cls, *, device: str = "cpu") -> S3fdDetector:
        """From the weights registry. Raises WeightsUnavailable, which names the command."""
        from feed_dataset.core.weights import resolve

        return cls(S3FD.from_file(resolve(WEIGHTS_NAME)), device=device)

    @torch.inference_mode()
    def __call__(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> np.ndarray:
        """Boxes and scores, float64 [N, 5]: x0 y0 x1 y1 in pixels of `image`, score over 0.9, best first."""
        height, width = image.shape[:2]
        small = cv2.resize(image, (0, 0), fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR)
        pixels = small.astype(np.float32) - np.array(_MEAN_RGB, np.float32)
        x = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self._device)
        boxes, scores = (part[0].float().cpu().numpy().astype(np.float64) for part in self._network(x))
        sure = scores > MIN_SCORE  # weaker boxes come later in both suppressions and change nothing
        boxes, scores = boxes[sure], scores[sure]
        kept = suppress(boxes, scores, _NETWORK_IOU)[:_NETWORK_BOXES]
        boxes, scores = boxes[kept] * np.array([width, height, width, height]), scores[kept]
        kept = suppress(boxes, scores, _FINAL_IOU)
        return np.concatenate([boxes[kept], scores[kept, None]], axis=1)


def suppress(
    boxes: np.ndarray,  # [N, 4] x0 y0 x1 y1
    scores: np.ndarray,  # [N]
    max_iou: float,
) -> np.ndarray:
    """Greedy non-maximum suppression: indices of the boxes that stay, best first."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        low, high = np.maximum(boxes[best, :2], boxes[rest, :2]), np.minimum(boxes[best, 2:], boxes[rest, 2:])
        inner = np.clip(high - low, 0.0, None).prod(axis=1)
        order = rest[inner / (areas[best] + areas[rest] - inner) <= max_iou]
    return np.array(kept, dtype=np.int64)


def _vgg() -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs, pools = 3, 0
    for outputs in _VGG:
        if outputs:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
        else:
            pools += 1
            layers.append(nn.MaxPool2d(2, 2, ceil_mode=pools == _CEIL_POOL))
    dilated = nn.Conv2d(512, 1024, 3, padding=6, dilation=6)
    return [*layers, dilated, nn.ReLU(), nn.Conv2d(1024, 1024, 1), nn.ReLU()]


def _anchors(x: Tensor, index: int, height_px: int, width_px: int) -> Tensor:
    """Centre and size of a head's anchors in units of the picture, [h * w, 4], row by row."""
    rows, columns = torch.arange(x.shape[2], device=x.device), torch.arange(x.shape[3], device=x.device)
    y, x_centre = torch.meshgrid(rows + 0.5, columns + 0.5, indexing="ij")
    centres = torch.stack([x_centre / (width_px / _STRIDES[index]), y / (height_px / _STRIDES[index])], dim=-1)
    size = torch.tensor([_ANCHOR_PX[index] / width_px, _ANCHOR_PX[index] / height_px], device=x.device)
    return torch.cat([centres, size.expand_as(centres)], dim=-1).flatten(0, 1)


def _boxes(moves: Tensor, anchors: Tensor) -> Tensor:
    centre = anchors[:, :2] + moves[..., :2] * _CENTRE_VARIANCE * anchors[:, 2:]
    size = anchors[:, 2:] * torch.exp(moves[..., 2:] * _SIZE_VARIANCE)
    low = centre - size / 2
    return torch.cat([low, low + size], dim=-1)
