from __future__ import annotations

import subprocess
import sys

import pytest

from benchmark.errors import BenchmarkError
from benchmark.metrics import METRICS, FaceFeatures, score_case, score_set
from feed_dataset.weights import REGISTRY
from tests.benchmark.metrics.faces import case, person, shoot, video


def test_ids_and_directions() -> None:
    assert set(METRICS) == {
        "fid[inception]", "fd[dlib]", "csim[dlib]", "id_l2[dlib]", "expression_transfer[mesh468]",
        "expression_error[mesh468]", "pose_error_deg[mesh468]", "pose_transfer[mesh468]", "m_p[mesh468]",
        "m_v[mesh468]", "f_p[mesh468]", "f_v[mesh468]", "psnr", "ssim", "l1", "auc_z",
    }  # fmt: skip
    higher = {metric_id for metric_id, metric in METRICS.items() if metric.higher_is_better}
    assert higher == {"csim[dlib]", "expression_transfer[mesh468]", "pose_transfer[mesh468]", "psnr", "ssim"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_each_metric_names_what_it_needs(metric) -> None:
    assert set(metric.networks) <= set(REGISTRY)
    assert metric.needs <= {"reference", "latents", "inception"}
    assert metric.summary.endswith(".")
    assert metric.source
    if "[" in metric.id:
        network = {"inception": "fid-inception", "dlib": "dlib-face-resnet", "mesh468": "face-mesh"}
        assert network[metric.id.split("[")[1].rstrip("]")] in metric.networks


@pytest.mark.parametrize("metric_id", METRICS)
def test_no_metric_makes_a_value_from_nothing(metric_id: str) -> None:
    blind = video([shoot(person())] * 3, missing=(0, 1, 2))
    features = case(blind, blind, blind, reference=blind)
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
    with pytest.raises(ValueError, match="one embedding per frame"):
        FaceFeatures(good.landmarks_px, good.reasons, embeddings=good.landmarks_px[:1, 0])


def test_the_table_loads_without_torch_or_opencv() -> None:
    code = "import sys, benchmark.metrics; sys.exit(any(m in sys.modules for m in ('torch', 'cv2', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
