from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from benchmark.metrics import modules, score_case
from benchmark.metrics.auc_z import latent_spectrum
from benchmark.metrics.frechet import frechet_distance
from benchmark.metrics.moments import moments_of
from feed_dataset.core.faces.geometry import head_rotation
from tests.benchmark.metrics.faces import case, person, rotation, shoot, talking, video


def tensors(*arrays: np.ndarray) -> list[torch.Tensor]:
    return [torch.from_numpy(np.asarray(a)) for a in arrays]


def clip(seed: int, amount: float) -> np.ndarray:
    return np.stack(talking(person(seed), amount)).astype(np.float32)


CLIPS = [(clip(1, 0.7), clip(2, 1.0)), (clip(3, 0.2), clip(4, 1.0)), (clip(5, 1.2), clip(6, 0.8))]


def nods(share: float) -> tuple[np.ndarray, np.ndarray]:
    """A driver that turns its head, and an output that turns by a share of it."""
    yaws = np.linspace(0, 30, 6)
    made = [shoot(person(1), rotation(yaw * share)) for yaw in yaws]
    return np.stack(made).astype(np.float32), np.stack([shoot(person(2), rotation(y)) for y in yaws]).astype(np.float32)


def updates(name: str) -> list[tuple[torch.Tensor, ...]]:
    if name in ("ExpressionTransfer", "ExpressionError"):
        return [tuple(tensors(o, d, o[0], d[0])) for o, d in CLIPS]
    if name == "PoseTransfer":
        return [tuple(tensors(o, d, o[0], d[0])) for o, d in (nods(0.5), nods(0.9), nods(1.3))]
    if name == "PoseError":
        return [tuple(tensors(head_rotation(o), head_rotation(d[::-1].copy()))) for o, d in CLIPS]
    if name == "LandmarkError":
        return [tuple(tensors(o, d)) for o, d in CLIPS]
    rng = np.random.default_rng(0)
    return [tuple(tensors(*rng.normal(size=(2, 20, 8)) + 100)) for _ in range(3)]


def feed(metric: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
    if isinstance(metric, modules.FrechetDistance):
        metric.update(args[0], real=True)
        metric.update(args[1] * 1.2, real=False)
    elif isinstance(metric, modules.AucZ):
        metric.update(args[0])
    else:
        metric.update(*args)


METRICS = [
    modules.ExpressionTransfer(),
    modules.ExpressionError(),
    modules.PoseTransfer(),
    modules.PoseError(),
    modules.LandmarkError("mesh468", "mouth", "position"),
    modules.LandmarkError("mesh468", "face", "velocity"),
    modules.IdentityCosine(),
    modules.AucZ(8),
    modules.FrechetDistance(8),
]


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: type(m).__name__)
def test_two_shards_merge_to_one_pass(metric: torch.nn.Module) -> None:
    batches = updates(type(metric).__name__)
    whole, left, right = (copy.deepcopy(metric) for _ in range(3))
    for batch in batches:
        feed(whole, batch)
    feed(left, batches[0])
    feed(right, batches[1])
    feed(right, batches[2])
    left.merge_state(right)
    value = whole.compute()
    assert value.dtype == torch.float64
    assert float(left.compute()) == pytest.approx(float(value), rel=1e-12)
    whole.reset()
    feed(whole, batches[0])
    assert float(whole.compute()) != float(value)


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: type(m).__name__)
@pytest.mark.filterwarnings("ignore:The ``compute`` method")
def test_computing_before_any_update_is_an_error(metric: torch.nn.Module) -> None:
    with pytest.raises(ValueError, match="expected"):
        copy.deepcopy(metric).compute()


def test_one_clip_equals_the_case_score() -> None:
    output, driver = CLIPS[0]
    made, drove, source = video(list(output)), video(list(driver)), video(list(output[:1]))
    features = case(made, drove, source, reference=drove)
    for metric_id, metric, args in (
        (
            "expression_transfer[mesh468]",
            modules.ExpressionTransfer(),
            (output, driver, output[0], driver[0]),
        ),
        ("expression_error[mesh468]", modules.ExpressionError(), (output, driver, output[0], driver[0])),
        ("pose_error_deg[mesh468]", modules.PoseError(), (head_rotation(output), head_rotation(driver))),
        ("m_p[mesh468]", modules.LandmarkError("mesh468", "mouth", "position"), (output, driver)),
        ("m_v[mesh468]", modules.LandmarkError("mesh468", "mouth", "velocity"), (output, driver)),
        ("f_p[mesh468]", modules.LandmarkError("mesh468", "face", "position"), (output, driver)),
        ("f_v[mesh468]", modules.LandmarkError("mesh468", "face", "velocity"), (output, driver)),
    ):
        metric.update(*tensors(*args))
        assert float(metric.compute()) == pytest.approx(score_case(metric_id, features).value, rel=1e-12), metric_id


def test_streaming_equals_the_functions_on_everything() -> None:
    batches = updates("FrechetDistance")
    frechet, auc = modules.FrechetDistance(8), modules.AucZ(8)
    for batch in batches:
        feed(frechet, batch)
        feed(auc, batch)
    real = np.concatenate([b[0].numpy() for b in batches])
    generated = np.concatenate([b[1].numpy() for b in batches]) * 1.2
    assert float(frechet.compute()) == pytest.approx(frechet_distance(generated, real), rel=1e-9)
    assert float(auc.compute()) == pytest.approx(latent_spectrum(moments_of(real)).auc_z, rel=1e-12)


def test_directions_are_those_of_the_table() -> None:
    from benchmark.metrics import METRICS as TABLE

    assert modules.ExpressionTransfer.higher_is_better == TABLE["expression_transfer[mesh468]"].higher_is_better
    assert modules.PoseTransfer.higher_is_better == TABLE["pose_transfer[mesh468]"].higher_is_better
    assert modules.IdentityCosine.higher_is_better == TABLE["csim[dlib]"].higher_is_better
    for cls, name in (
        (modules.PoseError, "pose_error_deg[mesh468]"),
        (modules.AucZ, "auc_z"),
        (modules.FrechetDistance, "fid[pytorch-fid]"),
        (modules.LandmarkError, "m_p[mesh468]"),
        (modules.ExpressionError, "expression_error[mesh468]"),
    ):
        assert cls.higher_is_better == TABLE[name].higher_is_better


def test_one_turning_clip_equals_the_pose_transfer_of_its_case() -> None:
    output, driver = nods(0.6)
    metric = modules.PoseTransfer()
    metric.update(*tensors(output, driver, output[0], driver[0]))
    score = score_case("pose_transfer[mesh468]", case(video(list(output)), video(list(driver)), video([output[0]])))
    assert float(metric.compute()) == pytest.approx(score.value, abs=1e-9)


def test_a_still_face_has_no_transfer() -> None:
    metric = modules.ExpressionTransfer()
    still = torch.from_numpy(np.stack([shoot(person())] * 3))
    metric.update(still, still, still[0], still[0])
    with pytest.raises(ValueError, match="saw none"):
        metric.compute()
