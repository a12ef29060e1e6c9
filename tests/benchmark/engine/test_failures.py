"""Every failure counted: whatever happens to an output, each metric says how many frames were due, scored and lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.features import FeatureStore, FrameSequence, NoFrames, extract_pair, extract_video
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics import CARDS, CaseFeatures, score_case, score_set
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness, stand_ins

COUNT, SIDE_PX = 12, 96
CASE_METRICS = [metric.id for metric in CARDS.values() if metric.level == "case"]
SET_METRICS = [metric.id for metric in CARDS.values() if metric.level == "set"]
STORE = FeatureStore(None, stand_ins.NETWORKS)
VIDEO = (LANDMARKS, *stand_ins.VIDEO)
GOOD = np.stack([harness.picture(20 + 9 * t, SIDE_PX) for t in range(COUNT)])


def _black(frames: np.ndarray) -> np.ndarray:
    return np.zeros_like(frames)


def _loses_its_face(frames: np.ndarray) -> np.ndarray:
    return np.concatenate([frames[: COUNT // 2], np.zeros_like(frames[COUNT // 2 :])])


def _one_frame(frames: np.ndarray) -> np.ndarray:
    return frames[:1]


def _too_long(frames: np.ndarray) -> np.ndarray:
    return np.concatenate([frames, frames[:3]])


def _other_size(frames: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frames[:, :64, :64])


BROKEN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "black": _black,
    "loses its face": _loses_its_face,
    "one frame": _one_frame,
    "too long": _too_long,
    "other size": _other_size,
}


def features_of(output: FrameSequence, latents: np.ndarray | None = None) -> CaseFeatures:
    """A self-reenactment case of this output, its networks replaced by functions of the pixels."""
    models, reference = stand_ins.models(), FrameSequence.from_frames(GOOD, Fraction(25))
    both = extract_pair(output, reference, VIDEO, stand_ins.PAIR, models=models, store=STORE)
    first = FrameSequence.from_frames(GOOD[:1], Fraction(25))
    return CaseFeatures(
        case_id="case",
        cluster="S01",
        output=both.output,
        driver=both.reference,
        source=extract_video(first, VIDEO, models=models, store=STORE),
        reference=both.reference,
        latents=latents,
        pairs=both.pairs,
        no_pairs=both.no_pairs,
        no_sound="no sound stream",
        fps=25.0,
    )


@pytest.fixture(scope="module")
def cases() -> dict[str, CaseFeatures]:
    made = {name: features_of(FrameSequence.from_frames(change(GOOD), Fraction(25))) for name, change in BROKEN.items()}
    good = features_of(FrameSequence.from_frames(GOOD, Fraction(25)))
    bad_latents = np.random.default_rng(0).normal(size=(COUNT, 4)).astype(np.float32)
    bad_latents[3:5] = np.nan
    nan_rows = {name: rows.copy() for name, rows in good.output.arrays.items()}
    for rows in nan_rows.values():
        rows[:4] = np.nan
    made["NaN features"] = replace(
        good,
        output=replace(good.output, arrays=nan_rows),
        pairs={name: np.full_like(rows, np.nan) for name, rows in good.pairs.items()},
        latents=bad_latents,
    )
    return made


def test_every_extractor_of_frames_has_a_stand_in() -> None:
    assert stand_ins.without_shape() == set()


@pytest.mark.parametrize("name", [*BROKEN, "NaN features"])
def test_frames_scored_and_failed_add_up(cases: dict[str, CaseFeatures], name: str) -> None:
    for metric_id in CASE_METRICS:
        score = score_case(metric_id, cases[name])
        assert all(reason and count >= 1 for reason, count in score.failures), metric_id
        lost = sum(count for _, count in score.failures)
        assert score.frames_scored + lost == score.frames_expected, metric_id
        assert (score.value is None) == (score.frames_scored == 0), metric_id
        assert score.value is None or np.isfinite(score.value), metric_id


def test_no_face_no_value(cases: dict[str, CaseFeatures]) -> None:
    """The mistake to rule out: an output without any face gets the best score, because nothing was wrong in it."""
    of_faces = [one for one in CASE_METRICS if LANDMARKS in CARDS[one].features]
    assert len(of_faces) > 20
    for metric_id in of_faces:
        score = score_case(metric_id, cases["black"])
        assert (score.value, score.frames_scored) == (None, 0), metric_id
        assert score.failures, metric_id


@pytest.mark.parametrize("name", ["none", "black", "NaN features", "all"])
def test_sets_of_broken_videos(cases: dict[str, CaseFeatures], name: str) -> None:
    chosen = [case for key, case in cases.items() if name in (key, "all")]
    for metric_id in SET_METRICS:
        score = score_set(metric_id, chosen)
        assert score.value is None or np.isfinite(score.value), metric_id
        assert score.value is not None or score.reason, metric_id
        assert chosen or score.value is None, metric_id


def test_a_lost_face_counts_where_a_face_is_needed_and_only_there(cases: dict[str, CaseFeatures]) -> None:
    lost = cases["loses its face"]
    csim, l1 = score_case("csim[dlib]", lost), score_case("l1", lost)
    assert (csim.frames_expected, csim.frames_scored) == (COUNT, COUNT // 2)
    assert csim.failures == (("output: no face detected", COUNT // 2),)
    assert (l1.frames_scored, l1.failures) == (COUNT, ())


def test_one_frame_of_twelve_is_one_frame_of_twelve(cases: dict[str, CaseFeatures]) -> None:
    for metric_id in ("l1", "csim[dlib]", "pose_error_deg[mesh468]"):
        score = score_case(metric_id, cases["one frame"])
        assert (score.frames_expected, score.frames_scored) == (COUNT, 1)
        assert score.failures == (("output: frame missing", COUNT - 1),)


def test_latents_that_are_not_numbers_are_left_out_and_counted(cases: dict[str, CaseFeatures]) -> None:
    score = score_set("auc_z", [cases["NaN features"]])
    assert score.value is not None
    assert (score.n, score.extra["n_failed"]) == (COUNT - 2, 2)


def test_a_truncated_file_scores_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    rng = np.random.default_rng(0)  # noise, so that the end of the file holds frames
    noisy = np.clip(GOOD + rng.integers(-20, 20, GOOD.shape), 0, 255).astype(np.uint8)
    write_video(path, noisy, Fraction(25))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    case = features_of(FrameSequence.from_file(path))
    have = len(case.output)
    assert 0 < have < COUNT
    assert case.output.problem is not None
    score = score_case("psnr", case)
    assert (score.frames_expected, score.frames_scored) == (COUNT, have)
    assert score.failures == (("output: frame missing", COUNT - have),)


def test_a_file_without_a_frame_is_a_typed_error(tmp_path: Path) -> None:
    empty = replace(FrameSequence.from_frames(GOOD, Fraction(25)), read=lambda: iter(()))
    with pytest.raises(NoFrames, match="not one can be decoded"):
        features_of(empty)
