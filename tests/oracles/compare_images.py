"""PSNR and SSIM of scikit-image, frame by frame, against ours."""

from __future__ import annotations

import numpy as np

from benchmark.features.extractors.pixels import frame_psnr_db, frame_ssim
from scripts.bench_metrics_parts.figure import Figure


def pairs(count: int, size_px: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Textured frames uint8 [T, H, W, 3] and noisy, shifted, blurred and flat versions of them."""
    import cv2

    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size_px, :size_px][..., None]
    first, second = [], []
    for number in range(count):
        waves = 128 + 60 * np.sin(y / (5 + number)) + 50 * np.cos(x / 9 + np.arange(3) + number)
        frame = np.clip(waves + rng.normal(0, 5, waves.shape), 0, 255).astype(np.uint8)
        changed = [
            np.clip(frame + rng.normal(0, 3 + 5 * number, frame.shape), 0, 255).astype(np.uint8),
            np.roll(frame, 1 + number, axis=1),
            cv2.GaussianBlur(frame, (0, 0), 0.7 + number),
            np.full_like(frame, 250),
        ]
        first.append(frame)
        second.append(changed[number % len(changed)])
    return np.stack(first), np.stack(second)


def compare(quick: bool) -> list[Figure]:
    """Largest relative difference over the frames."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    a, b = pairs(4 if quick else 12, 128 if quick else 512)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    theirs = [structural_similarity(x, y, data_range=255, **settings) for x, y in zip(a, b, strict=True)]
    ours = [frame_ssim(x, y) for x, y in zip(a, b, strict=True)]
    ssim = np.max(np.abs(np.subtract(ours, theirs)) / np.abs(theirs))
    theirs = [peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b, strict=True)]
    ours = [frame_psnr_db(x, y) for x, y in zip(a, b, strict=True)]
    psnr = np.max(np.abs(np.subtract(ours, theirs)) / np.abs(theirs))
    note = f"scikit-image, {len(a)} pairs of {a.shape[1]} px"
    return [
        Figure("psnr against scikit-image", float(psnr), "rel", 1e-6, at_least=False, note=note),
        Figure("ssim against scikit-image", float(ssim), "rel", 1e-4, at_least=False, note=note),
    ]
