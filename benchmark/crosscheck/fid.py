"""FID by pytorch-fid, clean-fid and torch-fidelity on the frames as PNG files, with the network of our registry."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from benchmark.crosscheck.material import SIDES, Material
from benchmark.crosscheck.weights import torch_files
from feed_dataset.core.weights import resolve

_DIMENSIONS = 2048


def _quietly(ask: Callable[[Material], float]) -> Callable[[Material], float]:
    """Without progress bars and warnings about matrices, which are what the answer is about."""

    @wraps(ask)
    def wrapped(material: Material) -> float:
        silent = io.StringIO()
        with warnings.catch_warnings(), contextlib.redirect_stderr(silent), contextlib.redirect_stdout(silent):
            warnings.simplefilter("ignore")
            return ask(material)

    return wrapped


@_quietly
def by_pytorch_fid(material: Material) -> float:
    """`calculate_fid_given_paths`; one image at a time, because pairs may have different sizes."""
    import torch
    from pytorch_fid import fid_score

    paths = [str(material.images[side]) for side in SIDES]
    with torch_files():
        return float(fid_score.calculate_fid_given_paths(paths, 1, torch.device("cpu"), _DIMENSIONS, num_workers=0))


@_quietly
def by_clean_fid(material: Material) -> float:
    """Its resize, its reading of folders and its distance; the network is the same, from the published state dict."""
    import torch
    from cleanfid import fid

    from benchmark.features.networks.inception import FidInceptionV3

    network = FidInceptionV3.from_file(resolve("fid-inception", fetch=False))

    def describe(images: torch.Tensor) -> torch.Tensor:
        """[B, 3, 299, 299] in [0, 255], as its own file takes them."""
        with torch.inference_mode():
            return network((images - 128) / 128)

    features = [
        fid.get_folder_features(
            str(material.images[side]),
            describe,
            num_workers=0,
            batch_size=1,
            device=torch.device("cpu"),
            mode="clean",
            verbose=False,
        )
        for side in SIDES
    ]
    return float(fid.fid_from_feats(*features))


@_quietly
def by_torch_fidelity(material: Material) -> float:
    """Its extractor, statistics and distance."""
    import torch
    from PIL import Image
    from torch_fidelity import metric_fid
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    from benchmark.features.networks.inception import FidInceptionV3

    state: dict[str, Any] = torch.load(resolve("fid-inception", fetch=False), weights_only=True)
    counters = {k: v for k, v in FidInceptionV3().state_dict().items() if k.endswith("num_batches_tracked")}
    complete = material.folder / "complete.pth"  # it insists on the counters of batch norms
    torch.save(state | counters, complete)
    extractor = FeatureExtractorInceptionV3(
        "inception-v3-compat", [str(_DIMENSIONS)], feature_extractor_weights_path=str(complete)
    )
    statistics = []
    for side in SIDES:
        rows = [
            extractor(torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None])[0]
            for path in sorted(material.images[side].glob("*.png"))
        ]
        statistics.append(metric_fid.fid_features_to_statistics(torch.cat(rows).double()))
    return float(metric_fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])
