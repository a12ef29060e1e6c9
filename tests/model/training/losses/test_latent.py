"""Eq. 3 to 5 against plain NumPy, written from the paper's text."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from model.training.losses.latent import (
    MISMATCH_PAPER,
    MISMATCH_PUBLISHED,
    contrastive_loss,
    contrastive_loss_published,
    mismatch_hinge,
    mismatch_loss,
    scaled_cosine,
)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def eq5(driven: np.ndarray, own: np.ndarray, other: np.ndarray, s: float, m: float) -> float:
    """Sum over the positives of one sample: driven [P, Z] against the z that drove them and the z of another clip."""
    negatives = sum(math.exp(s * (cosine(z, other) - m)) for z in driven)
    total = 0.0
    for z in driven:
        positive = math.exp(s * (cosine(z, own) - m))
        total -= math.log(positive / (positive + negatives))
    return total


def random_descriptors(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("positives", [2, 3])  # without and with the pair x_{s*m -> d}
def test_contrastive_loss_is_equation_5(positives: int) -> None:
    driven, own, other = (random_descriptors(4, n, 6, seed=n) for n in (positives, 1, 2))
    other = other[:, :1]
    expected = np.mean([
        eq5(driven[i].numpy(), own[i, 0].numpy(), other[i, 0].numpy(), s=5.0, m=0.2) for i in range(4)
    ])  # fmt: skip
    loss = contrastive_loss(scaled_cosine(driven, own), scaled_cosine(driven, other))
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_contrastive_loss_has_known_values() -> None:
    own, other = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[0.0, 1.0]]])
    perfect = contrastive_loss(scaled_cosine(own, own), scaled_cosine(own, other))
    confused = contrastive_loss(scaled_cosine(other, own), scaled_cosine(other, other))
    assert perfect.item() == pytest.approx(math.log(1 + math.exp(-5)), rel=1e-5)
    assert confused.item() == pytest.approx(math.log(1 + math.exp(5)), rel=1e-5)


def test_margin_of_equation_5_cancels_and_scale_does_not() -> None:
    driven, own, other = (random_descriptors(4, n, 6, seed=n) for n in (3, 1, 1))
    values = [
        contrastive_loss(scaled_cosine(driven, own, s, m), scaled_cosine(driven, other, s, m)).item()
        for s, m in ((5.0, 0.2), (5.0, 0.9), (6.0, 0.2))
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-12) and values[0] != pytest.approx(values[2], rel=1e-3)


def test_contrastive_loss_stays_finite_for_enormous_scales() -> None:
    z = torch.tensor([[[1.0, 0.0]]])
    loss = contrastive_loss(scaled_cosine(-z, z, 1e4), scaled_cosine(-z, -z, 1e4))
    assert loss.item() == pytest.approx(2e4)


def test_published_contrastive_loss() -> None:
    positive, negative = 2 * torch.rand(3, 2).double() - 1, 2 * torch.rand(3, 2).double() - 1
    hinge = torch.rand(3).double()
    expected = 0.0
    for i in range(3):
        for k in range(2):
            a = math.exp((positive[i, k].item() - 0.2) / 0.2)
            against = math.exp(negative[i, k].item() / 0.2) + math.exp(hinge[i].item() / 0.2)
            expected -= math.log(a / (a + against))
    assert contrastive_loss_published(positive, negative, hinge).item() == pytest.approx(expected, rel=1e-12)


# cosine 0.8 throughout: above both margins
SAME = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
NEAR = torch.tensor([[0.8, 0.6], [0.8, 0.6]])


def test_mismatch_loss_is_equation_3() -> None:
    """1 and 0.5 for VoxCeleb2, 10 and 0.25 for FEED."""
    for extreme, expected in (([False, False], 0.3), ([True, True], 5.5), ([False, True], (0.3 + 5.5) / 2)):
        loss = mismatch_loss(SAME, NEAR, torch.tensor(extreme))
        assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_mismatch_loss_equals_numpy_on_random_descriptors() -> None:
    source, driver = random_descriptors(32, 3), random_descriptors(32, 3, seed=1)
    extreme = torch.arange(32) % 3 == 0
    expected = []
    for i in range(32):
        weight, margin = (10.0, 0.25) if i % 3 == 0 else (1.0, 0.5)
        expected.append(weight * max(0.0, cosine(source[i].numpy(), driver[i].numpy()) - margin))
    assert min(expected) == 0 < max(expected)
    assert mismatch_loss(source, driver, extreme).item() == pytest.approx(np.mean(expected), rel=1e-6)


def test_expressions_below_the_margin_cost_nothing_and_teach_nothing() -> None:
    source = torch.tensor([[1.0, 0.0]], requires_grad=True)
    loss = mismatch_loss(source, torch.tensor([[0.1, 1.0]]), torch.tensor([True]))
    loss.backward()
    assert loss == 0 and source.grad is not None and not source.grad.any()


def test_published_mismatch_loss() -> None:
    """Margin 0.5 for all; 10 for FEED and 1.5 for VoxCeleb2, added; 10 in batches of VoxCeleb2 alone."""
    for extreme, expected in (([False, True], 0.3 * 1.5 + 0.3 * 10), ([False, False], 0.3 * 10)):
        loss = mismatch_loss(SAME, NEAR, torch.tensor(extreme), MISMATCH_PUBLISHED)
        assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_gradients_of_the_mismatch_loss_reach_the_source_in_the_paper_alone() -> None:
    for rule, reaches in ((MISMATCH_PAPER, True), (MISMATCH_PUBLISHED, False)):
        source, driver = SAME.clone().requires_grad_(), NEAR.clone().requires_grad_()
        mismatch_hinge(source, driver, torch.tensor([True, False]), rule).sum().backward()
        assert (source.grad is not None) is reaches and driver.grad is not None and driver.grad.any()
