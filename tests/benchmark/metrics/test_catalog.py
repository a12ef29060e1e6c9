from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmark.features.extractors.catalog import split_ids
from benchmark.metrics import METRICS, CaseEntry, FaceFeatures, Metric, SetEntry, catalog, score_case, score_set
from benchmark.metrics.scores import NOT_FINITE, CaseScore, SetScore, mean_score
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.weights import REGISTRY
from tests.benchmark.metrics.faces import case, person, shoot, video

HIGHER_IS_BETTER = {
    "csim[dlib]": True, "id_l2[dlib]": False, "expression_transfer[mesh468]": True, "expression_error[mesh468]": False,
    "pose_error_deg[mesh468]": False, "pose_transfer[mesh468]": True, "m_p[mesh468]": False, "m_v[mesh468]": False,
    "f_p[mesh468]": False, "f_v[mesh468]": False, "psnr": True, "ssim": True, "l1": False,
    "fid[pytorch-fid]": False, "fd[dlib]": False, "auc_z": False,
}  # fmt: skip


def test_ids_and_directions() -> None:
    assert {metric_id: METRICS[metric_id].higher_is_better for metric_id in HIGHER_IS_BETTER} == HIGHER_IS_BETTER


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_each_card_is_complete(metric: Metric) -> None:
    """A reader must find out what the number is, how it was made and how it can mislead."""
    assert set(metric.networks) <= set(REGISTRY)
    assert metric.needs <= {"reference", "latents", "audio"}
    assert metric.title
    assert metric.summary.endswith(".")
    for text in (metric.definition, metric.preprocessing, metric.source):
        assert text.strip()
    assert metric.pitfalls and all(pitfall.endswith(".") for pitfall in metric.pitfalls)
    low, high = metric.value_range
    assert low is None or high is None or low < high
    assert metric.features or "latents" in metric.needs, "a metric reads something"


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_each_card_reads_what_exists(metric: Metric) -> None:
    video, pair, sound = split_ids(metric.features)
    assert not pair or "reference" in metric.needs
    assert not sound or "audio" in metric.needs
    assert {*video, *pair, *sound} == set(metric.features)


@pytest.mark.parametrize("metric_id", METRICS)
def test_no_metric_makes_a_value_from_nothing(metric_id: str) -> None:
    blind = video([shoot(person())] * 30, missing=tuple(range(30)))
    features = case(blind, blind, blind, reference=blind, no_sound="no sound stream")
    if METRICS[metric_id].level == "set":
        assert score_set(metric_id, [features]).value is None
    else:
        score = score_case(metric_id, features)
        assert score.value is None
        assert score.frames_scored == 0
        assert sum(count for _, count in score.failures) == score.frames_expected > 0


def test_wrong_names_and_levels() -> None:
    one = video([shoot(person())])
    features = case(one, one, one)
    with pytest.raises(BenchmarkError, match=r"did you mean 'csim\[dlib\]'"):
        score_case("csim[dlb]", features)
    with pytest.raises(BenchmarkError, match="of the whole set"):
        score_case("auc_z", features)
    with pytest.raises(BenchmarkError, match="single cases"):
        score_set("psnr", [features])


def test_features_check_their_shapes() -> None:
    good = video([shoot(person())] * 2)
    with pytest.raises(ValueError, match="468, 3"):
        FaceFeatures(good.landmarks_px[:, :68], good.reasons)
    with pytest.raises(ValueError, match="one reason per frame"):
        FaceFeatures(good.landmarks_px, (None,))


def _entry(metric: Metric, score: CaseScore | SetScore) -> CaseEntry | SetEntry:
    if isinstance(score, CaseScore):
        return CaseEntry(replace(metric, level="case"), lambda features: score)
    return SetEntry(replace(metric, level="set"), lambda cases: score)


def test_a_value_that_is_not_finite_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    one = video([shoot(person())])
    features = case(one, one, one)
    nan = float("nan")
    wrong = {
        "a": _entry(METRICS["l1"], CaseScore(nan, 5, 3, (("lost", 2),))),
        "b": _entry(METRICS["l1"], SetScore(nan, 5, None, {}, nan, nan)),
    }
    monkeypatch.setattr(catalog, "_ENTRIES", wrong)
    monkeypatch.setattr(catalog, "METRICS", {name: replace(METRICS["l1"], id=name) for name in wrong})
    got = score_case("a", features)
    assert (got.value, got.frames_scored, sum(count for _, count in got.failures)) == (None, 0, 5)
    both = score_set("b", [features])
    assert (both.value, both.ci_low, both.reason) == (None, None, NOT_FINITE)


def test_one_bad_row_is_a_failure_and_not_part_of_the_mean() -> None:
    score = mean_score(np.array([1.0, np.nan, 3.0]), [None, None, "lost", None])
    assert (score.value, score.frames_expected, score.frames_scored) == (2.0, 4, 2)
    assert dict(score.failures) == {"lost": 1, NOT_FINITE: 1}
    assert mean_score(np.array([np.inf]), [None]).value is None
    with pytest.raises(ValueError, match="one value for each of 2"):
        mean_score(np.zeros(3), [None, None, "lost"])


def test_two_metrics_cannot_share_an_id() -> None:
    with pytest.raises(ValueError, match="once"):
        catalog.collect(["benchmark.metrics.pose", "benchmark.metrics.pose"])


def test_the_table_loads_without_torch_or_opencv() -> None:
    code = "import sys, benchmark.metrics; sys.exit(any(m in sys.modules for m in ('torch', 'cv2', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
