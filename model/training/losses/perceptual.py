"""Perceptual losses of Eq. 7: L_IN, L_face and L_gaze, each the L1 of a frozen network's features.

The paper prints neither layers nor scales; both are those of the published code.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.errors import ModelError
from model.networks.motion import aligned_face_crop, crop_points
from model.networks.pose import HeadPose
from model.networks.resnet import ImageNetNormalise
from model.training.losses.own_perceptual import OwnTaps
from model.training.losses.vgg import SMALLEST_PX, GazeTaps, VggTaps

IMAGE_TAP_WEIGHTS = (0.2, 0.2, 0.2, 0.2, 0.2)
FACE_TAP_WEIGHTS = GAZE_TAP_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
FACE_CROP_PX, FACE_PX = 128, (224, 112)
GAZE_PX, EYE_HEIGHT_PX, EYE_WIDTH_PX = 224, 36, 60
EYES = (slice(36, 42), slice(42, 48))  # of 68 landmarks: the eye on the picture's left, then the other
EYE_REACH = 1.5
"""Width of an eye's patch over the distance of its corners. Ours: the published code calls code that it lacks."""


def feature_l1(
    prediction: Sequence[Tensor],  # [B, C_k, h_k, w_k] each
    target: Sequence[Tensor],  # the same shapes
    weights: Sequence[float],
) -> Tensor:
    """Weighted sum of the mean absolute differences of feature maps; `target` is a constant."""
    terms = zip(prediction, target, weights, strict=True)
    return torch.stack([weight * F.l1_loss(mine, theirs.detach()) for mine, theirs, weight in terms]).sum()


class ImageLoss(nn.Module):
    """L_IN of Eq. 7: features of an ImageNet VGG-19 at several halvings of the picture, averaged.

    Args:
        network: frozen; in place of VGG-19 also the network of our own, which sees rendered heads alone.
        scales: how many sizes; the published 4 are 512, 256, 128 and 64 px.
    """

    def __init__(self, network: VggTaps | OwnTaps, scales: int = 4) -> None:
        super().__init__()
        self.network, self.scales, self.normalise = network, scales, ImageNetNormalise()

    def forward(
        self,
        prediction: Tensor,  # [B, 3, S, S] in [0, 1]
        target: Tensor,  # [B, 3, S, S] in [0, 1]
    ) -> Tensor:
        smallest = prediction.shape[-1] >> (self.scales - 1)
        if smallest < SMALLEST_PX:
            raise ModelError(
                f"expected pictures of at least {SMALLEST_PX << (self.scales - 1)} px for {self.scales} scales"
                f" but got {prediction.shape[-1]} px; set image_scales lower"
            )
        per_scale = []
        for scale in range(self.scales):
            if scale:
                prediction, target = F.avg_pool2d(prediction, 2), F.avg_pool2d(target, 2)
            per_scale.append(_compare(self.network, self.normalise, prediction, target, IMAGE_TAP_WEIGHTS))
        return torch.stack(per_scale).mean()


class FaceLoss(nn.Module):
    """L_face of Eq. 7: features of VGG-Face on the aligned face, at 224 and 112 px, averaged.

    Both pictures are cropped by the target's head pose. Input is normalised with the ImageNet statistics, as in the
    published code, although the network was trained on grey levels with a mean colour of its own.
    """

    points: Tensor

    def __init__(self, network: VggTaps) -> None:
        super().__init__()
        self.network, self.normalise = network, ImageNetNormalise()
        self.register_buffer("points", crop_points(FACE_CROP_PX), persistent=False)

    def forward(
        self,
        prediction: Tensor,  # [B, 3, S, S] in [0, 1]
        target: Tensor,  # [B, 3, S, S] in [0, 1]
        pose: HeadPose,  # of the target
    ) -> Tensor:
        crops = [aligned_face_crop(pictures, pose, self.points) for pictures in (prediction, target)]
        per_size = []
        for side in FACE_PX:
            mine, theirs = (F.interpolate(crop, (side, side), mode="bilinear", align_corners=False) for crop in crops)
            per_size.append(_compare(self.network, self.normalise, mine, theirs, FACE_TAP_WEIGHTS))
        return torch.stack(per_size).mean()


