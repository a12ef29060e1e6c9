"""Texture atlas of the template head: the canonical point under every texel.

The face covers only about a fifth of MakeHuman's UV square, so the head island is baked on its own.
"""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.rig.raster_gbuffer import gbuffer, interpolate
from feed_dataset.synthetic.rig.subdiv import SubdividedPart

HEAD_ISLAND_UV = (0.63, 1.0, 0.14, 0.86)  # u0, u1, v0, v1; v runs up
_DILATION_STEPS = 2


def _dilate(image: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Grow the filled texels, so that bilinear taps at island borders stay valid."""
    kernel = np.ones((3, 3), np.float32)
    for _ in range(_DILATION_STEPS):
        weight = cv2.filter2D(filled.astype(np.float32), -1, kernel)
        channels = [cv2.filter2D(image[..., c] * filled, -1, kernel) for c in range(image.shape[-1])]
        grown = np.stack(channels, -1) / np.maximum(weight, 1e-6)[..., None]
        new = ~filled & (weight > 0)
        image[new] = grown[new]
        filled = filled | new
    return image


def _bake(uv: np.ndarray, triangles: np.ndarray, attributes: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """Vertex attributes [V, C] spread over texture space, float32 [H, W, C]."""
    pixels = np.stack([uv[:, 0] * width_px, (1 - uv[:, 1]) * height_px], 1)
    ones = np.ones(len(pixels), np.float32)
    ids, barycentric, _ = gbuffer(pixels, ones * 0.5, ones, triangles, height_px, width_px)
    return _dilate(interpolate(attributes, triangles, ids, barycentric), ids >= 0)


class SkinAtlas:
    """Canonical points per texel for the head island [2 W, W] and for the whole UV square [W, W].

    Args:
        assets: the head assets.
        body: the refined body.
        width_px: W.
    """

    def __init__(self, assets: HeadAssets, body: SubdividedPart, width_px: int) -> None:
        self.width_px, self.height_px = width_px, width_px * 2
        canonical = body.positions(assets.vertices)[body.point_of_vertex]
        u0, u1, v0, v1 = HEAD_ISLAND_UV
        triangle_uv = body.uv[body.triangles].mean(1)
        on_head = (triangle_uv[:, 0] > u0) & (triangle_uv[:, 1] > v0)
        head_uv = np.stack([(body.uv[:, 0] - u0) / (u1 - u0), (body.uv[:, 1] - v0) / (v1 - v0)], 1)

        self.head = _bake(head_uv, body.triangles[on_head], canonical, self.height_px, width_px)  # [2 W, W, 3]
        self.torso = _bake(body.uv, body.triangles[~on_head], canonical, width_px, width_px)  # [W, W, 3]
        self.head_flag = np.zeros(len(body.uv), np.float32)  # [V], 1 on the head island
        self.head_flag[body.triangles[on_head].ravel()] = 1
        self.uv = np.where(self.head_flag[:, None] > 0.5, head_uv, body.uv).astype(np.float32)  # [V, 2]
        self.masks = {name: self._head_crop(mask) for name, mask in assets.masks.items()}  # float32 [2 W, W]

    def _head_crop(self, mask: np.ndarray) -> np.ndarray:
        u0, u1, v0, v1 = HEAD_ISLAND_UV
        height, width = mask.shape
        crop = mask[int((1 - v1) * height) : int((1 - v0) * height), int(u0 * width) : int(u1 * width)]
        size = (self.width_px, self.height_px)
        return cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255

    def texels(self, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of the head-island texel under each uv [V, 2]."""
        column = np.clip((uv[:, 0] * self.width_px).astype(int), 0, self.width_px - 1)
        row = np.clip(((1 - uv[:, 1]) * self.height_px).astype(int), 0, self.height_px - 1)
        return row, column
