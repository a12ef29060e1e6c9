from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from model.training.losses.adversarial import (
    Judgement,
    MultiScaleDiscriminator,
    PatchDiscriminator,
    discriminator_hinge,
    feature_matching,
    generator_hinge,
)


def test_published_size() -> None:
    """3,104,898 parameters, score maps of 64 and 32 px for 512 px: facts about the published discriminator."""
    with torch.device("meta"):
        network = MultiScaleDiscriminator()
        judgements = network(torch.empty(1, 3, 512, 512))
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_104_898
    assert [list(judgement.scores.shape) for judgement in judgements] == [[1, 1, 64, 64], [1, 1, 32, 32]]
    assert [feature.shape[1] for feature in judgements[0].features] == [64, 128, 256, 512]


def test_discriminator_equals_plain_functions() -> None:
    network = PatchDiscriminator(2)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    weights = dict(network.named_parameters())
    x = pictures = torch.rand(2, 3, 32, 32)
    for block, stride in enumerate((2, 2, 2, 1)):
        x = F.conv2d(x, weights[f"blocks.{block}.0.weight"], stride=stride, padding=1)
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
        scale, shift = (weights[f"blocks.{block}.1.{name}"].view(1, -1, 1, 1) for name in ("weight", "bias"))
        x = (x - mean) / (variance + 1e-5).sqrt() * scale + shift
        x = torch.where(x > 0, x, 0.2 * x)
    scores = F.conv2d(x, weights["to_scores.weight"], weights["to_scores.bias"])
    judgement = network(pictures)
    torch.testing.assert_close(judgement.features[-1], x, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(judgement.scores, scores, atol=1e-4, rtol=1e-4)


def test_second_scale_sees_the_halved_picture() -> None:
    network = MultiScaleDiscriminator(2, 2)
    pictures = torch.rand(1, 3, 32, 32)
    halved = pictures.view(1, 3, 16, 2, 16, 2).mean((3, 5))
    torch.testing.assert_close(network(pictures)[1].scores, network.scales[1](halved).scores)


def judged(seed: int) -> list[Judgement]:
    generator = torch.Generator().manual_seed(seed)
    return [
        Judgement(2 * torch.randn(2, 1, side, side, generator=generator), tuple(
            torch.randn(2, channels, side, side, generator=generator) for channels in (3, 5)
        ))
        for side in (8, 4)
    ]  # fmt: skip


def test_hinge_losses_equal_numpy() -> None:
    real, fake = judged(0), judged(1)
    discriminator = np.mean([
        np.mean(np.maximum(0, 1 - r.scores.numpy())) + np.mean(np.maximum(0, 1 + f.scores.numpy()))
        for r, f in zip(real, fake, strict=True)
    ])  # fmt: skip
    generator = -np.mean([np.mean(f.scores.numpy()) for f in fake])
    assert discriminator_hinge(real, fake).item() == pytest.approx(discriminator, rel=1e-5)
    assert generator_hinge(fake).item() == pytest.approx(generator, rel=1e-5)


def test_a_discriminator_that_is_sure_pays_and_learns_nothing() -> None:
    sure = [Judgement(torch.full((1, 1, 2, 2), 1.5), ())], [Judgement(torch.full((1, 1, 2, 2), -1.5), ())]
    assert discriminator_hinge(*sure) == 0
    assert discriminator_hinge(sure[1], sure[0]) == 5


def test_feature_matching_equals_numpy_and_holds_the_real_side_constant() -> None:
    real, fake = judged(0), judged(1)
    for judgement in (*real, *fake):
        for feature in judgement.features:
            feature.requires_grad_()
    expected = np.mean([
        np.mean([np.mean(np.abs((a - b).detach().numpy())) for a, b in zip(r.features, f.features, strict=True)])
        for r, f in zip(real, fake, strict=True)
    ])  # fmt: skip
    loss = feature_matching(real, fake)
    loss.backward()
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert all(feature.grad is None for judgement in real for feature in judgement.features)
    assert all(feature.grad is not None for judgement in fake for feature in judgement.features)
