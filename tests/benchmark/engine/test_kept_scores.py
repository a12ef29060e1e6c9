"""Scores of whole sets that are found again, and what makes them be computed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine import kept_scores
from benchmark.engine.kept_scores import SCORES, KeptScores
from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set, scoring
from benchmark.metrics.scores import SetScore
from benchmark.metrics.scoring import finite, narrowed, plain_extra

METRIC = CARDS["fid[clean-fid]"]
FEATURE = "inception[clean-fid]"
FRAMES = 3


def video(seed: int) -> FaceFeatures:
    rng = np.random.default_rng(seed)
    landmarks = rng.normal(0, 1, (FRAMES, 468, 3)).astype(np.float32)
    arrays = {name: rng.normal(0, 1, (FRAMES, 8)).astype(np.float32) for name in (FEATURE, "dlib")}
    return FaceFeatures(landmarks, (None,) * FRAMES, arrays)


def case(number: int) -> CaseFeatures:
    parts = video(number), video(number + 10), video(number + 20)
    return CaseFeatures(f"case{number}", f"D{number % 3}", *parts, source_cluster=f"P{number % 2}")


CASES = [case(number) for number in range(6)]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of metrics that were computed and not found."""
    asked: list[str] = []

    def counted(metric_id: str, cases: Sequence[CaseFeatures]) -> SetScore:
        asked.append(metric_id)
        return score_set(metric_id, cases)

    monkeypatch.setattr(scoring, "score_set", counted)
    return asked


def score(folder: Path | None, cases: Sequence[CaseFeatures] = CASES, metric_id: str = METRIC.id) -> SetScore:
    metric = CARDS[metric_id]
    return KeptScores(folder).score_set(metric, [narrowed(one, metric) for one in cases])


def test_equal_features_are_scored_once(tmp_path: Path, computed: list[str]) -> None:
    first, second = score(tmp_path), score(tmp_path)
    assert computed == [METRIC.id] and first == second
    assert first == score(None) and first.ci_low is not None, "the same to the last bit as without a folder"


def _with_output(change: Callable[[FaceFeatures], FaceFeatures]) -> list[CaseFeatures]:
    return [replace(CASES[0], output=change(CASES[0].output)), *CASES[1:]]


def _nudged(video: FaceFeatures, name: str) -> FaceFeatures:
    arrays = dict(video.arrays)
    arrays[name] = arrays[name] + np.float32(1e-3)
    return replace(video, arrays=arrays)


CHANGES = {
    "a feature": _with_output(lambda one: _nudged(one, FEATURE)),
    "the driver's person": [replace(CASES[0], cluster="D9"), *CASES[1:]],
    "the source's person": [replace(CASES[0], source_cluster="P9"), *CASES[1:]],
    "the order": CASES[::-1],
    "a case less": CASES[1:],
    "a reference": [replace(one, reference=one.driver) for one in CASES],
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_a_score_depends_on_makes_another(what: str, tmp_path: Path, computed: list[str]) -> None:
    score(tmp_path)
    assert score(tmp_path, CHANGES[what]) == score(None, CHANGES[what])
    assert len(computed) == 3


def test_what_a_metric_does_not_read_changes_nothing(tmp_path: Path, computed: list[str]) -> None:
    score(tmp_path)
    score(tmp_path, _with_output(lambda one: _nudged(one, "dlib")))
    score(tmp_path, _with_output(lambda one: replace(one, landmarks_px=one.landmarks_px + 1)))
    assert len(computed) == 1
    score(tmp_path, metric_id="fd[dlib]")
    score(tmp_path, _with_output(lambda one: replace(one, landmarks_px=one.landmarks_px + 1)), "fd[dlib]")
    assert len(computed) == 3, "this one reads landmarks"


def test_other_code_or_libraries_score_again(
    tmp_path: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    score(tmp_path)
    monkeypatch.setattr(kept_scores, "code_sha256", lambda rooms: "other")
    score(tmp_path)
    monkeypatch.setattr(kept_scores, "numeric_libraries", lambda: {"numpy": "0"})
    score(tmp_path)
    assert len(computed) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"value": "low", "n": 3}', '{"value": 1.0, "n": null}'])
def test_a_damaged_score_is_computed_again(content: str, tmp_path: Path, computed: list[str]) -> None:
    first = score(tmp_path)
    (file,) = (tmp_path / SCORES).iterdir()
    file.write_text(content)
    assert score(tmp_path) == first == score(tmp_path)
    assert len(computed) == 2


def test_a_set_without_a_value_is_remembered_with_its_reason(tmp_path: Path, computed: list[str]) -> None:
    first = score(tmp_path, [])
    assert (first.value, first.reason) == (None, "no cases")
    assert score(tmp_path, []) == first and len(computed) == 1


def test_only_finite_numbers_become_values() -> None:
    assert finite(float("nan")) is None
    assert finite(None) is None
    assert finite(1) == 1.0
    plain = plain_extra({"a": np.arange(3), "b": np.float32(2), "c": "x"})
    assert plain == {"a": [0.0, 1.0, 2.0], "b": 2.0, "c": "x"}
