"""FID of pytorch-fid, clean-fid and torch-fidelity against ours, each on the same images and Inception weights.

The trained weights are not needed: random ones are written in the layout of the published file, and every package
reads that file in its own way.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from scripts.bench_metrics_parts.figure import Figure

SIZES = ((64, 48), (299, 299), (512, 512), (360, 640), (17, 400), (300, 298), (128, 256), (720, 405))  # height, width
SIDES = ("generated", "real")


@dataclass(frozen=True)
class Material:
    """Images on disk and a weights file."""

    folders: dict[str, Path]  # of PNG files, by side
    weights: Path

    def files(self, side: str) -> list[Path]:
        return sorted(self.folders[side].glob("*.png"))


@dataclass(frozen=True)
class Answer:
    """What a package says of the images."""

    features: dict[str, np.ndarray]  # [N, 2048] by side
    distance: float


def save_random_inception(path: Path, seed: int = 0) -> None:
    """Random weights that keep activations in range, in the layout of the published state dict."""
    import torch
    from torch import nn

    from benchmark.features.networks.inception import FidInceptionV3

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = FidInceptionV3()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_var, 0.1, 0.3)
                nn.init.normal_(module.running_mean, std=0.1)
                nn.init.uniform_(module.weight, 0.5, 1.5)
    torch.save({k: v for k, v in network.state_dict().items() if "num_batches_tracked" not in k}, path)


@cache
def material(copies: int = 1) -> Material:
    """Images larger and smaller than 299 px, and random weights; the folder lives as long as the process."""
    from PIL import Image

    folder = Path(_keep(tempfile.TemporaryDirectory(prefix="compare_fid_")).name)
    save_random_inception(folder / "pt_inception-2015-12-05-6726825d.pth")
    random = np.random.default_rng(0)
    folders = {side: folder / side for side in SIDES}
    for side in SIDES:
        folders[side].mkdir()
        resample = Image.Resampling.BICUBIC if side == "generated" else Image.Resampling.NEAREST
        for index, (height, width) in enumerate(SIZES * copies):
            small = random.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
            Image.fromarray(small).resize((width, height), resample).save(folders[side] / f"{index:03d}.png")
    return Material(folders, folder / "pt_inception-2015-12-05-6726825d.pth")


_kept: list[Any] = []


def _keep(folder: tempfile.TemporaryDirectory[str]) -> tempfile.TemporaryDirectory[str]:
    _kept.append(folder)
    return folder


def by_us(mode: str, on: Material) -> Answer:
    """Our features, image by image, and our distance."""
    from PIL import Image

    from benchmark.features.networks.inception import InceptionFeatures
    from benchmark.metrics.frechet import frechet_distance

    describe = InceptionFeatures.load(on.weights, mode=mode)
    features = {
        side: np.concatenate([describe(np.asarray(Image.open(path))[None]) for path in on.files(side)])
        for side in SIDES
    }
    return Answer(features, frechet_distance(features["generated"], features["real"]))


def by_pytorch_fid(on: Material) -> Answer:
    """pytorch-fid's dataset, network, activations, moments and distance; only its download is replaced."""
    import torch
    from pytorch_fid import fid_score, inception

    state = torch.load(on.weights, weights_only=True)
    with mock.patch.object(inception, "load_state_dict_from_url", lambda *a, **k: state):
        model = inception.InceptionV3([inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]])
    moments, features = [], {}
    for side in SIDES:  # images of many sizes: one at a time
        features[side] = fid_score.get_activations(on.files(side), model, batch_size=1, num_workers=0)
        moments.append((np.mean(features[side], axis=0), np.cov(features[side], rowvar=False)))
    return Answer(features, float(fid_score.calculate_frechet_distance(*moments[0], *moments[1])))


def by_clean_fid(on: Material) -> Answer:
    """clean-fid's resize, dataset, normalisation, features and distance on a TorchScript file with our weights.

    Whether the published TorchScript file holds the weights of the published state dict is not shown by this.
    """
    import torch
    from cleanfid import features as cleanfid_features
    from cleanfid import fid as cleanfid
    from torch import nn

    from benchmark.features.networks.inception import FidInceptionV3

    class NvidiaInception(nn.Module):
        """As the published file: `layers` maps normalised images of 299 px to pool3 features."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.jit.trace(FidInceptionV3.from_file(on.weights), torch.zeros(1, 3, 299, 299))

    script = on.weights.with_name("inception-2015-12-05.pt")
    torch.jit.script(NvidiaInception()).save(str(script))
    build = cleanfid_features.InceptionV3W

    def placed(path: str, **options: object) -> Any:
        return build(str(script.parent), download=False, resize_inside=False)

    cpu = torch.device("cpu")
    with mock.patch.object(cleanfid_features, "InceptionV3W", placed):
        model = cleanfid_features.build_feature_extractor("clean", cpu, use_dataparallel=False)
    features = {
        side: cleanfid.get_folder_features(
            str(on.folders[side]), model, num_workers=0, batch_size=4, device=cpu, mode="clean", verbose=False
        )
        for side in SIDES
    }
    return Answer(features, float(cleanfid.fid_from_feats(features["generated"], features["real"])))


def by_torch_fidelity(on: Material) -> Answer:
    """torch-fidelity's extractor, statistics and distance."""
    import torch
    from PIL import Image
    from torch_fidelity import metric_fid
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    from benchmark.features.networks.inception import FidInceptionV3

    state = torch.load(on.weights, weights_only=True)  # torch-fidelity insists on the counters of batch norm
    state |= {k: v for k, v in FidInceptionV3().state_dict().items() if k.endswith("num_batches_tracked")}
    complete = on.weights.with_name("complete.pth")
    torch.save(state, complete)
    extractor = FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(complete)
    )
    features = {
        side: np.concatenate(
            [
                extractor(torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None])[0].numpy()
                for path in on.files(side)
            ]
        )
        for side in SIDES
    }
    statistics = [metric_fid.fid_features_to_statistics(torch.from_numpy(features[side]).double()) for side in SIDES]
    distance = metric_fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    return Answer(features, distance)


REFERENCES: dict[str, Callable[[Material], Answer]] = {
    "pytorch-fid": by_pytorch_fid,
    "clean-fid": by_clean_fid,
    "torch-fidelity": by_torch_fidelity,
}


def compare_mode(mode: str, copies: int = 1) -> list[Figure]:
    """Largest difference of features (of their largest value) and relative difference of the distance."""
    on = material(copies)
    ours = by_us(mode, on)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # progress bars
        warnings.simplefilter("ignore")  # scipy's, of singular matrices and deprecated arguments; TorchScript's
        theirs = REFERENCES[mode](on)
    off = max(
        float(np.abs(ours.features[side] - theirs.features[side]).max() / np.abs(theirs.features[side]).max())
        for side in SIDES
    )
    note = f"{len(SIZES) * copies} images a side, 17 to 720 px, random Inception weights"
    return [
        Figure(f"fid[{mode}]: features against {mode}", off, "rel", 1e-4, False, note),
        Figure(
            f"fid[{mode}]: distance against {mode}", abs(ours.distance / theirs.distance - 1), "rel", 1e-4, False, note
        ),
    ]


def compare(quick: bool) -> list[Figure]:
    """All three modes."""
    return [figure for mode in REFERENCES for figure in compare_mode(mode, copies=1 if quick else 4)]
