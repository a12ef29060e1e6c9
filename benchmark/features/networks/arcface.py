"""ArcFace descriptors (Deng et al. 2019) of insightface's `w600k_r50.onnx`, the field's usual CSIM network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.networks.alignment import ARCFACE_PX, arcface_chip, five_points

WEIGHTS_NAME = "arcface-r50"
DESCRIPTOR_VALUES = 512
_MEAN, _SCALE = 127.5, 127.5  # insightface's ArcFaceONNX for this file
_BATCH = 16


class ArcFace:
    """512 numbers per face; compare by cosine.

    Args:
        network: float32 [B, 3, 112, 112], RGB in [-1, 1], to [B, 512].
    """

    def __init__(self, network: Callable[[np.ndarray], np.ndarray]) -> None:
        self._network = network

    @classmethod
    def load(cls, device: str = "cpu") -> ArcFace:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets it."""
        from benchmark.features.networks.onnx import OnnxNetwork
        from feed_dataset.core.weights import resolve

        return cls(OnnxNetwork(resolve(WEIGHTS_NAME), device=device))

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 2 or 3], NaN where no face
    ) -> np.ndarray:
        """Descriptors float32 [T, 512]; NaN rows where there are no landmarks."""
        return describe_faces(frames, landmarks_px, _chip, self.embed_chips, DESCRIPTOR_VALUES)

    def embed_chips(
        self,
        chips: np.ndarray,  # uint8 [N, 112, 112, 3] RGB
    ) -> np.ndarray:
        """Descriptors float32 [N, 512] of aligned faces, not normalised."""
        if chips.shape[1:] != (ARCFACE_PX, ARCFACE_PX, 3):
            raise ValueError(f"expected chips [N, {ARCFACE_PX}, {ARCFACE_PX}, 3] but got {list(chips.shape)}")
        blob = (chips.astype(np.float32) - _MEAN) / _SCALE
        return self._network(np.ascontiguousarray(blob.transpose(0, 3, 1, 2)))


def _chip(image: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    return arcface_chip(image, five_points(landmarks_px))


def describe_faces(
    frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
    landmarks_px: np.ndarray,  # [T, 468, 2 or 3], NaN where no face
    chip: Callable[[np.ndarray, np.ndarray], np.ndarray],
    embed: Callable[[np.ndarray], np.ndarray],
    values: int,
) -> np.ndarray:
    """Descriptors float32 [T, values] of the faces of frames; NaN rows where there are no landmarks."""
    if len(frames) != len(landmarks_px):
        raise ValueError(f"expected landmarks of {len(frames)} frames but got {len(landmarks_px)}")
    out = np.full((len(frames), values), np.nan, np.float32)
    valid = np.flatnonzero(np.isfinite(landmarks_px).all(axis=(1, 2)))
    for start in range(0, len(valid), _BATCH):
        chosen = valid[start : start + _BATCH]
        out[chosen] = embed(np.stack([chip(frames[index], landmarks_px[index]) for index in chosen]))
    return out
