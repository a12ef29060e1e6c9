from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmark.features.extractors.catalog import split_ids
from benchmark.metrics import (
    CARDS,
    CaseMetric,
    FaceFeatures,
    MetricCard,
    SetMetric,
    card_of,
    cards_of,
    catalog,
    score_case,
    score_set,
)
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
    assert {metric_id: CARDS[metric_id].higher_is_better for metric_id in HIGHER_IS_BETTER} == HIGHER_IS_BETTER


def test_each_card_is_complete() -> None:
    """A reader must find out what the number is, how it was made and how it can mislead."""
    for metric in CARDS.values():
        assert set(metric.networks) <= set(REGISTRY), metric.id
        assert metric.needs <= {"reference", "latents", "audio"}, metric.id
        assert metric.title, metric.id
        assert metric.summary.endswith("."), metric.id
        assert all(text.strip() for text in (metric.definition, metric.preprocessing, metric.source)), metric.id
        assert metric.pitfalls and all(pitfall.endswith(".") for pitfall in metric.pitfalls), metric.id
        low, high = metric.value_range
        assert low is None or high is None or low < high, metric.id
        assert metric.features or "latents" in metric.needs, f"{metric.id} reads something"


def test_each_card_reads_what_exists() -> None:
    for metric in CARDS.values():
        video, pair, sound = split_ids(metric.features)
        assert not pair or "reference" in metric.needs, metric.id
        assert not sound or "audio" in metric.needs, metric.id
        assert {*video, *pair, *sound} == set(metric.features), metric.id


def test_no_metric_makes_a_value_from_nothing() -> None:
    blind = video([shoot(person())] * 30, missing=tuple(range(30)))
    features = case(blind, blind, blind, reference=blind, no_sound="no sound stream")
    for metric in CARDS.values():
        if metric.level == "set":
            assert score_set(metric.id, [features]).value is None, metric.id
            continue
        score = score_case(metric.id, features)
        assert (score.value, score.frames_scored) == (None, 0), metric.id
        assert sum(count for _, count in score.failures) == score.frames_expected > 0, metric.id


def test_wrong_names_and_levels() -> None:
    one = video([shoot(person())])
    features = case(one, one, one)
    with pytest.raises(BenchmarkError, match=r"one of csim\[arcface\], csim\[vggface2\], csim\[dlib\]"):
        score_case("csim[dlb]", features)
    with pytest.raises(BenchmarkError, match="of the whole set"):
        score_case("auc_z", features)
    with pytest.raises(BenchmarkError, match="single cases"):
        score_set("psnr", [features])


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("csim", "one of csim[arcface], csim[vggface2], csim[dlib]"),
        ("csim[dlb]", "one of csim[arcface], csim[vggface2], csim[dlib]"),
        ("psrn", "did you mean 'psnr'?"),
        ("fid", "one of fid[pytorch-fid], fid[clean-fid], fid[torch-fidelity]"),
        ("quite another thing", "see: python -m benchmark list metrics"),
        ("x" * 300, "see: python -m benchmark list metrics"),
        ("lpips[" + "x" * 300, "one of lpips[alex], lpips[vgg], lpips[squeeze]"),
    ],
)
def test_an_unknown_id_has_one_short_message(wrong: str, hint: str) -> None:
    with pytest.raises(BenchmarkError) as raised:
        card_of(wrong)
    text = str(raised.value)
    assert text.startswith("expected a metric but got ") and text.endswith(hint) and len(text) < 200


def test_cards_come_in_the_order_of_their_ids() -> None:
    assert cards_of(["ssim", "psnr"]) == [CARDS["ssim"], CARDS["psnr"]]


def test_every_name_alone_gives_a_short_message_or_its_card() -> None:
    for name in sorted({one.partition("[")[0] for one in CARDS}):
        try:
            assert card_of(name).id == name
        except BenchmarkError as error:
            assert len(str(error)) < 200 and f"one of {name}[" in str(error), name


def test_features_check_their_shapes() -> None:
    good = video([shoot(person())] * 2)
    with pytest.raises(ValueError, match="468, 3"):
        FaceFeatures(good.landmarks_px[:, :68], good.reasons)
    with pytest.raises(ValueError, match="one reason per frame"):
        FaceFeatures(good.landmarks_px, (None,))


def _entry(metric: MetricCard, score: CaseScore | SetScore) -> CaseMetric | SetMetric:
    if isinstance(score, CaseScore):
        return CaseMetric(replace(metric, level="case"), lambda features: score)
    return SetMetric(replace(metric, level="set"), lambda cases: score)


def test_a_value_that_is_not_finite_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    one = video([shoot(person())])
    features = case(one, one, one)
    nan = float("nan")
    wrong = {
        "a": _entry(CARDS["l1"], CaseScore(nan, 5, 3, (("lost", 2),))),
        "b": _entry(CARDS["l1"], SetScore(nan, 5, None, {}, nan, nan)),
    }
    monkeypatch.setattr(catalog, "ENTRIES", wrong)
    monkeypatch.setattr(catalog, "CARDS", {name: replace(CARDS["l1"], id=name) for name in wrong})
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
