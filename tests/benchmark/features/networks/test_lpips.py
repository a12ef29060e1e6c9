"""LPIPS on random networks against its formula written out; the package itself is compared in tests/oracles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.features.extractors.images import EXTRACTORS
from benchmark.features.networks.lpips import BACKBONES, SCALE, SHIFT, FrameDistance, Kind, Lpips
from benchmark.features.types.extractor import Compute
from feed_dataset.core.jobs.errors import FeedError

KINDS: tuple[Kind, ...] = ("alex", "vgg", "squeeze")
RNG = np.random.default_rng(0)
A = RNG.integers(0, 256, (5, 64, 72, 3), np.uint8)
B = np.clip(A + RNG.integers(-60, 60, A.shape), 0, 255).astype(np.uint8)


def random_lpips(kind: Kind) -> Lpips:
    torch.manual_seed(1)
    lpips = Lpips(kind)
    for head in lpips.heads:
        head.data.uniform_()
    return lpips.eval()


def save_published(lpips: Lpips, folder: Path) -> tuple[Path, Path]:
    """Its weights in the two files that are published: torchvision's, with the classifier, and the heads."""
    network = {f"features.{name}": value for name, value in lpips.features.state_dict().items()}
    torch.save(network | {"classifier.1.weight": torch.zeros(2, 2)}, folder / "network.pth")
    heads = {f"lin{n}.model.1.weight": head.data.view(1, -1, 1, 1) for n, head in enumerate(lpips.heads)}
    torch.save(heads, folder / "heads.pth")
    return folder / "network.pth", folder / "heads.pth"


def plain_distance(lpips: Lpips, a: np.ndarray, b: np.ndarray) -> float:
    """Of two frames, layer by layer in float64, from the paper's Eq. 1."""
    shift, scale = np.array(SHIFT), np.array(SCALE)
    network = lpips.features.double()
    x, y = (torch.from_numpy(((f / 127.5 - 1 - shift) / scale).transpose(2, 0, 1)[None]) for f in (a, b))
    total, tap = 0.0, 0
    for index, layer in enumerate(network):
        x, y = layer(x), layer(y)
        if index in lpips.backbone.taps:
            p, q = (v[0].detach().numpy() for v in (x, y))
            unit = [v / (np.sqrt((v**2).sum(0)) + 1e-10) for v in (p, q)]
            weights = lpips.heads[tap].detach().numpy().astype(np.float64)[:, None, None]
            total += float((weights * (unit[0] - unit[1]) ** 2).sum(0).mean())
            tap += 1
    network.float()
    return total


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_formula(kind: Kind) -> None:
    lpips = random_lpips(kind)
    expected = [plain_distance(lpips, a, b) for a, b in zip(A[:2], B[:2], strict=True)]
    np.testing.assert_allclose(FrameDistance(lpips)(A[:2], B[:2]), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_published_files_load(kind: Kind, tmp_path: Path) -> None:
    lpips = random_lpips(kind)
    loaded = Lpips.from_files(kind, *save_published(lpips, tmp_path))
    np.testing.assert_array_equal(FrameDistance(loaded)(A[:2], B[:2]), FrameDistance(lpips)(A[:2], B[:2]))


def test_the_layers_are_the_ones_after_each_activation() -> None:
    for backbone in BACKBONES.values():
        layers = backbone.build()
        assert len(backbone.taps) == len(backbone.channels) and backbone.taps[-1] < len(layers)
        assert all(isinstance(layers[tap], nn.ReLU) or tap > 2 for tap in backbone.taps)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_frames_are_zero_and_order_does_not_matter(kind: Kind) -> None:
    distance = FrameDistance(random_lpips(kind))
    np.testing.assert_array_equal(distance(A[:2], A[:2]), 0)
    np.testing.assert_allclose(distance(A[:2], B[:2]), distance(B[:2], A[:2]), rtol=1e-6)


def test_farther_frames_are_farther() -> None:
    distance = FrameDistance(random_lpips("alex"))
    noise = RNG.normal(0, 1, A[:1].shape)
    values = [float(distance(A[:1], np.clip(A[:1] + s * noise, 0, 255).astype(np.uint8))[0]) for s in (2, 10, 50)]
    assert values == sorted(values) and values[0] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_frames(kind: Kind) -> None:
    distance = FrameDistance(random_lpips(kind))
    side = BACKBONES[kind].smallest_px
    assert np.isfinite(distance(A[:1, :side, :side], B[:1, :side, :side])).all()
    assert np.isnan(distance(A[:1, : side - 1], B[:1, : side - 1])).all()


def test_bfloat16_drifts_little() -> None:
    lpips = random_lpips("alex")
    exact = FrameDistance(lpips)(A[:2], B[:2])
    rough = FrameDistance(lpips, dtype=torch.bfloat16)(A[:2], B[:2])
    assert 0 < np.abs(rough - exact).max() < 0.02 * exact.max()


def test_other_files_are_refused(tmp_path: Path) -> None:
    network, heads = save_published(random_lpips("alex"), tmp_path)
    with pytest.raises(FeedError, match="expected the weights of vgg16"):
        Lpips.from_files("vgg", network, heads)
    with pytest.raises(FeedError, match="expected the heads of LPIPS alex"):
        Lpips.from_files("alex", network, network)


def test_extractors_name_their_files() -> None:
    from feed_dataset.core.weights import REGISTRY

    for extractor in EXTRACTORS:
        assert all(name in REGISTRY for name in extractor.networks)
    lpips = {one.id: one.networks for one in EXTRACTORS if one.networks}
    assert lpips["lpips[alex]"] == ("alexnet", "lpips-alex-heads")


def test_an_extractor_reads_the_users_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, from files that a person placed; their hashes are those of this test's random networks."""
    from dataclasses import replace

    from feed_dataset.core.weights import registry

    lpips = random_lpips("squeeze")
    network, heads = save_published(lpips, tmp_path)
    for name, path in (("squeezenet1_1", network), ("lpips-squeeze-heads", heads)):
        entry = replace(registry.REGISTRY[name], file_name=path.name, sha256=None, size_bytes=None)
        monkeypatch.setitem(registry.REGISTRY, name, entry)
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path))
    (extractor,) = (one for one in EXTRACTORS if one.id == "lpips[squeeze]")
    np.testing.assert_array_equal(extractor.load(Compute())(A, B), FrameDistance(lpips)(A, B))