class GazeLoss(nn.Module):
    """L_gaze of Eq. 7: features of RT-GENE's two trunks on patches of both eyes and on their mirror images.

    Gradients reach the picture inside the eyes' outlines alone, as in the published code. Input is in [0, 1].
    """

    def __init__(self, network: GazeTaps) -> None:
        super().__init__()
        self.left, self.right = network.left, network.right

    def forward(
        self,
        prediction: Tensor,  # [B, 3, S, S] in [0, 1]
        target: Tensor,  # [B, 3, S, S] in [0, 1]
        landmarks: Tensor,  # [B, 68, 2] of the target, in [-1, 1]
    ) -> Tensor:
        size = (GAZE_PX, GAZE_PX)
        mine, theirs = (
            F.interpolate(pictures, size, mode="bicubic", align_corners=False) for pictures in (prediction, target)
        )
        inside = eye_masks(landmarks, GAZE_PX).to(mine)
        mine = inside * mine + (1 - inside) * mine.detach()
        with torch.no_grad():
            constant = self._embeddings(eye_patches(theirs, landmarks))
        return feature_l1(self._embeddings(eye_patches(mine, landmarks)), constant, GAZE_TAP_WEIGHTS)

    def _embeddings(self, patches: tuple[Tensor, Tensor]) -> list[Tensor]:
        """A mirrored left eye is a right eye, so each trunk sees both."""
        left, right = patches
        taps = self.left(torch.cat([left, right.flip(-1)])), self.right(torch.cat([right, left.flip(-1)]))
        return [torch.cat(pair) for pair in zip(*taps, strict=True)]


def _compare(
    network: VggTaps | OwnTaps,
    normalise: ImageNetNormalise,
    prediction: Tensor,
    target: Tensor,
    weights: Sequence[float],
) -> Tensor:
    with torch.no_grad():
        constant = network(normalise(target))
    return feature_l1(network(normalise(prediction)), constant, weights)


def eye_patches(
    pictures: Tensor,  # [B, 3, S, S]
    landmarks: Tensor,  # [B, 68, 2] in [-1, 1]
) -> tuple[Tensor, Tensor]:  # [B, 3, 36, 60] each: the eye on the picture's left, the other
    """Upright patches around both eyes, as wide as `EYE_REACH` times the distance of the eye's corners."""
    x = (torch.arange(EYE_WIDTH_PX) + 0.5) / EYE_WIDTH_PX * 2 - 1
    y = (torch.arange(EYE_HEIGHT_PX) + 0.5) / EYE_HEIGHT_PX * 2 - 1
    rows, columns = torch.meshgrid(y * EYE_HEIGHT_PX / EYE_WIDTH_PX, x, indexing="ij")
    unit = torch.stack([columns, rows], dim=-1).to(pictures)  # [36, 60, 2]
    patches = []
    for eye in EYES:
        outline = landmarks[:, eye].to(pictures)
        reach = EYE_REACH / 2 * (outline[:, 0] - outline[:, 3]).norm(dim=-1)  # the eye's two corners
        grid = outline.mean(dim=1)[:, None, None] + reach[:, None, None, None] * unit
        patches.append(F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False))
    return patches[0], patches[1]


def eye_masks(
    landmarks: Tensor,  # [B, 68, 2] in [-1, 1]
    size_px: int,
) -> Tensor:  # [B, 1, size_px, size_px] in [0, 1]
    """Both eyes' outlines, filled, widened and softened by 5 px."""
    kernel = np.ones((5, 5), np.uint8)
    masks = []
    for points in landmarks.detach().cpu().numpy():
        mask = np.zeros((size_px, size_px), np.uint8)
        for eye in EYES:
            outline = ((points[eye] + 1) / 2 * size_px).astype(np.int32)
            cv2.fillConvexPoly(mask, outline, 255)
        masks.append(cv2.blur(cv2.dilate(mask, kernel), kernel.shape))
    return torch.from_numpy(np.stack(masks)).unsqueeze(1).float() / 255
