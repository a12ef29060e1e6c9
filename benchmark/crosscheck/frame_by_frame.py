"""scikit-image and lpips: a number for each frame, then the mean over frames and over pairs, as ours is."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmark.crosscheck.material import Material
from benchmark.crosscheck.weights import torch_files

_OURS = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


def psnr_db_of(material: Material) -> float:
    """scikit-image's PSNR."""
    from skimage.metrics import peak_signal_noise_ratio

    def one(a: np.ndarray, b: np.ndarray) -> float:
        with np.errstate(divide="ignore"):
            return float(peak_signal_noise_ratio(b, a, data_range=255))

    return _mean(material, one)


def ssim_of(material: Material) -> float:
    """scikit-image's SSIM with the windows and statistics of Wang et al."""
    return _ssim(material, _OURS)


def default_ssim_of(material: Material) -> float:
    """scikit-image's SSIM as it is by default."""
    return _ssim(material, {})


def _ssim(material: Material, settings: dict[str, Any]) -> float:
    from skimage.metrics import structural_similarity

    return _mean(material, lambda a, b: float(structural_similarity(a, b, channel_axis=-1, data_range=255, **settings)))


def lpips_of(material: Material, kind: str) -> float:
    """The package's module with the backbone of our registry and its own heads."""
    import lpips
    import torch

    with torch_files(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # it asks torchvision by an old name
        network = lpips.LPIPS(net=kind, verbose=False).eval()

    def one(a: np.ndarray, b: np.ndarray) -> float:
        with torch.inference_mode():
            return float(network(lpips.im2tensor(a), lpips.im2tensor(b)))

    return _mean(material, one)


def _mean(material: Material, of_frames: Callable[[np.ndarray, np.ndarray], float]) -> float:
    means = []
    for _, frames in material.frames():
        values = [of_frames(a, b) for a, b in frames]
        means.append(math.fsum(values) / len(values))
    return math.fsum(means) / len(means)
