"""The classes for training loops say what the functions say, in one go or in parts that merge."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.features.extractors import pixels
from benchmark.features.networks.lpips import FrameDistance, Lpips
from benchmark.metrics.modules_images import L1, LpipsDistance, Psnr, Ssim

RNG = np.random.default_rng(0)
A = RNG.integers(0, 256, (6, 40, 48, 3), np.uint8)
B = np.clip(A + RNG.integers(-30, 30, A.shape), 0, 255).astype(np.uint8)
CLASSES = {Psnr: pixels.frame_psnr_db, Ssim: pixels.frame_ssim, L1: pixels.frame_l1}


def planes(frames: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(frames).permute(0, 3, 1, 2)


def random_lpips() -> Lpips:
    torch.manual_seed(0)
    network = Lpips("squeeze")
    for head in network.heads:
        head.data.uniform_()
    return network.eval()


@pytest.mark.parametrize("metric_class", CLASSES, ids=lambda c: c.__name__)
def test_mean_of_the_function(metric_class) -> None:
    metric = metric_class()
    metric.update(planes(A[:4]), planes(B[:4]))
    metric.update(planes(A[4:]), planes(B[4:]))
    expected = np.mean([CLASSES[metric_class](a, b) for a, b in zip(A, B, strict=True)])
    assert float(metric.compute()) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("metric_class", CLASSES, ids=lambda c: c.__name__)
def test_workers_merge(metric_class) -> None:
    whole, first, second = metric_class(), metric_class(), metric_class()
    whole.update(planes(A), planes(B))
    first.update(planes(A[:1]), planes(B[:1]))
    second.update(planes(A[1:]), planes(B[1:]))
    first.merge_state(second)
    assert float(first.compute()) == pytest.approx(float(whole.compute()), rel=1e-12)


def test_lpips_is_the_extractors() -> None:
    network = random_lpips()
    metric = LpipsDistance(network=network)
    metric.update(planes(A), planes(B))
    assert float(metric.compute()) == pytest.approx(float(FrameDistance(network)(A, B).mean()), rel=1e-5)


def test_directions() -> None:
    assert Psnr.higher_is_better and Ssim.higher_is_better
    assert not L1.higher_is_better and not LpipsDistance.higher_is_better


def test_nothing_is_no_number() -> None:
    with pytest.warns(UserWarning, match="before"), pytest.raises(ValueError, match="Psnr saw none"):
        Psnr().compute()
    with pytest.raises(ValueError, match="expected frames uint8"):
        Ssim().update(planes(A).float(), planes(B).float())
    with pytest.raises(ValueError, match="one shape"):
        L1().update(planes(A), planes(B)[:, :, 1:])
    with pytest.raises(ValueError, match="too small"):
        Ssim().update(planes(A[:, :8]), planes(B[:, :8]))
    with pytest.raises(ValueError, match="uint8"):
        LpipsDistance(network=random_lpips()).update(planes(A).float(), planes(B).float())
