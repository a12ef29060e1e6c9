"""PSNR, SSIM and L1 of two frames."""

from __future__ import annotations

import numpy as np

DATA_RANGE = 255.0
PSNR_CAP_DB = 100.0  # identical frames would be infinite; one pixel off by one level at 226 x 226 is 100 dB
SSIM_WINDOW_PX, _SSIM_SIGMA = 11, 1.5  # Wang et al. 2004
_SSIM_C1, _SSIM_C2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2


def frame_psnr_db(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Peak signal-to-noise ratio in dB, at most `PSNR_CAP_DB`."""
    import cv2

    squared = cv2.norm(_bytes(a), _bytes(b), cv2.NORM_L2SQR)  # exact: a sum of integers
    if squared == 0.0:
        return PSNR_CAP_DB
    return min(PSNR_CAP_DB, 10.0 * float(np.log10(DATA_RANGE**2 * a.size / squared)))


def frame_l1(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Mean absolute difference in grey levels (0 to 255)."""
    import cv2

    return float(cv2.norm(_bytes(a), _bytes(b), cv2.NORM_L1)) / a.size


def frame_ssim(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Structural similarity (Wang et al. 2004), Gaussian window 11, sigma 1.5, mean of the colour channels.

    Statistics are population ones; only pixels whose whole window lies inside the image count. NaN where no window
    fits. Four separable filters of float32, because the two variances are only ever added; grey levels are counted
    from the mean, where their squares are small enough to agree with float64 to 1e-6.
    """
    import cv2

    if min(a.shape[:2]) < SSIM_WINDOW_PX:
        return float("nan")
    kernel = cv2.getGaussianKernel(SSIM_WINDOW_PX, _SSIM_SIGMA, cv2.CV_32F)
    margin = SSIM_WINDOW_PX // 2

    def blur(image: np.ndarray) -> np.ndarray:
        full = cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel)
        return np.asarray(full[margin:-margin, margin:-margin])

    middle = np.float32(round((float(a.mean()) + float(b.mean())) / 2))
    x, y = _bytes(a).astype(np.float32) - middle, _bytes(b).astype(np.float32) - middle
    mean_x, mean_y = blur(x), blur(y)
    covariance = blur(x * y) - mean_x * mean_y
    variances = blur(x * x + y * y) - (mean_x * mean_x + mean_y * mean_y)
    mean_x += middle
    mean_y += middle
    top = (2 * mean_x * mean_y + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    bottom = (mean_x * mean_x + mean_y * mean_y + _SSIM_C1) * (variances + _SSIM_C2)
    return float(np.mean(top / bottom, dtype=np.float64))


def _bytes(frame: np.ndarray) -> np.ndarray:
    if frame.dtype != np.uint8:
        raise ValueError(f"expected frames of uint8 but got {frame.dtype}")
    return np.ascontiguousarray(frame)
