"""FVD of cd-fvd (Ge et al. 2024) against ours, on shared random weights in the layout of i3d_pretrained_400.pt."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from scripts.bench_metrics_parts.figure import Figure

SIZES = ((224, 224), (100, 150), (300, 260))  # height, width


def random_reference(seed: int = 0) -> Any:
    """cd-fvd's network with random weights that keep activations in range."""
    import torch
    from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = InceptionI3d(400, in_channels=3).eval().requires_grad_(False)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm3d):
                nn.init.uniform_(module.running_var, 0.05, 0.2)
                nn.init.normal_(module.running_mean, std=0.1)
                nn.init.uniform_(module.weight, 0.5, 1.5)
    return network


def compare(quick: bool) -> list[Figure]:
    """Prepared frames and logits of clips of several sizes, and the distance on random features."""
    import torch
    from cdfvd.third_party.i3d.utils import frechet_distance as their_distance
    from cdfvd.third_party.i3d.utils import preprocess_i3d

    from benchmark.features.networks.i3d import I3dFeatures
    from benchmark.metrics.frechet import frechet_distance

    theirs = random_reference()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "i3d_pretrained_400.pt"
        torch.save(theirs.state_dict(), path)
        ours = I3dFeatures.load(path)
    random = np.random.default_rng(0)
    pixels, logits = 0.0, 0.0
    for height, width in SIZES:
        videos = random.integers(0, 256, (1 if quick else 3, 16, height, width, 3), dtype=np.uint8)
        prepared = preprocess_i3d(videos)
        made = [ours.prepare(video) for video in videos]
        pixels = max(pixels, float((torch.stack(made).transpose(1, 2) - prepared).abs().max()))
        expected = theirs(prepared).numpy()
        assert expected.std() > 1e-2, "the random network is dead"
        error = np.abs(np.stack([ours(window) for window in made]) - expected).max() / np.abs(expected).max()
        logits = max(logits, float(error))
    a, b = (random.normal(size=(60, 40)) @ random.normal(size=(40, 40)) for _ in range(2))
    distance = float(their_distance(torch.from_numpy(a), torch.from_numpy(b)))
    note = "clips of 16 frames, random I3D weights"
    return [
        Figure("fvd[i3d-16]: prepared frames against cd-fvd", pixels, "", 1e-6, False, note),
        Figure("fvd[i3d-16]: logits against cd-fvd", logits, "rel", 1e-4, False, note),
        Figure("fvd[i3d-16]: distance against cd-fvd", abs(frechet_distance(a, b) / distance - 1), "rel", 1e-6, False),
    ]
