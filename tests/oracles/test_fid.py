"""FID equals pytorch-fid, clean-fid and torch-fidelity, each in its mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.features.networks.inception_input import PREPARE
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.weights import resolve
from tests.oracles.compare_fid import REFERENCES, SIZES, Material, by_pytorch_fid, by_us, compare_mode, material

for package in ("pytorch_fid", "cleanfid", "torch_fidelity"):
    pytest.importorskip(package, reason=f"{package} is not installed: extra oracles")


@pytest.mark.parametrize("mode", list(REFERENCES))
def test_features_and_distance_equal_the_package(mode: str) -> None:
    for figure in compare_mode(mode):
        assert figure.is_met, figure


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_torch_fidelitys_resize_to_the_last_digit(height: int, width: int) -> None:
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    frames = np.random.default_rng(1).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    planes = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    theirs = interpolate_bilinear_2d_like_tensorflow1x(planes, size=(299, 299), align_corners=False)
    assert torch.equal(PREPARE["torch-fidelity"](frames, "cpu"), (theirs - 128) / 128)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_clean_fids_resize_to_the_last_digit(height: int, width: int) -> None:
    from cleanfid.resize import build_resizer

    frame = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    theirs = torch.from_numpy(build_resizer("clean")(frame)).permute(2, 0, 1)[None]
    assert torch.equal(PREPARE["clean-fid"](frame[None], "cpu"), (theirs - 128) / 128)


def test_the_trained_weights_give_pytorch_fids_features() -> None:
    try:
        path = resolve("fid-inception", fetch=False)
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    on = Material(material().folders, path)
    ours, theirs = by_us("pytorch-fid", on), by_pytorch_fid(on)
    assert ours.distance == pytest.approx(theirs.distance, rel=1e-4)
