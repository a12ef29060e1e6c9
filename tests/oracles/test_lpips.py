"""LPIPS equals the package lpips, on shared random backbones and on the trained ones where they are."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights import resolve
from tests.oracles.compare_images import pairs
from tests.oracles.compare_lpips import ARCHITECTURES, compare_kind, heads_of_package, package_lpips

pytest.importorskip("lpips", reason="lpips is not installed: extra oracles")


@pytest.mark.parametrize("kind", ["alex", "vgg", "squeeze"])
def test_equal_on_one_random_backbone(kind: str) -> None:
    figure = compare_kind(kind, quick=True)
    assert figure.is_met, figure


@pytest.mark.parametrize("kind", ["alex", "vgg", "squeeze"])
def test_registry_and_package_have_the_same_heads(kind: str) -> None:
    from feed_dataset.core.weights import REGISTRY
    from feed_dataset.core.weights.hashing import hash_problem

    entry = REGISTRY[f"lpips-{kind}-heads"]
    assert hash_problem(heads_of_package(kind), entry.sha256, entry.size_bytes) is None


@pytest.mark.parametrize("kind", ["alex", "vgg", "squeeze"])
def test_equal_on_the_trained_backbone(kind: str) -> None:
    import lpips
    import torch
    import torchvision

    from benchmark.features.networks.lpips import BACKBONES, FrameDistance

    try:
        backbone = resolve(BACKBONES[kind].network, fetch=False)  # type: ignore[index]
        resolve(BACKBONES[kind].heads, fetch=False)  # type: ignore[index]
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    network = getattr(torchvision.models, ARCHITECTURES[kind])(weights=None)
    network.load_state_dict(torch.load(backbone, map_location="cpu", weights_only=True))
    theirs = package_lpips(kind, network)
    a, b = pairs(3, 64)
    with torch.inference_mode():
        expected = [float(theirs(lpips.im2tensor(x), lpips.im2tensor(y))) for x, y in zip(a, b, strict=True)]
    ours = FrameDistance.load(kind)(a, b)  # type: ignore[arg-type]
    assert np.abs(ours - expected).max() <= 1e-4 * np.max(expected)
