"""Identity descriptors: dlib's face recognition ResNet on chips that are aligned as dlib aligns them."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from feed_dataset.core.faces.dlib_resnet import CHIP_PX, DESCRIPTOR_VALUES, DlibFaceResNet
from feed_dataset.core.weights import resolve

EMBEDDER_WEIGHTS = "dlib-face-resnet"
# The mesh's points: subject's left eye outer and inner corner, right eye outer and inner corner, nose base.
_MESH_POINTS = (263, 362, 33, 133, 2)
# dlib's mean places of those five points in the unit square of the face (get_face_chip_details).
_MEAN_FACE = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
_PADDING = 0.25
_BATCH = 32


class FaceEmbedder:
    """128 numbers per face. Compare by L2 distance (under about 0.6: same person); cosines are compressed."""

    def __init__(self, network: DlibFaceResNet, device: str = "cpu") -> None:
        self._network = network.to(device)
        self._device = device

    @classmethod
    def load(cls, device: str = "cpu") -> FaceEmbedder:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets it."""
        return cls(DlibFaceResNet.from_file(resolve(EMBEDDER_WEIGHTS)), device)

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 2 or 3], NaN where no face
    ) -> np.ndarray:
        """Descriptors float32 [T, 128]; NaN rows where there are no landmarks."""
        if len(frames) != len(landmarks_px):
            raise ValueError(f"expected landmarks of {len(frames)} frames but got {len(landmarks_px)}")
        out = np.full((len(frames), DESCRIPTOR_VALUES), np.nan, np.float32)
        valid = np.flatnonzero(np.isfinite(landmarks_px).all(axis=(1, 2)))
        for start in range(0, len(valid), _BATCH):
            chosen = valid[start : start + _BATCH]
            chips = np.stack([face_chip(frames[index], landmarks_px[index]) for index in chosen])
            out[chosen] = self.embed_chips(chips)
        return out

    def embed_chips(
        self,
        chips: np.ndarray,  # uint8 [N, 150, 150, 3] RGB
    ) -> np.ndarray:
        """Descriptors float32 [N, 128] of aligned chips."""
        tensor = torch.from_numpy(np.ascontiguousarray(chips)).to(self._device).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            descriptors: np.ndarray = self._network(tensor).cpu().numpy()
        return descriptors


def face_chip(
    image: np.ndarray,  # uint8 [H, W, 3]
    landmarks_px: np.ndarray,  # [468, 2 or 3]
) -> np.ndarray:
    """The aligned face, uint8 [150, 150, 3]; black outside the image (dlib: get_face_chip, padding 0.25)."""
    # dlib places the points between pixel edges; pixel i of the chip has its centre at i + 0.5 there.
    target = (_PADDING + _MEAN_FACE) / (2 * _PADDING + 1) * CHIP_PX - 0.5
    source = np.asarray(landmarks_px, dtype=np.float64)[list(_MESH_POINTS), :2]
    scale, rotation, offset = similarity(target, source)
    # As dlib: halve with a binomial pyramid until at most two source pixels make one pixel of the chip.
    halvings = max(0, int(np.ceil(np.log2(scale))) - 1)
    for _ in range(halvings):
        image = cv2.pyrDown(image)
    factor = 0.5**halvings  # pyrDown keeps pixel (2 i, 2 j) at (i, j)
    to_image = factor * np.concatenate([scale * rotation, offset[:, None]], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, to_image, (CHIP_PX, CHIP_PX), flags=flags, borderMode=cv2.BORDER_CONSTANT)


def similarity(
    source: np.ndarray,  # [N, 2]
    target: np.ndarray,  # [N, 2]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation [2, 2] and offset [2] that map source onto target by least squares (Umeyama 1991)."""
    mean_source, mean_target = source.mean(axis=0), target.mean(axis=0)
    a, b = source - mean_source, target - mean_target
    u, singular, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum() / (a**2).sum())
    return scale, rotation, mean_target - scale * rotation @ mean_source
