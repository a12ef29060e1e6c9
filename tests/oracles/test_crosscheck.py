"""`crosscheck` calls the installed packages as it says: on frames of videos, with shared weights, they equal ours."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.crosscheck import fid, frame_by_frame, weights
from benchmark.crosscheck.material import SIDES, Material
from benchmark.features.extractors.pixels import frame_psnr_db, frame_ssim
from benchmark.metrics.frechet import frechet_distance
from benchmark.pairing.names import pair_by_stem
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.video import write_video
from tests.oracles.compare_images import pairs

PACKAGES = {"pytorch-fid": "pytorch_fid", "clean-fid": "cleanfid", "torch-fidelity": "torch_fidelity"}
ASKED: dict[str, Callable[[Material], float]] = {
    "pytorch-fid": fid.by_pytorch_fid,
    "clean-fid": fid.by_clean_fid,
    "torch-fidelity": fid.by_torch_fidelity,
}


@pytest.fixture
def on(tmp_path: Path) -> Material:
    """Two pairs of videos of different sizes."""
    for name, size in (("a", 64), ("b", 96)):
        for side, frames in zip(("g", "r"), pairs(4, size, seed=size), strict=True):
            (tmp_path / side).mkdir(exist_ok=True)
            write_video(tmp_path / side / f"{name}.mp4", frames, Fraction(25))
    return Material(pair_by_stem(tmp_path / "g", tmp_path / "r"), tmp_path / "made")


def mean(on: Material, of_frames: Callable[[np.ndarray, np.ndarray], float]) -> float:
    return float(np.mean([np.mean([of_frames(a, b) for a, b in frames]) for _, frames in on.frames()]))


def test_scikit_image(on: Material) -> None:
    pytest.importorskip("skimage", reason="scikit-image is not installed: extra oracles")
    assert frame_by_frame.psnr_db_of(on) == pytest.approx(mean(on, frame_psnr_db), rel=1e-6)
    assert frame_by_frame.ssim_of(on) == pytest.approx(mean(on, frame_ssim), rel=1e-4)
    assert abs(frame_by_frame.default_ssim_of(on) - mean(on, frame_ssim)) > 1e-3  # hence its reason


@pytest.mark.parametrize("mode", list(ASKED))
def test_fid(mode: str, on: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(PACKAGES[mode], reason=f"{PACKAGES[mode]} is not installed: extra oracles")
    from PIL import Image

    from benchmark.features.networks.inception import InceptionFeatures
    from tests.oracles.compare_fid import save_random_inception

    path = tmp_path / "inception.pth"
    save_random_inception(path)

    def resolve(name: str, **_: object) -> Path:
        if name != "fid-inception":
            raise WeightsUnavailable(name, "get it", "only one network is here")
        return path

    monkeypatch.setattr(weights, "resolve", resolve)
    monkeypatch.setattr(fid, "resolve", resolve)
    describe = InceptionFeatures.load(path, mode=mode)
    features = [
        np.concatenate([describe(np.asarray(Image.open(one))[None]) for one in sorted(on.images[side].glob("*.png"))])
        for side in SIDES
    ]
    assert ASKED[mode](on) == pytest.approx(frechet_distance(*features), rel=1e-3)


@pytest.mark.parametrize("kind", ["alex", "squeeze"])
def test_lpips(kind: str, on: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lpips", reason="lpips is not installed: extra oracles")
    import torch

    from benchmark.features.networks.lpips import FrameDistance, Lpips
    from tests.oracles.compare_lpips import ARCHITECTURES, heads_of_package, save_random_backbone

    path = tmp_path / "backbone.pth"
    save_random_backbone(kind, path)

    def resolve(name: str, **_: object) -> Path:
        if name != ARCHITECTURES[kind]:
            raise WeightsUnavailable(name, "get it", "only one network is here")
        return path

    monkeypatch.setattr(weights, "resolve", resolve)
    before = torch.hub.get_dir()
    ours = FrameDistance(Lpips.from_files(kind, path, heads_of_package(kind)))  # type: ignore[arg-type]
    expected = mean(on, lambda a, b: float(ours(a[None], b[None])[0]))
    assert frame_by_frame.lpips_of(on, kind) == pytest.approx(expected, rel=1e-4)
    assert torch.hub.get_dir() == before
