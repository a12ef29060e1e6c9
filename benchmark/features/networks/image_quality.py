"""Networks that judge a single picture, through the package pyiqa, with files of the weights registry.

pyiqa fetches what it needs when a metric is made, mostly unchecked. Here its modules are built empty and filled tensor
by tensor, and nothing is fetched but by the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmark.features.networks.alignment import five_points
from feed_dataset.core.faces.mesh_indices import MOUTH
from feed_dataset.core.jobs.errors import FeedError

FACE_PX = 512
FACE_POINTS = np.array(
    [
        [192.98138, 239.94708],  # the subject's right eye (left in the picture)
        [318.90277, 240.1936],  # left eye
        [256.63416, 314.01935],  # tip of the nose
        [201.26117, 371.41043],  # right corner of the mouth
        [313.08905, 371.15118],  # left corner
    ]
)
"""Places of the five points in the 512 px face (facexlib's template for FFHQ, which pyiqa aligns faces to)."""

_OUTSIDE_RGB = (132, 133, 135)  # facexlib's grey around the picture
MOUTH_MARGIN_PX = 10  # of THEval's box of the lips

Build = Callable[[Path], Any]
Prepare = Callable[[np.ndarray, np.ndarray], np.ndarray]


def build_topiq(path: Path) -> Any:
    """TOPIQ's ResNet-50 without reference; for faces the same layers with other weights."""
    from pyiqa.archs.topiq_arch import CFANet

    with _silent():
        network = CFANet("resnet50", use_ref=False, backbone_pretrain=False, pretrained=False)
    return _filled(network, path, key="params")


def build_topiq_aesthetic(path: Path) -> Any:
    """TOPIQ's Swin for aesthetics, ten classes."""
    from pyiqa.archs import topiq_arch

    create = topiq_arch.create_swin
    # The constructor would fetch the weights of ImageNet first, only to replace them.
    topiq_arch.create_swin = lambda name, pretrained, **options: create(name, pretrained=False, **options)
    try:
        with _silent():
            network = topiq_arch.CFANet(
                "swin_base_patch4_window12_384",
                use_ref=False,
                inter_dim=512,
                num_heads=8,
                num_class=10,
                pretrained=False,
            )
    finally:
        topiq_arch.create_swin = create
    return _filled(network, path, key="params")


def build_musiq(path: Path) -> Any:
    """MUSIQ with one number at its end."""
    from pyiqa.archs.musiq_arch import MUSIQ

    return _filled(MUSIQ(pretrained=False), path, key=None)


def build_clip_iqa(path: Path) -> Any:
    """CLIP-IQA on OpenAI's file of CLIP's ResNet-50, which is TorchScript: run only after its hash was checked."""
    from pyiqa.archs.clipiqa_arch import CLIPIQA

    return CLIPIQA(model_type="clipiqa", backbone=str(path))


def whole_frame(frame: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
    """The picture as it is."""
    return frame


def aligned_face(
    frame: np.ndarray,  # uint8 [H, W, 3]
    landmarks_px: np.ndarray,  # [468, 2 or 3]
) -> np.ndarray:
    """The face at the template's place, uint8 [512, 512, 3]: least-squares similarity, bilinear, grey outside."""
    from feed_dataset.core.faces.embed import similarity

    scale, rotation, offset = similarity(five_points(landmarks_px), FACE_POINTS)
    affine = np.concatenate([scale * rotation, offset[:, None]], axis=1)
    return cv2.warpAffine(frame, affine, (FACE_PX, FACE_PX), borderValue=_OUTSIDE_RGB)


def mouth_box(
    frame: np.ndarray,  # uint8 [H, W, 3]
    landmarks_px: np.ndarray,  # [468, 2 or 3]
) -> np.ndarray:
    """The box of the lips with 10 px on each side, inside the picture, uint8 [h, w, 3]; [0, 0, 3] outside of it."""
    points = np.asarray(landmarks_px)[MOUTH][:, :2].astype(int)
    left, top = np.maximum(points.min(axis=0) - MOUTH_MARGIN_PX, 0)
    right, bottom = np.minimum(points.max(axis=0) + MOUTH_MARGIN_PX, frame.shape[1::-1])
    return frame[top : max(top, bottom), left : max(left, right)]


class QualityOfFrames:
    """What a network says of each frame, or of a part of it.

    Args:
        network: float [1, 3, h, w] RGB in [0, 1] to one number.
        prepare: the part that it looks at.
        needs_face: whether a frame without landmarks has no value.
    """

    def __init__(
        self, network: Callable[[Any], Any], prepare: Prepare, *, needs_face: bool, device: str = "cpu"
    ) -> None:
        self._network, self._prepare, self._needs_face, self._device = network, prepare, needs_face, device

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 2 or 3], NaN where no face
    ) -> np.ndarray:
        """float32 [T, 1]; NaN where there is nothing to look at. One picture at a time: crops have unlike sizes."""
        return np.array([[self._one(*one)] for one in zip(frames, landmarks_px, strict=True)], np.float32)

    def _one(self, frame: np.ndarray, landmarks_px: np.ndarray) -> float:
        if self._needs_face and not np.isfinite(landmarks_px).all():
            return float("nan")
        part = self._prepare(frame, landmarks_px)
        if not part.size:
            return float("nan")
        import torch

        with torch.inference_mode():
            image = torch.from_numpy(np.ascontiguousarray(part)).to(self._device).permute(2, 0, 1)[None]
            return float(self._network(image.float() / 255))


def load(build: Build, weights: str, prepare: Prepare, *, needs_face: bool, device: str) -> QualityOfFrames:
    """Load from the weights registry. Raises WeightsUnavailable, which names the command."""
    from feed_dataset.core.weights import resolve

    network = build(resolve(weights)).eval().requires_grad_(False).to(device)
    return QualityOfFrames(network, prepare, needs_face=needs_face, device=device)


def _filled(network: Any, path: Path, key: str | None) -> Any:
    from feed_dataset.core.weights.loading import fit_state, load_saved

    saved = load_saved(path)
    state = saved if key is None else saved.get(key) if isinstance(saved, dict) else None
    if not isinstance(state, dict):
        raise FeedError(f"expected tensors by name under {key!r} in {path} but got {type(saved).__name__}")
    fit_state(network, {name.removeprefix("module."): value for name, value in state.items()}, str(path))
    return network


@contextmanager
def _silent() -> Iterator[None]:
    """timm warns of names that pyiqa gives it."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


TOPIQ = partial(load, build_topiq, "topiq-nr", whole_frame, needs_face=False)
TOPIQ_FACE = partial(load, build_topiq, "topiq-nr-face", aligned_face, needs_face=True)
TOPIQ_AESTHETIC = partial(load, build_topiq_aesthetic, "topiq-iaa", whole_frame, needs_face=False)
MUSIQ = partial(load, build_musiq, "musiq-koniq", whole_frame, needs_face=False)
MUSIQ_MOUTH = partial(load, build_musiq, "musiq-koniq", mouth_box, needs_face=True)
CLIP_IQA = partial(load, build_clip_iqa, "clip-rn50", whole_frame, needs_face=False)
