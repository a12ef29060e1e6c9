"""Every failure is counted: what goes wrong in videos leaves each metric with n expected, n scored and the reasons,
and no metric is perfect about nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmark.engine.networks import NetworkStatus, acquire
from benchmark.engine.plan_pairs import allowed_metrics, plan_pairs
from benchmark.engine.tools import Tools
from benchmark.features.extractors.catalog import EXTRACTORS, split_ids
from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, MetricCard, score_case, score_set
from benchmark.pairing.names import pair_by_stem
from benchmark.results.rederiving import rederive
from benchmark.results.schema import CaseRow, Results
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.media.video import read_video, write_video
from tests.benchmark import harness

FRAMES = 8
SIZE_PX = 256
STRIDE = 5
MINI = "feed_dataset/mini"
CASE_METRICS = [m for m in CARDS.values() if m.level == "case"]
PROBLEMS = ("black", "half", "two-faces", "one-frame", "one-frame-both", "longer", "unreadable", "alone")


def clip(subject: str) -> np.ndarray:
    """A few frames of a mini clip in which the mouth moves."""
    from feed_dataset.catalog.catalog import open_catalog

    frames = read_video(open_catalog().clip(f"{subject}/speech_C").path).frames
    return np.ascontiguousarray(frames[: 3 * FRAMES : 3, ::2, ::2])


def noisy(frames: np.ndarray) -> np.ndarray:
    """The same video, not quite: no metric of pictures is perfect about it."""
    noise = np.random.default_rng(0).normal(0, 3, frames.shape)
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def networks() -> NetworkStatus:
    for name in ("face-detector", "face-mesh"):
        try:
            acquire((), fetch=True, announce=lambda line: None)
        except FeedError as error:
            pytest.skip(f"{name}: {error}")
    return acquire({n for m in CARDS.values() for n in m.networks}, fetch=False, announce=lambda line: None)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, networks: NetworkStatus) -> Results:
    root = tmp_path_factory.mktemp("videos")
    first, second = clip("S05"), clip("S07")
    beside = np.full_like(first, 90)
    alone, crowded = (np.concatenate([first, beside], axis=2) for _ in range(2))
    crowded[:, 64:192, SIZE_PX + 64 : SIZE_PX + 192] = second[:, ::2, ::2]  # somebody further away
    pairs = {
        "good": (noisy(first), first),
        "black": (np.zeros_like(first), first),
        "half": (np.where(np.arange(FRAMES)[:, None, None, None] < FRAMES // 2, noisy(first), np.uint8(0)), first),
        "two-faces": (noisy(crowded), alone),
        "one-frame": (noisy(first[:1]), first),
        "one-frame-both": (noisy(first[:1]), first[:1]),
        "longer": (noisy(np.concatenate([first, first[:1]])), first),
    }
    for name, (made, truth) in pairs.items():
        write_video(root / "g" / f"{name}.mp4", made, Fraction(25))
        write_video(root / "r" / f"{name}.mp4", truth, Fraction(25))
    (root / "g" / "unreadable.mp4").write_bytes(b"this is no video")
    write_video(root / "r" / "unreadable.mp4", first, Fraction(25))
    write_video(root / "g" / "alone.mp4", first, Fraction(25))
    plan = plan_pairs(
        pair_by_stem(root / "g", root / "r"),
        allowed_metrics(),
        networks,
        root / "out",
        method="mine",
        data="r",
        embed_every=STRIDE,
    )
    return harness.run_plan(plan, SerialExecutor(Tools)).results


def computable(results: Results, metric: MetricCard) -> bool:
    aggregate = results.aggregate("mine", metric.id)
    return aggregate is not None and aggregate.not_computed is None


def row(results: Results, case_id: str, metric: MetricCard) -> CaseRow:
    return next(r for r in results.case_rows("mine", metric.id) if r.case_id == case_id)


def reasons(one: CaseRow) -> str:
    return "; ".join(failure.reason for failure in one.failures)


def best(metric: MetricCard) -> float | None:
    """The perfect value, where there is one."""
    low, high = metric.value_range
    return None if metric.higher_is_better is None else high if metric.higher_is_better else low


def reads_faces(metric: MetricCard) -> bool:
    return "mesh468" in metric.features


@pytest.fixture(scope="module")
def computed(results: Results) -> list[MetricCard]:
    """Metrics of cases whose networks are here."""
    return [metric for metric in CASE_METRICS if computable(results, metric)]


def test_every_metric_is_computed(computed: list[MetricCard]) -> None:
    missing = {metric.id for metric in CASE_METRICS} - {metric.id for metric in computed}
    assert missing <= {metric.id for metric in CASE_METRICS if metric.networks or metric.packages}
    if missing:
        pytest.skip(f"without their networks or packages: {', '.join(sorted(missing))}")


def test_every_frame_is_scored_or_has_a_reason(results: Results, computed: list[MetricCard]) -> None:
    for metric in computed:
        rows = results.case_rows("mine", metric.id)
        assert {r.case_id for r in rows} == {"good", *PROBLEMS}
        for one in rows:
            assert one.frames_scored + sum(f.count for f in one.failures) == one.frames_expected, one
            assert (one.value is None) == (one.frames_scored == 0), one
            assert one.value is not None or one.failures or one.frames_expected == 0, one


def test_nothing_is_never_perfect(results: Results, computed: list[MetricCard]) -> None:
    for metric in computed:
        for case_id in ("unreadable", "longer", "alone"):
            assert row(results, case_id, metric).value is None, metric.id
        black = row(results, "black", metric)
        assert black.value is None if reads_faces(metric) else black.value != best(metric), metric.id
        aggregate = results.aggregate("mine", metric.id)
        assert aggregate is not None
        assert aggregate.cases_expected == 1 + len(PROBLEMS), metric.id
        assert aggregate.cases_failed >= 3, metric.id


def test_half_a_face_is_half_a_score(results: Results, computed: list[MetricCard]) -> None:
    for metric in computed:
        if not reads_faces(metric) or "audio" in metric.needs:
            continue
        half = row(results, "half", metric)
        if half.value is not None:
            assert half.frames_scored <= 2 * half.frames_expected // 3, metric.id
            assert "no face" in reasons(half), metric.id


def test_the_reasons_say_what_happened(results: Results) -> None:
    transfer, velocity, psnr = (CARDS[i] for i in ("pose_error_deg[mesh468]", "m_v[mesh468]", "psnr"))
    assert reasons(row(results, "black", transfer)) == "output: no face detected"
    assert "output: frame missing" in reasons(row(results, "one-frame", transfer))
    assert row(results, "one-frame", transfer).frames_scored == 1
    assert row(results, "one-frame-both", velocity).value is None
    assert f"{FRAMES + 1} frames but its reference only {FRAMES}" in reasons(row(results, "longer", psnr))
    assert "generated: expected a readable video" in reasons(row(results, "unreadable", psnr))
    assert reasons(row(results, "alone", psnr)) == "no reference video with this id"


def test_a_second_face_does_not_enter(results: Results) -> None:
    for metric_id in ("pose_error_deg[mesh468]", "m_p[mesh468]"):
        two, one = (row(results, case, CARDS[metric_id]) for case in ("two-faces", "good"))
        assert two.frames_scored == FRAMES
        assert two.value is not None and one.value is not None
        assert two.value < 3 * one.value + 0.02


def test_no_sound_is_said(results: Results) -> None:
    sounding = [m for m in CASE_METRICS if "audio" in m.needs and computable(results, m)]
    for metric in sounding:
        assert row(results, "good", metric).value is None
        assert "no sound" in reasons(row(results, "good", metric))


def test_failures_are_in_the_results_and_the_results_hold_together(results: Results) -> None:
    assert {failure.case_id for failure in results.failures} == {"longer", "unreadable", "alone"}
    assert rederive(results) == []


# Below: features that are all NaN, for metrics of every network, here or not.

SHAPES = {
    "dlib": (128,),
    "arcface": (512,),
    "vggface2": (2048,),
    "landmarks68": (68, 3),
    "mesh478": (478, 3),
    "blendshapes": (52,),
    "iris": (2, 76, 3),
    "tongue": (2,),
    "face-colour": (3,),
    "face-steps": (2,),
    "lpips-steps[alex]": (1,),
    "topiq[koniq]": (1,),
    "topiq[face]": (1,),
    "topiq[aesthetic]": (1,),
    "musiq[koniq]": (1,),
    "musiq[mouth]": (1,),
    "clip-iqa[rn50]": (1,),
    "i3d": (400,),
    "psnr": (),
    "ssim": (),
    "l1": (),
    "visible-difference[standard_4k]": (),
    "lpips[alex]": (),
    "lpips[vgg]": (),
    "lpips[squeeze]": (),
    "inception[pytorch-fid]": (2048,),
    "inception[clean-fid]": (2048,),
    "inception[torch-fidelity]": (2048,),
    "syncnet-lip": (1024,),
    "syncnet-legacy": (1026,),
    "speech-envelope": (),
    "rms": (),
    "syncnet-sound": (1024,),
}


def nothing(metric: MetricCard, seed: int) -> CaseFeatures:
    """A case whose landmarks are there and whose every feature is NaN."""
    generator = np.random.default_rng(seed)
    video_ids, pair_ids, sound_ids = split_ids(metric.features)
    landmarks = generator.normal(0, 30, (FRAMES, 468, 3)).astype(np.float32)
    if video_ids == ("mesh468",) or not video_ids:
        landmarks[:] = np.nan

    def nan(extractor_id: str) -> np.ndarray:
        array = np.full((FRAMES, *SHAPES[extractor_id]), np.nan, np.float32)
        if extractor_id == "syncnet-legacy":
            array[:, :2] = 0  # number and begin of the track: what is NaN is what the network said
        return array

    def face(frames: int) -> FaceFeatures:
        arrays = {one: nan(one)[:frames] for one in video_ids if one != "mesh468"}
        return FaceFeatures(landmarks[:frames], (None,) * frames, arrays, frame_hw=(256, 256))

    latents = np.full((FRAMES, 8), np.nan, np.float32) if "latents" in metric.needs else None
    pairs, sound = ({one: nan(one) for one in ids} for ids in (pair_ids, sound_ids))
    return CaseFeatures(
        f"case{seed}", f"subject{seed}", face(FRAMES), face(FRAMES), face(1), face(FRAMES), latents, pairs, None, sound,
        None, 25.0,
    )  # fmt: skip


def test_features_that_are_nan_give_no_value() -> None:
    for metric in CARDS.values():
        assert set(metric.features) <= {"mesh468", *EXTRACTORS}, metric.id
        if metric.level == "set":
            of_set = score_set(metric.id, [nothing(metric, seed) for seed in range(3)])
            assert of_set.value is None and of_set.reason, metric.id
            continue
        score = score_case(metric.id, nothing(metric, 0))
        assert (score.value, score.frames_scored) == (None, 0), metric.id
        assert sum(count for _, count in score.failures) == score.frames_expected > 0, metric.id
