"""Losses of section 9.3 against plain loops, and which numbers each of their gradients reaches."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from model.analysis.principal import Components, principal_components
from model.networks.errors import ModelError
from model.speech.expression import losses
from model.speech.expression.config import SpeechConfig
from model.speech.expression.encoder import SpeechEncoder
from model.speech.expression.losses import MouthComponentsLoss, SpeechWeights
from model.training.losses.total import weighted_total


def components(count: int = 3, z_dim: int = 6) -> Components:
    return principal_components(np.random.default_rng(0).normal(size=(40, z_dim)), count)


def pictures(seed: int) -> Tensor:
    return torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def scores(seed: int) -> Tensor:
    return 3 * torch.randn(2, 19, 8, 8, generator=torch.Generator().manual_seed(seed))


def test_weights_are_the_papers() -> None:
    """As printed at the end of section 9.3."""
    assert SpeechWeights() == SpeechWeights(l1=10, face=100, pca=200, vtr=5, bce=5 * 10**3, lips=5 * 10**5)
    with pytest.raises(ModelError, match="expected weight pca to be a number of at least 0 but got -1"):
        SpeechWeights(pca=-1)


def test_mouth_components_loss_is_equation_6() -> None:
    found, draw = components(), np.random.default_rng(1)
    a, b = draw.normal(size=(2, 4, 6)), draw.normal(size=(2, 4, 6))
    expected = 0.0
    for clip in range(2):
        for frame in range(4):
            pc = [(z[clip, frame] - found.mean) @ found.directions.T for z in (a, b)]
            expected += sum(abs(pc[0][k] - pc[1][k]) for k in range(3)) / 3 / 8
    loss = MouthComponentsLoss(found, 3)(torch.from_numpy(a).float(), torch.from_numpy(b).float())
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert MouthComponentsLoss(found, 1).directions.shape == (1, 6)
    with pytest.raises(ModelError, match="expected at least 8 mouth components but got 3"):
        MouthComponentsLoss(found)


def test_mouth_components_loss_sees_nothing_else_of_z() -> None:
    found = components()
    loss, z = MouthComponentsLoss(found, 3), torch.zeros(1, 6, requires_grad=True)
    rest = np.linalg.svd(found.directions)[2][3:]
    other = z.detach() + torch.from_numpy(rest.sum(axis=0)).float()
    assert loss(z, other).item() == pytest.approx(0, abs=1e-6)
    loss(z, other + torch.from_numpy(found.directions[1]).float()).backward()
    assert z.grad is not None
    np.testing.assert_allclose(rest @ z.grad[0].numpy(), 0, atol=1e-6)


def test_l1_losses_are_mean_absolute_differences() -> None:
    a, b = pictures(0), pictures(1)
    expected = np.abs(a.numpy() - b.numpy()).mean()
    assert losses.picture_l1(a, b).item() == pytest.approx(expected) == pytest.approx(losses.latent_l1(a, b).item())


def test_regions_are_lips_and_inner_mouth() -> None:
    s = torch.full((1, 19, 1, 4), -20.0)
    for place, label in enumerate((12, 13, 11, 1)):  # upper lip, lower lip, mouth, skin
        s[0, label, 0, place] = 20
    expected = torch.eye(3, 4).view(1, 3, 1, 4)
    torch.testing.assert_close(losses.mouth_regions(s), expected)
    assert torch.equal(losses.hard_regions(s), expected)


def test_bce_is_the_binary_cross_entropy_of_every_region_and_pixel() -> None:
    soft, hard = losses.mouth_regions(scores(0)), losses.hard_regions(scores(1))
    total = 0.0
    for p, t in zip(soft.flatten().tolist(), hard.flatten().tolist(), strict=True):
        total -= t * math.log(p) + (1 - t) * math.log(1 - p)
    assert losses.region_bce(soft, hard).item() == pytest.approx(total / soft.numel(), rel=1e-4)


def test_lips_are_cut_out_of_each_picture_by_its_own_mask() -> None:
    a, b, mine, theirs = pictures(0), pictures(1), losses.hard_regions(scores(0)), losses.hard_regions(scores(1))
    total = 0.0
    for n, c, y, x in np.ndindex(2, 3, 8, 8):
        total += abs(
            float(a[n, c, y, x]) * float(mine[n, :, y, x].max()) - float(b[n, c, y, x] * theirs[n, :, y, x].max())
        )
    assert losses.lips_l1(a, b, mine, theirs).item() == pytest.approx(total / a.numel(), rel=1e-5)
    a.requires_grad_(True)
    losses.lips_l1(a, b, mine, theirs).backward()
    assert a.grad is not None and torch.equal(a.grad.abs().amax(1) > 0, mine.amax(1) > 0)


def test_the_target_is_a_constant_and_the_prediction_teaches() -> None:
    mine, theirs = scores(0).requires_grad_(True), scores(1).requires_grad_(True)
    losses.region_bce(losses.mouth_regions(mine), losses.hard_regions(theirs)).backward()
    assert mine.grad is not None and mine.grad.any() and theirs.grad is None


def test_every_part_of_the_encoder_is_taught_by_either_latent_loss() -> None:
    """The base, what is read of the z before, and what is added; nothing of the teacher's z."""
    draw = torch.Generator().manual_seed(0)
    z, features = torch.randn(2, 6, 6, generator=draw), torch.randn(2, 6, 5, generator=draw)
    for loss in (MouthComponentsLoss(components(), 3), losses.latent_l1):
        encoder = SpeechEncoder(SpeechConfig(z_dim=6, feature_dim=5, width=7, layers=2))
        torch.nn.init.normal_(encoder.mlp_c[-1].weight)
        loss(encoder(z[:, 0], features), z).backward()
        for name, parameter in encoder.named_parameters():
            assert parameter.grad is not None and parameter.grad.any(), name


def test_the_total_is_the_weighted_sum() -> None:
    """Eq. 15."""
    terms = {name: torch.tensor(float(n)) for n, name in enumerate(losses.TERMS, start=1)}
    weights = {name: getattr(SpeechWeights(), name) for name in losses.TERMS}
    assert weighted_total(terms, weights).item() == 10 + 2 * 100 + 3 * 200 + 4 * 5 + 5 * 5e3 + 6 * 5e5
