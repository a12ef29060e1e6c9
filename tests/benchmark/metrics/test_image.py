"""Pixel metrics against plain loops, known differences, and the way they must move."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.extractors import images
from benchmark.features.extractors.pixels import frame_l1, frame_psnr_db, frame_ssim
from benchmark.features.types.extractor import Compute
from benchmark.metrics import CARDS, CaseFeatures, CaseScore, FaceFeatures, score_case
from benchmark.metrics.scores import NOT_FINITE
from tests.benchmark.metrics.faces import case, person, shoot, video

RNG = np.random.default_rng(0)
_Y, _X = np.arange(64)[:, None, None], np.arange(80)[None, :, None]
SMOOTH = np.clip(
    128 + 60 * np.sin(_Y / 7) + 40 * np.cos(_X / 5 + np.arange(3)), 0, 255
).astype(np.uint8)  # fmt: skip


def noisy(sigma: float) -> np.ndarray:
    return np.clip(SMOOTH + RNG.normal(0, sigma, SMOOTH.shape), 0, 255).astype(np.uint8)


def plain_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al. 2004 in float64, one window at a time, written from the paper."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * 1.5**2))[..., None]
    window /= window.sum()
    c1, c2 = 2.55**2, 7.65**2
    values = []
    for i in range(a.shape[0] - 10):
        for j in range(a.shape[1] - 10):
            x, y = (image[i : i + 11, j : j + 11].astype(np.float64) for image in (a, b))
            mx, my = (np.sum(window * v, axis=(0, 1)) for v in (x, y))
            vx, vy, cov = (np.sum(window * d, axis=(0, 1)) for d in ((x - mx) ** 2, (y - my) ** 2, (x - mx) * (y - my)))
            values.append((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    return float(np.mean(values))


def of_pairs(pairs: dict[str, np.ndarray], output: int = 4, reference: int = 4, **extra: str) -> CaseFeatures:
    """A case of so many output and reference frames, of which pair extractors said `pairs`."""
    driver = video([shoot(person())] * reference)
    made = FaceFeatures(np.zeros((output, 468, 3), np.float32), (None,) * output)
    return case(made, driver, driver, reference=driver, pairs=pairs, **extra)


def score(metric: str, values: list[float], **counts: int) -> CaseScore:
    return score_case(metric, of_pairs({metric: np.array(values, np.float32)}, **counts))


@pytest.mark.parametrize("sigma", [2, 12, 80])
def test_ssim_is_wang_et_al(sigma: float) -> None:
    a, b = SMOOTH[:20, :24], noisy(sigma)[:20, :24]
    assert frame_ssim(a, b) == pytest.approx(plain_ssim(a, b), abs=1e-6)


@pytest.mark.parametrize(("grey", "other"), [(0, 0), (255, 255), (0, 255), (128, 129), (254, 250)])
def test_ssim_of_flat_frames(grey: int, other: int) -> None:
    """Where variances vanish, rounding would show; equal frames are exactly 1."""
    a, b = (np.full((32, 40, 3), value, np.uint8) for value in (grey, other))
    c1 = 2.55**2
    expected = (2 * grey * other + c1) / (grey**2 + other**2 + c1)
    assert frame_ssim(a, b) == pytest.approx(expected, abs=1e-6)
    if grey == other:
        assert frame_ssim(a, b) == 1.0


def test_ssim_has_no_window_in_a_tiny_frame() -> None:
    assert np.isnan(frame_ssim(SMOOTH[:10], SMOOTH[:10]))
    assert frame_ssim(SMOOTH[:11, :11], SMOOTH[:11, :11]) == 1.0


def test_psnr_and_l1_are_their_formulas() -> None:
    other = noisy(12)
    difference = SMOOTH.astype(float) - other
    assert frame_psnr_db(SMOOTH, other) == pytest.approx(10 * np.log10(255**2 / np.mean(difference**2)), rel=1e-12)
    assert frame_l1(SMOOTH, other) == pytest.approx(np.abs(difference).mean(), rel=1e-12)


def test_known_differences() -> None:
    dark = (SMOOTH.astype(int) // 2).astype(np.uint8)
    plus = dark + 10
    assert frame_l1(dark, plus) == 10.0
    assert frame_psnr_db(dark, plus) == pytest.approx(20 * np.log10(25.5))
    assert (frame_psnr_db(plus, plus), frame_ssim(plus, plus), frame_l1(plus, plus)) == (100.0, 1.0, 0.0)


def test_only_bytes() -> None:
    with pytest.raises(ValueError, match="expected frames of uint8 but got float64"):
        frame_psnr_db(SMOOTH / 255, SMOOTH / 255)


def test_worse_images_score_worse() -> None:
    import cv2

    texture = noisy(30)
    blurred = [cv2.GaussianBlur(texture, (0, 0), s) for s in (0.6, 1.5, 4.0)]
    for fine, coarse in zip(blurred, blurred[1:], strict=False):
        assert frame_psnr_db(fine, texture) > frame_psnr_db(coarse, texture)
        assert frame_ssim(fine, texture) > frame_ssim(coarse, texture)
        assert frame_l1(fine, texture) < frame_l1(coarse, texture)


@pytest.mark.parametrize("extractor", [images.PSNR, images.SSIM, images.L1], ids=lambda one: one.id)
def test_chunks_do_not_matter(extractor: images.PairExtractor) -> None:
    compare = extractor.load(Compute())
    a, b = np.stack([SMOOTH] * 5), np.stack([noisy(5 * n) for n in range(5)])
    whole = compare(a, b)
    assert whole.dtype == np.float32 and whole.shape == (5,)
    np.testing.assert_array_equal(whole, np.concatenate([compare(a[:2], b[:2]), compare(a[2:], b[2:])]))


@pytest.mark.parametrize("metric", ["psnr", "ssim", "l1", "lpips[alex]", "lpips[vgg]", "lpips[squeeze]"])
def test_frames_that_the_output_lacks_are_counted(metric: str) -> None:
    got = score(metric, [0.25, 0.5, 0.75], output=3)
    assert got == CaseScore(0.5, 4, 3, (("output: frame missing", 1),))


@pytest.mark.parametrize("metric", ["psnr", "ssim", "l1", "lpips[alex]", "lpips[vgg]", "lpips[squeeze]"])
def test_nothing_gives_nothing(metric: str) -> None:
    faces = video([shoot(person())] * 4)
    assert score_case(metric, case(faces, faces, faces)).failures == (("no reference", 4),)
    assert score_case(metric, of_pairs({})).failures == ((f"{metric}: not computed", 4),)
    sizes = "output frames are 80x32 but reference 80x64"
    assert score_case(metric, of_pairs({}, no_pairs=sizes)).failures == ((sizes, 4),)
    assert score(metric, [0.5] * 4, output=8).value is None
    assert score(metric, [], output=0) == CaseScore(None, 4, 0, (("output: frame missing", 4),))
    nan = score(metric, [float("nan")] * 4)
    assert (nan.value, nan.frames_scored, nan.failures) == (None, 0, ((NOT_FINITE, 4),))


@pytest.mark.parametrize("metric", ["psnr", "ssim", "l1", "lpips[alex]"])
def test_cards_are_complete(metric: str) -> None:
    card = CARDS[metric]
    assert card.features == (metric,) and card.needs == {"reference"}
    assert card.definition and card.preprocessing and card.source and len(card.pitfalls) >= 2
    low, high = card.value_range
    assert low is not None and (high is None or low < high)
