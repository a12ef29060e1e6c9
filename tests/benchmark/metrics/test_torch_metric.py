"""The torchmetrics class gives the benchmark's own numbers, merges, and says what does not fit."""

from __future__ import annotations

import doctest
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchmetrics import MetricCollection

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.networks import NetworkStatus
from benchmark.features import FeatureStore, FrameSequence, extract_audio, extract_pair, extract_video
from benchmark.features.extractors.catalog import split_ids
from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, case_from_frames, score_case, score_set, torch_metric
from benchmark.metrics.case_from_frames import case_from_frames as features_of_frames
from benchmark.metrics.records import records
from benchmark.metrics.torch_metric import ROWS_LEFT_OUT, BenchmarkMetric
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Aggregate
from feed_dataset.core.media.audio import read_audio, write_wave
from feed_dataset.core.media.types import Audio
from tests.benchmark import harness, stand_ins

T, SIZE = 50, 64  # two seconds: with less every lag has too little sound
SETS = [one.id for one in CARDS.values() if one.level == "set"]
CASES = [one.id for one in CARDS.values() if one.level == "case"]
FROM_FRAMES = (
    "csim[dlib]", "id_l2[dlib]", "expression_transfer[mesh468]", "intensity[blendshapes52]", "pose_error_deg[mesh468]",
    "akd[landmarks68]", "m_v[mesh468]", "av_chance[mesh468]", "psnr", "lpips[alex]", "fid[pytorch-fid]", "fd[dlib]",
    "kid[pytorch-fid]",
)  # fmt: skip
"""One of each family whose networks have stand-ins; `fvd` and SyncNet are asked with ready features."""


ONE_OF_EACH = list({one.partition("[")[0]: one for one in CASES}.values())
MERGED = (
    "csim[dlib]", "psnr", "syncnet_confidence", "fid[pytorch-fid]", "fd[dlib]", "kid[pytorch-fid]",
    "recall[torch-fidelity]", "fvd[i3d-16]", "csim_calibration[dlib]", "auc_z",
)  # fmt: skip


def frames(seed: int, count: int = T) -> np.ndarray:
    levels = np.random.default_rng(seed).integers(0, 60, count)
    return np.stack([harness.picture(60 + int(level), SIZE) for level in levels])


def clip(number: int) -> dict[str, Any]:
    rate = 16_000
    noise = np.random.default_rng(number).normal(0, 1, 2 * rate) * (1 + np.sin(np.arange(2 * rate) / 900))
    return {
        "output": frames(100 + number),
        "driver": frames(number),
        "source": harness.picture(30 + number, SIZE),
        "reference": frames(number),
        "audio": Audio((0.1 * noise).clip(-1, 1).astype(np.float32), rate),
        "latents": np.random.default_rng(number).normal(size=(T, 4)).astype(np.float32),
        "case_id": f"case-{number}",
        "cluster": f"S{number % 3}",
    }


@pytest.fixture(autouse=True)
def stand_ins_need_no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.engine.networks.lacking_package", lambda names: None)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    shared = stand_ins.models()
    for module in (torch_metric, case_from_frames):
        monkeypatch.setattr(module, "shared_models", lambda *where: shared)
    yield shared


def by_hand(ids: tuple[str, ...], one: dict[str, Any], models: Any) -> CaseFeatures:
    """Features as the engine asks for them."""
    video, pair, audio = split_ids(("mesh468", *ids))
    tools: dict[str, Any] = {"models": models, "store": FeatureStore(None, stand_ins.NETWORKS)}
    output, driver = (FrameSequence.from_frames(one[name], Fraction(25)) for name in ("output", "driver"))
    both = extract_pair(output, driver, video, pair, **tools)
    source = extract_video(FrameSequence.from_frames(one["source"][None], Fraction(25)), video, **tools)
    features = CaseFeatures(one["case_id"], one["cluster"], both.output, both.reference, source, both.reference)
    sound = {name: models.read_audio(name)(one["audio"].samples) for name in audio}
    return replace(features, latents=one["latents"], pairs=both.pairs, no_pairs=both.no_pairs, sound=sound, fps=25.0)


def aggregate(metric_id: str, cases: list[CaseFeatures], stride: int = 1) -> Aggregate:
    """What a run writes into its results."""
    outcomes = tuple(CaseOutcome(one.case_id, one.cluster, one.source_cluster, one, None, T) for one in cases)
    method = MethodOutcome("output", True, stride, outcomes)
    return score_method(method, [CARDS[metric_id]], _ALL_HERE)[1][0]


_ALL_HERE = NetworkStatus(present=stand_ins.NETWORKS, missing={})


