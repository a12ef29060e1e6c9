"""What a network that diverged gives is a counted failure of its frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from benchmark.metrics import CaseFeatures, FaceFeatures, case_from_frames, torch_metric
from benchmark.metrics.case_from_frames import case_from_frames as features_of_frames
from benchmark.metrics.lost_frames import NOT_FINITE_PIXELS, without_frames
from benchmark.metrics.scores import NOT_FINITE
from benchmark.metrics.torch_metric import BenchmarkMetric
from tests.benchmark import harness, stand_ins


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("benchmark.engine.networks.lacking_package", lambda names: None)
    shared = stand_ins.models()
    for module in (torch_metric, case_from_frames):
        monkeypatch.setattr(module, "shared_models", lambda *where: shared)
    return shared


def frames(seed: int, count: int) -> np.ndarray:
    levels = np.random.default_rng(seed).integers(0, 60, count)
    return np.stack([harness.picture(60 + int(level), 64) for level in levels])


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("metric_id", ["psnr", "lpips[alex]", "csim[dlib]", "expression_error[mesh468]"])
def test_frames_that_are_not_finite_are_counted_and_cost_no_epoch(metric_id: str, number: float, models: Any) -> None:
    """One pixel of a network that diverged is enough; the other frames count as ever."""
    made = as_tensor(frames(1, 6))
    given = {"reference": as_tensor(frames(2, 6)), "source": made[0]}
    broken = made.clone()
    broken[2, 1, 5, 7] = number
    others = [0, 1, 3, 4, 5]
    part, without, none = (BenchmarkMetric(metric_id) for _ in range(3))
    part.update(output=broken, **given)
    without.update(output=made[others], reference=given["reference"][others], source=made[0])
    none.update(output=made * float("nan"), **given)
    assert float(part.compute()) == pytest.approx(float(without.compute()), rel=1e-6)
    assert part.failures in (((f"output: {NOT_FINITE_PIXELS}", 1),), ((NOT_FINITE, 1),))
    assert np.isnan(float(none.compute())) and none.failures[0][1] == 6


def test_frames_that_are_not_finite_leave_no_sample_in_a_set(models: Any) -> None:
    whole = as_tensor(frames(1, 6))
    broken = whole.clone()
    broken[[1, 4]] = float("nan")
    case = features_of_frames(["inception[pytorch-fid]"], output=broken, reference=whole)
    assert np.isnan(case.output.arrays["inception[pytorch-fid]"]).any(axis=1).tolist() == [False, True, False] * 2
    assert case.reference is not None and np.isfinite(case.reference.arrays["inception[pytorch-fid]"]).all()


@pytest.mark.parametrize(("feature", "keeps"), [("i3d", False), ("syncnet-legacy", False), ("syncnet-lip", True)])
def test_windows_over_frames_that_are_not_finite_are_left_out(feature: str, keeps: bool) -> None:
    """Windows that need the face lack it in a black frame; of the others nobody knows which saw it."""
    seen = FaceFeatures(np.zeros((9, 468, 3), np.float32), (None,) * 9, {feature: np.ones((3, 8), np.float32)})
    blind = without_frames(CaseFeatures("case", "S01", seen, seen, seen), np.arange(9) == 7).output
    assert np.isfinite(blind.arrays[feature]).all() == keeps
    assert blind.valid.tolist() == [True] * 7 + [False, True] and blind.reasons[7] == NOT_FINITE_PIXELS
