from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, CaseScore, score_case
from benchmark.metrics.image import frame_l1, frame_psnr_db, frame_ssim
from tests.benchmark.metrics.faces import case, person, shoot, video

RNG = np.random.default_rng(0)
_Y, _X = np.arange(64)[:, None, None], np.arange(80)[None, :, None]
SMOOTH = np.clip(
    128 + 60 * np.sin(_Y / 7) + 40 * np.cos(_X / 5 + np.arange(3)), 0, 255
).astype(np.uint8)  # fmt: skip


def noisy(sigma: float) -> np.ndarray:
    return np.clip(SMOOTH + RNG.normal(0, sigma, SMOOTH.shape), 0, 255).astype(np.uint8)


def of_frames(output: np.ndarray | None, reference: np.ndarray | None) -> CaseFeatures:
    faces = video([shoot(person())] * 4)
    return case(faces, faces, faces, frames_output=output, frames_reference=reference)


def score(metric: str, output: np.ndarray | None, reference: np.ndarray | None) -> CaseScore:
    return score_case(metric, of_frames(output, reference))


def test_ssim_and_psnr_equal_torchmetrics() -> None:
    """Its own SSIM mean also counts windows that hang over the border; on the interior it is the same."""
    import torch
    from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

    other = noisy(12)
    a, b = (torch.from_numpy(x).permute(2, 0, 1)[None].double() for x in (SMOOTH, other))
    _, full = structural_similarity_index_measure(a, b, data_range=255.0, return_full_image=True)
    assert frame_ssim(SMOOTH, other) == pytest.approx(float(full[..., 5:-5, 5:-5].mean()), abs=1e-9)
    assert frame_psnr_db(SMOOTH, other) == pytest.approx(
        float(peak_signal_noise_ratio(a, b, data_range=255.0))
    )


def test_ssim_and_psnr_equal_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    other = noisy(12)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    theirs = metrics.structural_similarity(SMOOTH, other, data_range=255, **settings)
    assert frame_ssim(SMOOTH, other) == pytest.approx(theirs, abs=1e-9)
    assert frame_psnr_db(SMOOTH, other) == pytest.approx(
        metrics.peak_signal_noise_ratio(SMOOTH, other, data_range=255)
    )


def test_ssim_against_a_plain_loop() -> None:
    a, b = SMOOTH[:14, :13, :1], noisy(20)[:14, :13, :1]
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for i in range(4):
        for j in range(3):
            x, y = (m[i : i + 11, j : j + 11, 0].astype(float) for m in (a, b))
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy, cxy = (
                (window * (x - mx) ** 2).sum(),
                (window * (y - my) ** 2).sum(),
                (window * (x - mx) * (y - my)).sum(),
            )
            c1, c2 = 2.55**2, 7.65**2
            values.append((2 * mx * my + c1) * (2 * cxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    three = np.repeat(a, 3, 2), np.repeat(b, 3, 2)
    assert frame_ssim(*three) == pytest.approx(np.mean(values), abs=1e-9)


def test_known_differences() -> None:
    shifted = (SMOOTH.astype(int) // 2).astype(np.uint8)
    plus = shifted + 10
    assert frame_l1(shifted, plus) == 10.0
    assert frame_psnr_db(shifted, plus) == pytest.approx(20 * np.log10(25.5))
    assert frame_psnr_db(plus, plus) == 100.0
    assert frame_ssim(plus, plus) == pytest.approx(1.0)


def test_worse_images_score_worse() -> None:
    import cv2

    texture = noisy(30)
    blurred = [cv2.GaussianBlur(texture, (0, 0), s) for s in (0.6, 1.5, 4.0)]
    for fine, coarse in zip(blurred, blurred[1:], strict=False):
        assert frame_psnr_db(fine, texture) > frame_psnr_db(coarse, texture)
        assert frame_ssim(fine, texture) > frame_ssim(coarse, texture)
        assert frame_l1(fine, texture) < frame_l1(coarse, texture)


def test_missing_frames_are_counted() -> None:
    frames = np.stack([SMOOTH] * 4)
    for metric, perfect in (("psnr", 100.0), ("ssim", 1.0), ("l1", 0.0)):
        got = score(metric, frames[:3], frames)
        assert got.value == pytest.approx(perfect)
        assert (got.frames_expected, got.frames_scored, got.failures) == (
            4,
            3,
            (("output: frame missing", 1),),
        )


@pytest.mark.parametrize("metric", ["psnr", "ssim", "l1"])
def test_nothing_gives_nothing(metric: str) -> None:
    frames = np.stack([SMOOTH] * 4)
    assert score(metric, frames, None).failures == (("no reference", 4),)
    assert score(metric, None, frames).failures == (("no output frames", 4),)
    assert score(metric, frames[:0], frames).value is None
    assert score(metric, frames[:, :32], frames).failures == (
        ("output frames are 80x32 but reference 80x64", 4),
    )
    assert score(metric, np.concatenate([frames, frames]), frames).value is None
    with pytest.raises(ValueError, match="at least 11 px"):
        frame_ssim(SMOOTH[:8], SMOOTH[:8])
