"""PSNR, SSIM and L1 against reference frames (self-reenactment only)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.scores import CaseScore, mean_score, unscored

DATA_RANGE = 255.0
PSNR_CAP_DB = 100.0  # identical frames would be infinite; one pixel off by one level at 226 x 226 is 100 dB
_SSIM_WINDOW, _SSIM_SIGMA = 11, 1.5  # Wang et al. 2004
_SSIM_C1, _SSIM_C2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2


def frame_psnr_db(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Peak signal-to-noise ratio in dB, at most `PSNR_CAP_DB`."""
    mse = float(np.mean((a.astype(np.float64) - b) ** 2))
    if mse == 0.0:
        return PSNR_CAP_DB
    return min(PSNR_CAP_DB, 10.0 * float(np.log10(DATA_RANGE**2 / mse)))


def frame_l1(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Mean absolute difference in grey levels (0 to 255)."""
    return float(np.mean(np.abs(a.astype(np.float64) - b)))


def frame_ssim(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Structural similarity (Wang et al. 2004), Gaussian window 11, sigma 1.5, mean of the colour channels.

    Statistics are population ones; only pixels whose whole window lies inside the image count.
    """
    import cv2

    if min(a.shape[:2]) < _SSIM_WINDOW:
        raise ValueError(f"expected frames of at least {_SSIM_WINDOW} px but got {list(a.shape[:2])}")
    kernel = cv2.getGaussianKernel(_SSIM_WINDOW, _SSIM_SIGMA, cv2.CV_64F)
    margin = _SSIM_WINDOW // 2

    def blur(image: np.ndarray) -> np.ndarray:
        full = cv2.sepFilter2D(image, cv2.CV_64F, kernel, kernel)
        return np.asarray(full[margin:-margin, margin:-margin])

    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = blur(x), blur(y)
    var_x = blur(x * x) - mean_x**2
    var_y = blur(y * y) - mean_y**2
    cov = blur(x * y) - mean_x * mean_y
    top = (2 * mean_x * mean_y + _SSIM_C1) * (2 * cov + _SSIM_C2)
    return float(np.mean(top / ((mean_x**2 + mean_y**2 + _SSIM_C1) * (var_x + var_y + _SSIM_C2))))


def psnr(case: CaseFeatures) -> CaseScore:
    """Mean PSNR of the frames."""
    return _per_frame(case, frame_psnr_db)


def ssim(case: CaseFeatures) -> CaseScore:
    """Mean SSIM of the frames."""
    return _per_frame(case, frame_ssim)


def l1(case: CaseFeatures) -> CaseScore:
    """Mean L1 of the frames."""
    return _per_frame(case, frame_l1)


def _per_frame(case: CaseFeatures, function: Callable[[np.ndarray, np.ndarray], float]) -> CaseScore:
    output, reference = case.frames_output, case.frames_reference
    if reference is None or output is None:
        return unscored("no reference" if reference is None else "no output frames", len(case.driver))
    expected = len(reference)
    if len(output) > expected:
        return unscored(f"output has more frames ({len(output)}) than reference ({expected})", expected)
    if len(output) and output.shape[1:] != reference.shape[1:]:
        sizes = f"{output.shape[2]}x{output.shape[1]} but reference {reference.shape[2]}x{reference.shape[1]}"
        return unscored(f"output frames are {sizes}", expected)
    values = np.array([function(a, b) for a, b in zip(output, reference[: len(output)], strict=True)])
    failures = [None] * len(output) + ["output: frame missing"] * (expected - len(output))
    return mean_score(values, failures)
