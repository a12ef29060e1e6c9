"""PSNR, SSIM and L1 against reference frames (self-reenactment only)."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.metric import CaseEntry, Metric
from benchmark.metrics.scores import CaseScore, mean_score, unscored

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


def psnr(case: CaseFeatures) -> CaseScore:
    """Mean PSNR of the frames."""
    return mean_of_pairs(case, "psnr")


def ssim(case: CaseFeatures) -> CaseScore:
    """Mean SSIM of the frames."""
    return mean_of_pairs(case, "ssim")


def l1(case: CaseFeatures) -> CaseScore:
    """Mean L1 of the frames."""
    return mean_of_pairs(case, "l1")


def mean_of_pairs(case: CaseFeatures, extractor_id: str) -> CaseScore:
    """Mean over the reference's frames of what a pair extractor said; a frame that the output lacks has failed."""
    if case.reference is None:
        return unscored("no reference", len(case.driver))
    expected = len(case.reference)
    if case.no_pairs is not None:
        return unscored(case.no_pairs, expected)
    if len(case.output) > expected:
        return unscored(f"output has more frames ({len(case.output)}) than reference ({expected})", expected)
    values = case.pairs.get(extractor_id)
    if values is None:
        return unscored(f"{extractor_id}: not computed", expected)
    failures = [None] * len(values) + ["output: frame missing"] * (expected - len(values))
    return mean_score(values, failures)


_ALIGNED = (
    "Punishes a face that is right but two pixels away, and blur is cheap: read it with a measure of expression.",
    "Self-reenactment only: in cross-reenactment there is nothing to compare with.",
)
_LOSSY = "Two copies of a video that were compressed differently are no longer equal: compare before compression."


def _card(
    metric_id: str,
    title: str,
    *,
    unit: str,
    higher_is_better: bool,
    value_range: tuple[float, float],
    summary: str,
    definition: str,
    pitfalls: tuple[str, ...],
    source: str,
) -> Metric:
    return Metric(
        id=metric_id,
        title=title,
        unit=unit,
        higher_is_better=higher_is_better,
        level="case",
        needs=frozenset({"reference"}),
        features=(metric_id,),
        summary=summary,
        definition=definition,
        value_range=value_range,
        preprocessing="None: RGB uint8 as decoded, all pixels of the frame (background included), no resize.",
        pitfalls=(*pitfalls, *_ALIGNED, _LOSSY),
        source=source,
    )


ENTRIES = (
    CaseEntry(
        _card(
            "psnr",
            "PSNR",
            unit="dB",
            higher_is_better=True,
            value_range=(0.0, PSNR_CAP_DB),
            summary="Mean per-frame PSNR against the reference, data range 255, capped at 100 dB.",
            definition="Mean over frames of `10 log10(255^2 / MSE)`, `MSE` over all pixels and the three channels of a"
            " frame; at most 100 dB, which identical frames get.",
            pitfalls=(
                "The mean of decibels is not the PSNR of the pooled error, which is lower; papers seldom say which"
                " they print.",
            ),
            source="usual definition per frame; equals scikit-image `peak_signal_noise_ratio`",
        ),
        psnr,
    ),
    CaseEntry(
        _card(
            "ssim",
            "SSIM",
            unit="",
            higher_is_better=True,
            value_range=(-1.0, 1.0),
            summary="Mean per-frame SSIM against the reference: Gaussian window 11, sigma 1.5, range 255, RGB mean.",
            definition="`(2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2))` with"
            " `C1 = (0.01 * 255)^2`, `C2 = (0.03 * 255)^2` and population statistics in a Gaussian window of 11 px"
            " (sigma 1.5); mean over the windows inside the frame, the channels, the frames.",
            pitfalls=(
                "Other windows (uniform 7 px is scikit-image's default), grey instead of RGB, or counting windows over"
                " the border (torchmetrics) give other numbers under the same name.",
            ),
            source="Wang et al. 2004; equals scikit-image `structural_similarity(gaussian_weights=True, sigma=1.5,"
            " use_sample_covariance=False)`",
        ),
        ssim,
    ),
    CaseEntry(
        _card(
            "l1",
            "L1",
            unit="grey levels",
            higher_is_better=False,
            value_range=(0.0, 255.0),
            summary="Mean absolute pixel difference to the reference, 0 to 255.",
            definition="Mean over frames, pixels and channels of the absolute difference in grey levels of 0 to 255.",
            pitfalls=("Papers that scale pixels to [0, 1] print this divided by 255.",),
            source="usual definition (first-order-model and its successors print it in [0, 1])",
        ),
        l1,
    ),
)
