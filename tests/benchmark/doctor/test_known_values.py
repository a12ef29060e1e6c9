"""Every metric gives its known values, and those of a broken metric are missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmark.doctor.checks import judge_known
from benchmark.doctor.known_values import heads
from benchmark.doctor.known_values.catalog import known_values
from benchmark.doctor.known_values.value import Answer, KnownValue, of_function
from benchmark.features.extractors import pixels
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import CARDS, frechet, gaze, pose, self_motion, speech_mesh
from benchmark.metrics.known_answers import Measured
from feed_dataset.core.faces import geometry


def missed(metric: str) -> list[str]:
    """Names of the known values that the metric does not give."""
    return [one.name for one in known_values()[metric] if not judge_known(one).passed]


def test_every_metric_has_a_known_value_that_is_a_number() -> None:
    numbers = {metric for metric, values in known_values().items() if any(one.expected is not None for one in values)}
    assert numbers == set(CARDS), "a new metric has a known value in benchmark/doctor/known_values"


@pytest.mark.parametrize("metric", CARDS)
def test_known_values_are_given(metric: str) -> None:
    assert missed(metric) == []


def test_a_perfect_or_empty_answer_is_not_all_that_is_known() -> None:
    """0, 1 and the best value are what many broken metrics give, too."""
    for metric, values in known_values().items():
        telling = {one.expected for one in values} - {None, 0.0, 1.0, *CARDS[metric].value_range}
        assert telling, metric


def scaled(function: Callable[..., Any], factor: float) -> Callable[..., Any]:
    return lambda *arguments, **keywords: factor * function(*arguments, **keywords)


def summed_angles(output: np.ndarray, driver: np.ndarray) -> np.ndarray:
    differences = pose.angle_difference_deg(geometry.euler_deg(output), geometry.euler_deg(driver))
    return np.asarray(np.abs(differences).sum(axis=1))


def without_means(a: np.ndarray, b: np.ndarray) -> float:
    return float(FRECHET(a - a.mean(axis=0), b - b.mean(axis=0)))


FRECHET = frechet.frechet_distance
BROKEN: dict[str, tuple[str, Any, str, Any]] = {
    "PSNR of range 25.5": ("psnr", pixels, "DATA_RANGE", 25.5),
    "L1 three times": ("l1", pixels, "frame_l1", scaled(pixels.frame_l1, 3)),
    "AKD twice": ("akd[mesh468]", self_motion, "keypoint_distances", scaled(self_motion.keypoint_distances, 2)),
    "APD summed": ("apd_deg[mesh468]", self_motion, "pose_distances_deg", summed_angles),
    "AED of 5 coefficients": (
        "aed[blendshapes52]",
        self_motion,
        "expression_distances",
        lambda output, driver: np.abs(output[:, 1:6] - driver[:, 1:6]).mean(axis=1),
    ),
    "gaze at 0.3": ("gaze_error_deg[iris]", gaze, "angle_deg", scaled(gaze.angle_deg, 0.3)),
    "pose at 0.3": ("pose_error_deg[mesh468]", pose, "geodesic_deg", scaled(pose.geodesic_deg, 0.3)),
    "M_P of 3 points": (
        "m_p[mesh468]",
        speech_mesh,
        "position_errors",
        lambda output, reference, points: np.abs(output[:, points[:3]] - reference[:, points[:3]]).mean(axis=(1, 2)),
    ),
    "Frechet distance without its mean": ("fd[dlib]", "benchmark.metrics.fid", "frechet_distance", without_means),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_metrics_are_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    metric, place, name, broken = BROKEN[fault]
    known_values()  # worked out before anything is broken
    monkeypatch.setattr(f"{place}.{name}" if isinstance(place, str) else f"{place.__name__}.{name}", broken)
    assert missed(metric)


class TestKnownValue:
    def of(self, function: Callable[[], float]) -> KnownValue:
        return of_function("psnr", "a number", "closed form", function, 2.0, tolerance=0.1)

    @pytest.mark.parametrize(("value", "holds"), [(2.0, True), (2.09, True), (2.2, False), (float("nan"), False)])
    def test_a_value_lies_within_its_tolerance(self, value: float, holds: bool) -> None:
        assert judge_known(self.of(lambda: value)).passed is holds

    def test_an_error_is_an_answer_that_does_not_hold(self) -> None:
        verdict = judge_known(self.of(lambda: 1 / 0))
        assert not verdict.passed
        assert "raised ZeroDivisionError" in str(verdict.got)
        assert (verdict.metric, verdict.condition) == ("psnr", "known: a number")
        assert verdict.expected == "2 ± 0.1 (closed form)"

    def test_counts_and_reasons_belong_to_the_answer(self) -> None:
        one = KnownValue("psnr", "", "closed form", 2.0, 0.1, lambda: Answer(Measured(2.0), 3), scored=4)
        assert not one.holds(one.measure())
        none = KnownValue("psnr", "", "closed form", None, 0.0, lambda: Answer(Measured(None, "dark")))
        assert none.holds(none.measure())
        assert not none.holds(Answer(Measured(None)))
        assert not none.holds(Answer(Measured(0.0)))


def test_turns_are_found_by_quaternions() -> None:
    head, weights = heads.template()
    turn = heads.rotation(30.0, -12.0, 50.0) @ heads.about((1, 2, 3), 20.0)
    np.testing.assert_allclose(heads.fitted_rotation(head, heads.photograph(head, turn), weights), turn, atol=1e-12)


def test_a_head_is_brought_upright() -> None:
    head = heads.template()[0]
    shot = heads.photograph(head, heads.rotation(-35.0, 20.0, 10.0), 70.0, (3.0, 4.0))
    found = heads.upright(shot, head, heads.RIGID_468, heads.EYE_CORNERS_468)
    unit = np.linalg.norm(head[33] - head[263])
    np.testing.assert_allclose(found - found[0], (head - head[0]) / unit, atol=1e-12)


def test_frames_without_a_face_are_blind_in_every_feature() -> None:
    seen = heads.video(None, (1,), {"dlib": np.ones((3, 4))}, frames=3)
    assert seen.reasons == (None, heads.NO_FACE, None)
    assert np.isnan(seen.arrays["dlib"][1]).all()
    assert isinstance(heads.case(seen, seen), CaseFeatures)
