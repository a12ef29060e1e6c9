"""From features to rows and aggregates."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

from benchmark.engine.aggregate import (
    CaseOutcome,
    MethodOutcome,
    score_method,
)
from benchmark.engine.networks import NetworkStatus
from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, cards_of
from benchmark.metrics.thinning import every_nth
from benchmark.results.errors import BenchmarkError
from tests.benchmark import harness

FRAMES = 6
HERE = NetworkStatus({name: "a" * 64 for card in CARDS.values() for name in card.networks}, {})


def features(seed: int, missing: tuple[int, ...] = (), frames: int = FRAMES) -> FaceFeatures:
    rng = np.random.default_rng(seed)
    pictures = np.stack([harness.picture(30 + 7 * seed + 3 * t) for t in range(frames)])
    track = harness.track(pictures)
    landmarks = track.landmarks_px + rng.normal(0, 0.05, track.landmarks_px.shape).astype(np.float32)
    embeddings = harness.embed(pictures, landmarks)
    landmarks[list(missing)] = np.nan
    embeddings[list(missing)] = np.nan
    reasons = tuple("no face detected" if t in missing else None for t in range(frames))
    return FaceFeatures(landmarks, reasons, {"dlib": embeddings})


def outcome(number: int, missing: tuple[int, ...] = (), reason: str | None = None) -> CaseOutcome:
    case_id, cluster = f"case{number}", f"D{number}"
    loaded = CaseFeatures(
        case_id=case_id,
        cluster=cluster,
        output=features(number, missing),
        driver=features(number + 10),
        source=features(number + 20, frames=1),
    )
    return CaseOutcome(case_id, cluster, f"P{number}", None if reason else loaded, reason, FRAMES)


def score(*outcomes: CaseOutcome, metric: str = "csim[dlib]", every: int = 1):  # type: ignore[no-untyped-def]
    method = MethodOutcome("m", has_latents=False, embed_every=every, cases=outcomes)
    return score_method(method, cards_of([metric]), harness.NETWORKS)


def test_the_aggregate_is_the_mean_of_scored_cases() -> None:
    rows, (aggregate,) = score(outcome(1), outcome(2), outcome(3, reason="fell over"))
    values = [row.value for row in rows if row.value is not None]
    assert len(rows) == 3
    assert aggregate.value == pytest.approx(np.mean(values), abs=1e-12)
    assert (aggregate.cases_expected, aggregate.cases_scored, aggregate.cases_failed) == (3, 2, 1)
    assert aggregate.ci_low is not None and aggregate.ci_high is not None
    assert aggregate.ci_low <= aggregate.value <= aggregate.ci_high
    assert (rows[2].value, rows[2].failures[0].reason, rows[2].failures[0].count) == (
        None,
        "fell over",
        FRAMES,
    )


def test_frames_without_a_face_are_counted_with_their_reason() -> None:
    ((row,), _) = score(outcome(1, missing=(2, 3)))
    assert (row.frames_expected, row.frames_scored) == (FRAMES, FRAMES - 2)
    assert sum(failure.count for failure in row.failures) == 2
    assert "no face detected" in row.failures[0].reason


def test_a_case_without_any_face_has_no_value() -> None:
    ((row,), (aggregate,)) = score(outcome(1, missing=tuple(range(FRAMES))))
    assert row.value is None
    assert (aggregate.value, aggregate.cases_failed) == (None, 1)


def test_identity_is_due_on_every_nth_frame_only() -> None:
    (rows, _) = score(outcome(1, missing=(1, 4)), outcome(2, reason="gone"), every=3)
    assert [(row.frames_expected, row.frames_scored) for row in rows] == [(2, 2), (2, 0)]
    (rows, _) = score(outcome(1), metric="pose_error_deg[mesh468]", every=3)
    assert rows[0].frames_expected == FRAMES


def test_thinning_keeps_the_source_and_frame_zero() -> None:
    case = outcome(1).features
    assert case is not None
    thin = every_nth(case, 5)
    assert len(thin.output) == len(thin.driver) == 2
    assert len(thin.source) == 1
    assert np.array_equal(thin.output.landmarks_px[1], case.output.landmarks_px[5])


def test_set_metrics_count_their_cases() -> None:
    rows, (aggregate,) = score(outcome(1), outcome(2), outcome(3, reason="gone"), metric="fd[dlib]")
    assert rows == []
    assert aggregate.level == "set"
    assert aggregate.value is not None
    assert (aggregate.cases_scored, aggregate.cases_failed, aggregate.extra["n"]) == (2, 1, 2 * FRAMES)


def test_a_case_that_adds_nothing_to_a_set_metric_has_failed() -> None:
    nothing = outcome(3, missing=tuple(range(FRAMES)))
    _, (aggregate,) = score(outcome(1), outcome(2), nothing, metric="fd[dlib]")
    assert (aggregate.cases_scored, aggregate.cases_failed, aggregate.extra["n_failed"]) == (2, 1, FRAMES)


def test_unknown_metrics_name_the_nearest() -> None:
    with pytest.raises(BenchmarkError, match=r"one of csim\[arcface\]"):
        cards_of(["csim[dlb]"])


def test_the_features_of_a_case_need_not_outlive_it() -> None:
    alive: list[weakref.ref[np.ndarray]] = []

    def one_by_one() -> Iterator[CaseOutcome]:
        for number in range(4):
            gc.collect()
            assert sum(landmarks() is not None for landmarks in alive) <= 1, "of the case before, at most"
            made = outcome(number)
            assert made.features is not None
            alive.append(weakref.ref(made.features.output.landmarks_px))
            yield made
            del made

    method = MethodOutcome("m", has_latents=False, embed_every=1, cases=one_by_one())
    rows, aggregates = score_method(method, cards_of(["csim[dlib]", "fid[clean-fid]"]), HERE)
    assert len(rows) == len(alive) == 4 and [one.metric for one in aggregates] == ["csim[dlib]", "fid[clean-fid]"]
