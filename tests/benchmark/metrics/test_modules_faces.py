"""The torchmetrics classes equal the benchmark's scores, and merge across workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torchmetrics import Metric

from benchmark.metrics import modules, score_case
from feed_dataset.core.faces.geometry import head_rotation
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from tests.benchmark.metrics.faces import case, person, talking, video

RNG = np.random.default_rng(0)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def clip(seed: int, amount: float) -> np.ndarray:
    return np.stack(talking(person(seed), amount)).astype(np.float32)


CLIPS = [(clip(1, 0.7), clip(1, 1.0)), (clip(3, 0.2), clip(3, 1.0)), (clip(5, 1.2), clip(5, 0.8))]
MAKE: dict[str, Callable[[], Metric]] = {
    "LandmarkError": lambda: modules.LandmarkError("mesh468", "mouth", "velocity"),
    "KeypointDistance": lambda: modules.KeypointDistance(512),
    "ExpressionDistance": modules.ExpressionDistance,
    "PoseDistance": modules.PoseDistance,
    "GazeError": modules.GazeError,
}
DATA: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {
    "LandmarkError": CLIPS,
    "KeypointDistance": CLIPS,
    "ExpressionDistance": [(RNG.uniform(size=(4, 52)), RNG.uniform(size=(4, 52))) for _ in range(3)],
    "PoseDistance": [(head_rotation(a), head_rotation(b)) for a, b in CLIPS],
    "GazeError": [(unit(RNG.normal(size=(4, 3))), unit(RNG.normal(size=(4, 3)))) for _ in range(3)],
}


def feed(metric: Metric, pairs: list[tuple[np.ndarray, np.ndarray]]) -> Metric:
    for output, other in pairs:
        metric.update(torch.from_numpy(output), torch.from_numpy(other))
    return metric


@pytest.mark.parametrize("name", MAKE)
def test_workers_merge_to_the_whole(name: str) -> None:
    whole = feed(MAKE[name](), DATA[name])
    parts = [feed(MAKE[name](), DATA[name][:1]), feed(MAKE[name](), DATA[name][1:])]
    parts[0].merge_state(parts[1])
    assert float(parts[0].compute()) == pytest.approx(float(whole.compute()), rel=1e-12)
    assert float(whole.compute()) > 0 and whole.higher_is_better is False


@pytest.mark.parametrize("name", MAKE)
def test_nothing_is_an_error_and_equal_is_zero(name: str) -> None:
    with pytest.raises(ValueError, match=f"expected something to score but {name} saw none"):
        MAKE[name]().compute()
    same = feed(MAKE[name](), [(a, a) for a, _ in DATA[name]])
    assert float(same.compute()) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("region", ["mouth", "face"])
@pytest.mark.parametrize("quantity", ["position", "velocity"])
@pytest.mark.parametrize("landmarks", ["mesh468", "landmarks68"])
def test_landmark_errors_are_the_benchmarks(landmarks: str, region: str, quantity: str) -> None:
    output, reference = CLIPS[0]
    made, truth = (replace(video(list(c)), arrays={"landmarks68": c[:, list(MESH_TO_68)]}) for c in (output, reference))
    metric_id = f"{region[0]}_{quantity[0]}[{landmarks}]"
    expected = score_case(metric_id, case(made, truth, video([output[0]]), reference=truth)).value
    points = [(made.landmarks_px, truth.landmarks_px)]
    if landmarks == "landmarks68":
        points = [(made.arrays[landmarks], truth.arrays[landmarks])]
    metric = feed(modules.LandmarkError(landmarks, region, quantity), points)  # type: ignore[arg-type]
    assert float(metric.compute()) == pytest.approx(expected, rel=1e-9)


def test_akd_is_the_benchmarks() -> None:
    output, reference = CLIPS[0]
    made, truth = (replace(video(list(c)), frame_hw=(512, 512)) for c in (output, reference))
    expected = score_case("akd[mesh468]", case(made, truth, video([output[0]]), reference=truth)).value
    assert float(feed(modules.KeypointDistance(512), CLIPS[:1]).compute()) == pytest.approx(expected, rel=1e-9)


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="among mesh468, mesh478, landmarks68 but got 'mesh'"):
        modules.LandmarkError("mesh", "mouth", "position")
    with pytest.raises(ValueError, match="at least 1 px but got 0"):
        modules.KeypointDistance(0)
