"""Known values of PSNR, SSIM and L1: from bytes to the mean over frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case
from benchmark.features.extractors.catalog import pair_extractor
from benchmark.features.types.case import CaseFeatures
from benchmark.features.types.extractor import Compute


def known_values() -> tuple[KnownValue, ...]:
    """A constant difference has a closed form; random pictures are compared with sums and windows in float64."""
    random = np.random.default_rng(0)
    flat = np.full((3, 20, 24, 3), 100, np.uint8)
    raised = flat + np.array([5, 10, 20], np.uint8)[:, None, None, None]
    noise = random.integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
    smooth = np.clip(noise[:, ::-1] * 0.6 + 60, 0, 255).astype(np.uint8)
    near = np.clip(noise.astype(int) + random.integers(-30, 31, noise.shape), 0, 255).astype(np.uint8)
    difference = noise.astype(np.float64) - near
    decibels = [10 * np.log10(255**2 / float(np.mean(one**2))) for one in difference]
    closed = {
        # MSE of a constant difference is its square.
        "psnr": float(np.mean([20 * np.log10(255 / step) for step in (5, 10, 20)])),
        "l1": (5 + 10 + 20) / 3,
        # Without variance the second factor is 1.
        "ssim": float(np.mean([(200 * b + 6.5025) / (100**2 + b**2 + 6.5025) for b in (105.0, 110.0, 120.0)])),
    }
    found = [
        _of(one, "a constant difference in each frame", CLOSED_FORM, flat, raised, closed[one], tolerance=3e-5)
        for one in closed
    ]
    found += [
        _of("psnr", "noise on noise", INDEPENDENT, near, noise, float(np.mean(decibels))),
        _of("l1", "noise on noise", INDEPENDENT, near, noise, float(np.abs(difference).mean())),
        _of("psnr", "equal frames", EXACTLY, noise, noise, 100.0),
        _of("l1", "equal frames", EXACTLY, noise, noise, 0.0),
        _of("ssim", "equal frames", EXACTLY, noise, noise, 1.0),
    ]
    for name, other in (("noise on noise", near), ("other contrast, upside down", smooth)):
        values = [_ssim(a, b) for a, b in zip(noise, other, strict=True)]
        found.append(_of("ssim", name, INDEPENDENT, other, noise, float(np.mean(values))))
    dark, lighter = np.full((3, 20, 24, 3), 1, np.uint8), np.full((3, 20, 24, 3), 3, np.uint8)
    name, expected = "dark frames, where the first constant decides", (2 * 3 + 6.5025) / (1 + 9 + 6.5025)
    found.append(_of("ssim", name, CLOSED_FORM, dark, lighter, expected))
    narrow = _compared("ssim", noise[:, :, :8], noise[:, :, :8])
    found.append(of_case("ssim", "frames narrower than the window", EXACTLY, narrow, None))
    return tuple(found)


def _of(
    metric: str, name: str, basis: str, output: np.ndarray, reference: np.ndarray, expected: float, **more: float
) -> KnownValue:
    # One frame of the output is missing: it must be counted, and must not enter.
    compared = _compared(metric, output, reference)
    return of_case(metric, name, basis, compared, expected, scored=len(output), due=len(output) + 1, **more)  # type: ignore[arg-type]


def _compared(metric: str, output: np.ndarray, reference: np.ndarray) -> Callable[[], CaseFeatures]:
    count = len(output)

    def make() -> CaseFeatures:
        pairs = pair_extractor(metric).load(Compute())(output, reference)
        whole = video(None, frames=count + 1)
        return case(video(None, frames=count), whole, reference=whole, pairs={metric: pairs})

    return make


def _ssim(
    a: np.ndarray,  # uint8 [H, W, 3]
    b: np.ndarray,  # uint8 [H, W, 3]
) -> float:
    """Wang et al. 2004 window by window in float64: weighted mean, variance and covariance of 11 x 11 pixels."""
    line = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    windows = [np.lib.stride_tricks.sliding_window_view(one.astype(np.float64), (11, 11), (0, 1)) for one in (a, b)]
    mean_a, mean_b = ((weights * one).sum((-1, -2)) for one in windows)
    from_a, from_b = windows[0] - mean_a[..., None, None], windows[1] - mean_b[..., None, None]
    var_a, var_b = ((weights * one**2).sum((-1, -2)) for one in (from_a, from_b))
    covariance = (weights * from_a * from_b).sum((-1, -2))
    similar = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float((similar / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())
