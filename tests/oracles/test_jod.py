"""JOD equals the package cvvdp: its call on whole videos, and its command on the same frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.features import FeatureStore, FrameSequence, extract_pair
from benchmark.features.extractors.jod import DISPLAY, PIXELS_PER_DEGREE, VISIBLE
from benchmark.features.models import ModelCache
from benchmark.metrics.case_from_frames import case_from_frames
from benchmark.metrics.catalog import score_case
from tests.oracles.compare_images import pairs

pycvvdp = pytest.importorskip("pycvvdp", reason="cvvdp is not installed: extra jod")
METRIC = f"jod[{DISPLAY}]"


def ours(output: np.ndarray, reference: np.ndarray, fps: float, models: ModelCache | None = None) -> float:
    case = case_from_frames((VISIBLE.id,), output=output, reference=reference, fps=fps, models=models)
    score = score_case(METRIC, case)
    assert score.value is not None and score.frames_scored == len(output)
    return score.value


def theirs(output: np.ndarray, reference: np.ndarray, fps: float) -> float:
    import torch

    model = pycvvdp.cvvdp(display_name=DISPLAY, quiet=True, device=torch.device("cpu"))
    rate = fps if len(output) > 1 else 0
    jod, _ = model.predict(output, reference, dim_order="FHWC", frames_per_second=rate)
    return float(jod)


@pytest.mark.parametrize(("frames", "height", "fps"), [(20, 64, 25.0), (7, 48, 12.5), (2, 64, 30.0), (1, 64, 25.0)])
def test_equal_to_the_packages_call(frames: int, height: int, fps: float) -> None:
    output, reference = (one[:, :height] for one in pairs(frames, 64))
    assert ours(output, reference, fps) == pytest.approx(theirs(output, reference, fps), abs=2e-6)


def test_equal_to_the_packages_command(tmp_path: Path) -> None:
    """On BMP files: for PNG the package fetches a library first."""
    from PIL import Image
    from pycvvdp.run_cvvdp import parse_args, run_on_args

    output, reference = pairs(6, 64)
    for name, frames in (("test", output), ("ref", reference)):
        for number, frame in enumerate(frames):
            Image.fromarray(frame).save(tmp_path / f"{name}_{number:03d}.bmp")
    result = tmp_path / "jod.csv"
    sides = ["--test", str(tmp_path / "test_%03d.bmp"), "--ref", str(tmp_path / "ref_%03d.bmp")]
    options = ["--fps", "25", "--display", DISPLAY, "--result", str(result), "--device", "cpu", "--quiet"]
    run_on_args(parse_args([*sides, *options, "--frames", "0:5"]))
    printed = float(result.read_text().split()[-1])
    assert ours(output, reference, 25.0) == pytest.approx(printed, abs=1e-4)


def test_a_second_video_of_another_size_and_rate_knows_nothing_of_the_first() -> None:
    models = ModelCache()
    for frames, size, fps in ((6, 64, 25.0), (4, 48, 50.0), (1, 48, 25.0), (6, 64, 25.0)):
        output, reference = pairs(frames, size)
        assert ours(output, reference, fps, models) == pytest.approx(theirs(output, reference, fps), abs=2e-6)


def test_the_batch_size_changes_nothing() -> None:
    output, reference = pairs(7, 48)
    sides = [FrameSequence.from_frames(one, 25) for one in (output, reference)]
    tools: dict[str, Any] = {"models": ModelCache(), "store": FeatureStore(None, {})}
    found = [extract_pair(*sides, (), (VISIBLE.id,), batch_frames=size, **tools) for size in (2, 7)]
    np.testing.assert_array_equal(*(one.pairs[VISIBLE.id] for one in found))


def test_the_screen_is_as_the_card_says() -> None:
    from benchmark.features.networks.colour_video_vdp import VisibleDifferences

    assert VisibleDifferences.load(DISPLAY).pixels_per_degree == pytest.approx(PIXELS_PER_DEGREE, abs=0.01)


def test_the_scale_is_the_packages() -> None:
    import torch

    from benchmark.metrics import jod

    model = pycvvdp.cvvdp(display_name=DISPLAY, quiet=True, device=torch.device("cpu"))
    named = {"jod_a": jod._SLOPE, "jod_exp": jod._EXPONENT, "image_int": jod._IMAGE, "beta_t": jod._BETA_TIME}
    assert {name: float(getattr(model, name)) for name in named} == pytest.approx(named, rel=1e-6)


def test_other_parameters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmark.features.networks import colour_video_vdp
    from feed_dataset.core.jobs.errors import FeedError

    monkeypatch.setattr(colour_video_vdp, "VERSION", "0.1")
    with pytest.raises(FeedError, match=r"parameters of 0\.1 but got those of 0\.5"):
        colour_video_vdp.VisibleDifferences.load(DISPLAY)
