"""LPIPS of the package `lpips` (its own heads) against ours, both on the same random backbone."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from scripts.bench_metrics_parts.figure import Figure
from tests.oracles.compare_images import pairs

ARCHITECTURES = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


def save_random_backbone(kind: str, path: Path, seed: int = 0) -> Any:
    """A file of torchvision's network with random weights, in the published format; the network itself."""
    import torch
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = getattr(torchvision.models, ARCHITECTURES[kind])(weights=None)
    torch.save(network.state_dict(), path)
    return network


def package_lpips(kind: str, network: Any) -> Any:
    """The package's module with the layers of `network` as its backbone and its own heads."""
    import lpips

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # it asks torchvision by an old name
        theirs = lpips.LPIPS(net=kind, pnet_rand=True, verbose=False)
    slices = [getattr(theirs.net, f"slice{number + 1}") for number in range(theirs.net.N_slices)]
    layers = [layer for one in slices for layer in one]
    for layer, wanted in zip(layers, network.features, strict=False):
        layer.load_state_dict(wanted.state_dict())
    return theirs


def heads_of_package(kind: str) -> Path:
    """The file of heads that comes with the package: the same as the registry's."""
    import lpips

    return Path(lpips.__file__).parent / "weights" / "v0.1" / f"{kind}.pth"


def compare(quick: bool) -> list[Figure]:
    """Largest relative difference over the frames, per backbone."""
    return [compare_kind(kind, quick) for kind in ARCHITECTURES]


def compare_kind(kind: str, quick: bool) -> Figure:
    import lpips
    import torch

    from benchmark.features.networks.lpips import FrameDistance, Lpips

    a, b = pairs(3 if quick else 8, 64 if quick else 256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backbone.pth"
        theirs = package_lpips(kind, save_random_backbone(kind, path))
        ours = FrameDistance(Lpips.from_files(kind, path, heads_of_package(kind)))(a, b)  # type: ignore[arg-type]
    with torch.inference_mode():
        expected = [float(theirs(lpips.im2tensor(x), lpips.im2tensor(y))) for x, y in zip(a, b, strict=True)]
    difference = float(np.max(np.abs(ours - expected) / np.abs(expected)))
    note = f"lpips 0.1.4, its heads on one random backbone, {len(a)} pairs of {a.shape[1]} px"
    return Figure(f"lpips[{kind}] against lpips", difference, "rel", 1e-4, at_least=False, note=note)