def random_case(metric_id: str, number: int, count: int = T) -> CaseFeatures:
    """A case with random numbers in the place of every feature that a metric reads."""
    random = np.random.default_rng(number)
    video, pair, audio = split_ids(CARDS[metric_id].features)
    shapes = {**stand_ins.SHAPES, "i3d": (400,), "syncnet-lip": (1024,), "syncnet-legacy": (1026,)}

    def face(seed: int) -> FaceFeatures:
        draw = np.random.default_rng(seed)
        landmarks = (harness.FACE * 20 + draw.normal(0, 1, (count, 468, 3)) + 32).astype(np.float32)
        arrays = {one: draw.uniform(0, 1, (count, *shapes[one])).astype(np.float32) for one in video if one in shapes}
        return FaceFeatures(landmarks, (None,) * count, arrays)

    return CaseFeatures(
        f"case-{number}", f"S{number % 3}", face(number), face(number + 1000), face(number + 2000), face(number + 3000),
        latents=random.normal(size=(count, 5)).astype(np.float32),
        pairs={one: random.uniform(0, 1, count).astype(np.float32) for one in pair},
        sound={one: random.normal(size=(4 * count, *((1024,) if one == "syncnet-sound" else ()))).astype(np.float32)
               for one in audio},
        fps=25.0,
    )  # fmt: skip


def fed(metric_id: str, cases: list[CaseFeatures], **options: Any) -> BenchmarkMetric:
    metric = BenchmarkMetric(metric_id, **options)
    for one in cases:
        metric.update(one)
    return metric


def assert_same(metric: BenchmarkMetric, expected: Aggregate) -> None:
    value = float(metric.compute())
    summary = metric.summary
    assert summary is not None
    assert summary.value == expected.value and (np.isnan(value) if expected.value is None else value == expected.value)
    assert (summary.ci_low, summary.ci_high) == (expected.ci_low, expected.ci_high)
    assert (summary.cases, summary.cases_scored) == (expected.cases_expected, expected.cases_scored)
    for name, number in summary.extra.items():
        assert expected.extra[name] == number


@pytest.mark.parametrize("metric_id", FROM_FRAMES)
def test_frames_give_the_benchmarks_own_number(metric_id: str, models: Any) -> None:
    metric, cases = BenchmarkMetric(metric_id), []
    for number in range(4):
        one = clip(number)
        metric.update(**one)
        cases.append(by_hand(CARDS[metric_id].features, one, models))
    expected = aggregate(metric_id, cases)
    assert expected.value is not None
    assert_same(metric, expected)
    if CARDS[metric_id].level == "set":
        assert expected.value == score_set(metric_id, cases).value
    else:
        values = [score_case(metric_id, one).value for one in cases]
        assert expected.value == np.mean([value for value in values if value is not None])


@pytest.mark.parametrize("metric_id", [*SETS, *ONE_OF_EACH])
def test_features_give_the_benchmarks_own_number(metric_id: str) -> None:
    cases = [random_case(metric_id, number) for number in range(4)]
    assert_same(fed(metric_id, cases), aggregate(metric_id, cases))


@pytest.mark.parametrize("metric_id", MERGED)
def test_halves_that_merge_equal_the_whole(metric_id: str) -> None:
    cases = [random_case(metric_id, number) for number in range(4)]
    whole, first, second = fed(metric_id, cases), fed(metric_id, cases[:2]), fed(metric_id, cases[2:])
    expected = float(whole.compute())
    second.merge_state(first)
    assert float(second.compute()) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert whole.summary is not None and second.summary is not None
    assert second.summary.cases == 4 and second.summary.failures == whole.summary.failures


@pytest.mark.parametrize("metric_id", ["fd[dlib]", "csim[dlib]"])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_processes_exchange_their_cases(metric_id: str, others: int) -> None:
    """torchmetrics' own way of gathering, with the states of a second process that may have no case yet."""
    cases = [random_case(metric_id, number) for number in range(3)]
    second = fed(metric_id, cases[3 - others :])
    gathered = [torch.cat(second.cases)]

    def gather(own: torch.Tensor, group: object = None) -> list[torch.Tensor]:
        assert own.dtype == gathered[0].dtype == torch.uint8
        return [own, gathered[0]]

    first = fed(metric_id, cases[: 3 - others], dist_sync_fn=gather, distributed_available_fn=lambda: True)
    assert float(first.compute()) == aggregate(metric_id, cases).value
    assert first.summary is not None and first.summary.cases == 3
    first.update(random_case(metric_id, 9))  # what came from others is gone again
    assert len(list(records(torch.cat(first.cases).numpy()))) == 4 - others


