from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.metrics import METRICS, modules
from benchmark.metrics.fid_infinity import extrapolate
from benchmark.metrics.kid import kernel_distance, kernel_distance_subsets
from benchmark.metrics.precision_recall import precision_recall

rng = np.random.default_rng(0)
GENERATED, REAL = rng.normal(size=(80, 6)) + 0.4, rng.normal(size=(70, 6))

EXPECTED = [
    (modules.KernelDistance, {}, kernel_distance(GENERATED, REAL), "kid[pytorch-fid]"),
    (
        modules.KernelDistanceSubsets,
        {"n_subsets": 5, "subset_size": 30},
        kernel_distance_subsets(GENERATED, REAL, n_subsets=5, subset_size=30).mean(),
        "kid[torch-fidelity]",
    ),
    (modules.PrecisionRecall, {}, precision_recall(GENERATED, REAL), "precision[pytorch-fid]"),
    (modules.FrechetDistanceInfinity, {}, extrapolate(GENERATED, REAL).value, "fid_infinity[pytorch-fid]"),
]


@pytest.mark.parametrize(("cls", "options", "expected", "metric_id"), EXPECTED)
def test_batches_and_workers_give_what_all_samples_give(cls, options, expected, metric_id) -> None:
    parts = [cls(**options) for _ in range(2)]
    for index, start in enumerate(range(0, 80, 20)):
        worker = parts[index // 2]
        worker.update(torch.from_numpy(GENERATED[start : start + 20]), real=False)
        worker.update(torch.from_numpy(REAL[start : min(start + 20, 70)]), real=True)
    merged = parts[0]
    merged.merge_state(parts[1])
    order_matters = cls is modules.KernelDistanceSubsets  # torch-fidelity's seeds pick rows by their place
    whole = cls(**options)
    whole.update(torch.from_numpy(GENERATED), real=False)
    whole.update(torch.from_numpy(REAL), real=True)
    np.testing.assert_allclose(whole.compute().numpy(), expected, rtol=1e-9)
    np.testing.assert_allclose(merged.compute().numpy(), expected, rtol=0.5 if order_matters else 1e-9)
    assert whole.compute().dtype == torch.float64
    assert cls.higher_is_better == METRICS[metric_id].higher_is_better


@pytest.mark.parametrize("cls", [one[0] for one in EXPECTED])
def test_nothing_is_no_score(cls) -> None:
    metric = cls()
    metric.update(torch.zeros(5, 3), real=True)
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="lacks a side"):
        cls().compute()
    with pytest.raises(ValueError, match="lacks a side"):
        metric.compute()
    with pytest.raises(ValueError, match=r"\[B, d\]"):
        metric.update(torch.zeros(3), real=False)
