"""KID, precision and recall equal torch-fidelity, and KID equals clean-fid's, on the same features."""

from __future__ import annotations

import pytest
import torch

from benchmark.metrics import kid
from tests.oracles.compare_kid import compare_kid, compare_precision_recall, features

pytest.importorskip("torch_fidelity", reason="torch-fidelity is not installed: extra oracles")


def test_equal_in_float64() -> None:
    for figure in compare_kid(quick=True):
        assert figure.is_met, figure


def test_equal_in_torch_fidelitys_float32() -> None:
    from torch_fidelity import metric_kid

    single = [torch.from_numpy(features(1050, seed, 64)).float() for seed in (1, 2)]
    theirs = metric_kid.kid_features_to_metric(*single, verbose=False)
    values = kid.kernel_distance_subsets(*(part.numpy() for part in single))
    assert values.mean() == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-4)
    assert values.std() == pytest.approx(theirs["kernel_inception_distance_std"], rel=1e-3)


def test_the_full_estimator_equals_clean_fid() -> None:
    cleanfid = pytest.importorskip("cleanfid.fid", reason="clean-fid is not installed: extra oracles")
    generated, real = features(120, 1), features(120, 2)
    theirs = cleanfid.kernel_distance(generated, real, num_subsets=1, max_subset_size=120)
    assert kid.kernel_distance(generated, real) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("low_memory", [False, True])
def test_precision_and_recall_equal_torch_fidelity(low_memory: bool) -> None:
    for figure in compare_precision_recall(quick=True, low_memory=low_memory):
        assert figure.is_met, figure