_PROCESS = """
import sys
import numpy as np
import torch
from benchmark.metrics.records import records
from benchmark.metrics.torch_metric import ROWS_LEFT_OUT, BenchmarkMetric

rank, store = int(sys.argv[1]), sys.argv[2]
torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
black = np.zeros((3, 16, 16, 3), np.uint8)
for mine in ((0, 1), (1, 2))[rank], ((0, 1), ())[rank]:
    metric = BenchmarkMetric("l1")
    for case in mine:
        metric.update(output=black + case, reference=black, case_id=str(case))
    print(float(metric.compute()))
torch.distributed.destroy_process_group()
"""


def test_two_real_processes(tmp_path: Path) -> None:
    """First with one case in both, as samplers pad; then with a second process that has none at all."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    command = [sys.executable, "-c", _PROCESS]
    started = [subprocess.Popen([*command, str(rank), str(tmp_path / "store")], **pipes) for rank in (0, 1)]
    for one in started:
        out, error = one.communicate(timeout=240)
        assert one.returncode == 0, error
        assert [float(line) for line in out.split()] == [1.0, 0.5]


def test_the_interval_is_over_drivers_and_sources() -> None:
    crossed = [
        replace(random_case("psnr", number), cluster=f"S{number % 3}", source_cluster=f"P{number // 3}")
        for number in range(9)
    ]
    drivers = [replace(one, source_cluster=None) for one in crossed]
    intervals = {(one.ci_low, one.ci_high) for one in (aggregate("psnr", cases) for cases in (crossed, drivers))}
    assert len(intervals) == 2
    assert_same(fed("psnr", crossed), aggregate("psnr", crossed))


def test_forward_gives_one_case_and_keeps_all() -> None:
    cases = [random_case("psnr", number) for number in range(3)]
    metric = BenchmarkMetric("psnr")
    for one in cases:
        assert float(metric(one)) == score_case("psnr", one).value
    assert float(metric.compute()) == aggregate("psnr", cases).value
    metric.reset()
    assert metric.summary is None and metric.failures == ()
    metric.update(cases[1])
    assert float(metric.compute()) == score_case("psnr", cases[1]).value


def test_pickled_and_cloned_metrics_go_on() -> None:
    cases = [random_case("fd[dlib]", number) for number in range(3)]
    metric = fed("fd[dlib]", cases[:2])
    for copy in (pickle.loads(pickle.dumps(metric)), metric.clone()):
        copy.update(cases[2])
        assert float(copy.compute()) == aggregate("fd[dlib]", cases).value
    assert metric.higher_is_better is False and BenchmarkMetric("psnr").higher_is_better is True


def test_a_collection_keeps_its_metrics_apart() -> None:
    """Metrics of one state share it in a collection; those whose first cases happen to be equal must not."""
    names = ["fid[pytorch-fid]", "precision[pytorch-fid]", "m_p[mesh468]", "m_v[mesh468]"]
    blind = [replace(random_case(names[0], number), reference=None) for number in range(3)]
    collection = MetricCollection({name: BenchmarkMetric(name) for name in names[:2]})
    for one in blind:
        collection.update(one)
    assert len(collection.compute_groups) == 1
    for name, value in collection.compute().items():
        assert float(value) == aggregate(name, blind).value
    missing = FaceFeatures(np.full((T, 468, 3), np.nan, np.float32), ("no face",) * T)
    nothing = replace(random_case("m_p[mesh468]", 0), output=missing)
    cases = [nothing, random_case("m_p[mesh468]", 1)]
    both = MetricCollection({name: BenchmarkMetric(name) for name in names[2:]})
    for one in cases:
        both.update(one)
    assert {name: float(value) for name, value in both.compute().items()} == {
        name: aggregate(name, cases).value for name in names[2:]
    }


def test_nothing_to_score_is_nan_with_its_reason() -> None:
    case = random_case("csim[dlib]", 0)
    blind = replace(case.output, arrays={"dlib": np.full((T, 128), np.nan, np.float32)})
    metric = fed("csim[dlib]", [replace(case, output=blind)])
    assert np.isnan(float(metric.compute()))
    assert metric.failures == (("output: no descriptor", T),)
    few = fed("kid[torch-fidelity]", [random_case("kid[torch-fidelity]", 0)])
    assert np.isnan(float(few.compute())) and "at least 1000 samples" in few.failures[0][0]


def test_thinned_features_count_their_own_frames_only(models: Any) -> None:
    metric, one = BenchmarkMetric("csim[dlib]", stride=5), clip(0)
    metric.update(**one)
    full = by_hand(("dlib",), one, models)
    assert float(metric.compute()) == aggregate("csim[dlib]", [full], stride=5).value
    assert metric.failures == ()


def test_a_case_that_two_processes_share_counts_once() -> None:
    cases = [random_case("psnr", number) for number in (0, 1)]
    metric = fed("psnr", [*cases, cases[0]])
    assert float(metric.compute()) == aggregate("psnr", cases).value
    metric.update(replace(random_case("psnr", 7), case_id="case-1"))
    with pytest.raises(ValueError, match="two that differ; call reset"):
        metric.compute()


def test_floats_and_bytes_of_the_same_picture_are_the_same(models: Any) -> None:
    one = clip(0)
    values = []
    for convert in (lambda a: a, lambda a: torch.from_numpy(a).permute(0, 3, 1, 2),
                    lambda a: torch.from_numpy(a).permute(0, 3, 1, 2).float() / 255):  # fmt: skip
        metric = BenchmarkMetric("psnr")
        metric.update(output=convert(one["output"]), reference=convert(one["reference"]))
        values.append(float(metric.compute()))
    assert values[0] == values[1] == values[2]


def test_audio_of_a_file_and_in_memory_are_the_same(models: Any, tmp_path: Path) -> None:
    one = clip(0)
    write_wave(tmp_path / "a.wav", one["audio"].samples, one["audio"].sample_rate_hz)
    audio = read_audio(tmp_path / "a.wav")
    ids = ("mesh468", "speech-envelope")
    store = FeatureStore(None, stand_ins.NETWORKS)
    expected = extract_audio(tmp_path / "a.wav", ids[1:], models=models, store=store).arrays["speech-envelope"]
    for given in (audio, tmp_path / "a.wav", str(tmp_path / "a.wav")):
        case = features_of_frames(ids, output=one["output"], driver=one["driver"], audio=given)
        assert np.array_equal(case.sound["speech-envelope"], expected)


def test_cards_say_whether_the_source_is_read() -> None:
    """Metrics that do not say so never look at it."""

    class Touched(Exception):
        pass

    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise Touched

        def __len__(self) -> int:
            raise Touched

    def reads_source(metric_id: str) -> bool:
        try:
            score_case(metric_id, replace(random_case(metric_id, 0), source=Untouchable()))  # type: ignore[arg-type]
        except Touched:
            return True
        return False

    assert {one for one in CASES if reads_source(one)} == {one for one in CASES if CARDS[one].uses_source}


X = np.zeros((4, 64, 64, 3), np.uint8)
F = torch.zeros(4, 3, 64, 64)


@pytest.mark.parametrize(
    ("metric_id", "given", "message"),
    [
        ("psnr", {"output": X}, r"expected reference=\.\.\. for psnr"),
        ("psnr", {"output": X, "reference": X[:1]}, "at most the 1 frames of the reference in output but got 4"),
        ("psnr", {"output": X, "reference": X[:2]}, "at most the 2 frames"),
        ("psnr", {"output": X[..., :1], "reference": X}, r"output as an array uint8 \[T, H, W, 3\].*\[4, 64, 64, 1\]"),
        ("psnr", {"output": X, "reference": X[..., :1]}, "expected reference as an array"),
        ("psnr", {"output": np.zeros((2, 4, 4, 4), np.uint8), "reference": X}, r"got an array uint8 \[2, 4, 4, 4\]"),
        ("psnr", {"output": X[:0], "reference": X}, r"\[0, 64, 64, 3\]"),
        ("psnr", {"output": X.astype(np.float32), "reference": X}, "array float32"),
        ("psnr", {"output": F.permute(0, 2, 3, 1), "reference": F}, r"tensor float32 \[4, 64, 64, 3\]"),
        ("psnr", {"output": F - 1, "reference": F}, "values from -1 to -1"),
        ("psnr", {"output": F, "reference": F * float("nan")}, "reference as an array.*values from nan to nan"),
        ("psnr", {"output": F + 200, "reference": F}, "values from 200 to 200"),
        ("psnr", {"output": F.long(), "reference": F}, "tensor int64"),
        ("psnr", {"output": X[:, :32], "reference": X}, "of one size but got 64x32 and 64x64"),
        ("psnr", {"output": [1, 2], "reference": X}, "but got list"),
        ("psnr", {"output": X, "reference": X, "driver": X[:2]}, "as many frames of driver and reference"),
        ("psnr", {"output": X, "reference": X, "fps": 0}, "fps as frames per second"),
        ("csim[dlib]", {"output": X, "driver": X}, r"expected source=\.\.\. for csim\[dlib\]"),
        ("csim[dlib]", {"output": X, "driver": X, "source": X}, "source as one image but got 4 frames"),
        ("expression_transfer[mesh468]", {"driver": X}, r"expected output=\.\.\."),
        ("expression_transfer[mesh468]", {"output": X}, "got neither; in self-reenactment pass the reference"),
        ("av_lag[mesh468]", {"output": X, "driver": X}, r"expected audio=\.\.\."),
        ("av_lag[mesh468]", {"output": X, "driver": X, "audio": "nothing.wav"}, "nothing.wav is none"),
        ("av_lag[mesh468]", {"output": X, "driver": X, "audio": X}, "a path or an Audio but got ndarray"),
        ("auc_z", {"output": X}, r"expected latents=\.\.\."),
        ("auc_z", {"latents": np.zeros(4, np.float32)}, r"floats \[T, d\] but got float32 \[4\]"),
        ("auc_z", {"latents": np.zeros((0, 4), np.float32)}, r"floats \[T, d\] but got float32 \[0, 4\]"),
        ("psnr", {"output": X, "reference": X, "fps": "25"}, "fps as frames per second but got '25'"),
        ("psnr", {"output": X, "reference": X, "audio": 3}, "a path or an Audio but got int"),
        ("psnr", {"output": X, "reference": X, "case_id": 3}, "case_id as text but got 3"),
        ("psnr", {"output": X, "reference": X, "cluster": ""}, "cluster of 1 to 200 characters but got 0"),
        ("psnr", {"case": 3}, "expected CaseFeatures, or frames by name, but got int"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(metric_id: str, given: dict[str, Any], message: str, models: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        BenchmarkMetric(metric_id).update(**given)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stride": 0}, "stride of at least 1 but got 0"),
        ({"stride": 1.5}, "stride as a whole number but got 1.5"),
        ({"stride": True}, "whole number but got True"),
        ({"network_device": "tpu"}, "cpu, cuda or cuda:N but got 'tpu'"),
        ({"precision": "float16"}, "among float32, bfloat16 but got 'float16'"),
    ],
)
def test_settings_that_cannot_be_are_an_error(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        BenchmarkMetric("psnr", **settings)


def test_latents_that_are_not_finite_are_counted_and_cost_no_epoch() -> None:
    good = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    bad = good.copy()
    bad[[3, 7]] = np.nan
    metric, without = BenchmarkMetric("auc_z"), BenchmarkMetric("auc_z")
    for latents in (good, bad):
        metric.update(latents=latents)
        without.update(latents=latents[np.isfinite(latents).all(axis=1)])
    assert float(metric.compute()) == pytest.approx(float(without.compute()))
    assert metric.failures == ((ROWS_LEFT_OUT, 2),) and without.failures == ()
    with pytest.raises(ValueError, match="latents of 4 dimensions, as before, but got 3"):
        metric.update(latents=good[:, :3])
    metric.reset()
    metric.update(latents=good[:, :3])


def test_features_that_do_not_fit_are_an_error() -> None:
    case = random_case("psnr", 0)
    for wrong, message in (
        (replace(case, pairs={"psnr": case.pairs["psnr"][:1]}), f"each of {T} pairs of frames but got 1"),
        (replace(case, pairs={}), "feature 'psnr' for psnr but it was not extracted"),
        (replace(case, reference=None), "expected a reference for psnr"),
        (replace(case, output=random_case("psnr", 1, T + 3).output), f"at most {T} frames of output"),
    ):
        with pytest.raises(ValueError, match=message):
            BenchmarkMetric("psnr").update(wrong)
    face = random_case("csim[dlib]", 0)
    with pytest.raises(ValueError, match="feature 'dlib' of the source"):
        BenchmarkMetric("csim[dlib]").update(replace(face, source=replace(face.source, arrays={})))
    with pytest.raises(ValueError, match="expected latents"):
        BenchmarkMetric("auc_z").update(replace(case, latents=None))
    with pytest.raises(TypeError, match="but got both"):
        BenchmarkMetric("psnr").update(case, output=X)
    with pytest.raises(ValueError, match="call update first"), pytest.warns(UserWarning, match="before the"):
        BenchmarkMetric("psnr").compute()
    with pytest.raises(BenchmarkError, match="one of lpips"):
        BenchmarkMetric("lpips")
    with pytest.raises(ValueError, match="stride of at least 1"):
        BenchmarkMetric("psnr", stride=0)


def test_the_example_runs() -> None:
    assert doctest.testmod(torch_metric).failed == 0
