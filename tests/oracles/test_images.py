"""PSNR and SSIM equal scikit-image."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.extractors.pixels import frame_psnr_db, frame_ssim
from tests.oracles.compare_images import compare, pairs

skimage = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed: extra oracles")


def test_equal_scikit_image() -> None:
    assert [figure.name for figure in compare(quick=True) if not figure.is_met] == []


def test_the_package_default_is_another_ssim() -> None:
    """Uniform windows of 7 px: why the card names window and statistics."""
    (a, *_), (b, *_) = pairs(1, 64)
    other = skimage.structural_similarity(a, b, channel_axis=-1, data_range=255)
    assert abs(other - frame_ssim(a, b)) > 1e-3


def test_equal_frames_are_infinite_there_and_capped_here() -> None:
    (a, *_), _ = pairs(1, 64)
    with np.errstate(divide="ignore"):
        assert skimage.peak_signal_noise_ratio(a, a) == np.inf
    assert frame_psnr_db(a, a) == 100.0
