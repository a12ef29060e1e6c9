from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from model import training
from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.training.data import TrainingSet, part_weight, sample_batch
from model.training.losses.rendered import mode_loss, pyramid_l1, rotation_error_deg, warp_loss
from model.training.recipe import DATA_WAIT
from model.training.rendered import RenderedConfig, RenderedRecipe
from model.training.trainer import Trainer

assert training.__doc__


def test_batch_pairs_share_state_and_group(rendered_set: Path) -> None:
    data = TrainingSet.load(rendered_set)
    batch, again = (sample_batch(data, np.random.default_rng(0), sources=4, drivers=3) for _ in range(2))
    assert batch.source.shape == (4, 3, 32, 32)
    assert batch.driver is not None and again.driver is not None
    assert batch.driver.image.shape == batch.target.shape == (12, 3, 32, 32)
    assert batch.driver.controls.shape == (12, 5)  # tongue and gaze never move here
    assert torch.equal(batch.driver.image, again.driver.image) and torch.equal(batch.target, again.target)


def test_incomplete_group_is_refused(rendered_set: Path) -> None:
    for person in range(1, 8):
        (rendered_set / f"{person:05d}.npz").unlink()
    with pytest.raises(ModelError, match="expected at least 2 identities"):
        TrainingSet.load(rendered_set)


def test_a_set_rendered_with_other_groups_is_refused(rendered_set: Path) -> None:
    with pytest.raises(ModelError, match="4 people after each other in .* to share their states"):
        TrainingSet.load(rendered_set, group_size=4)


def test_targets_show_another_state_of_somebody_who_faces_the_camera(rendered_set: Path) -> None:
    data = TrainingSet.load(rendered_set)
    data.rotation[:, 2:] = np.diag([-1.0, 1, -1])  # from behind
    batch = sample_batch(data, np.random.default_rng(0), sources=40, drivers=2)
    assert set(batch.source_index[1]) == {0, 1}
    assert (batch.target_index[1] == 1 - np.repeat(batch.source_index[1], 2)).all()


def test_parts_weigh_more_where_the_landmarks_are() -> None:
    landmarks = torch.full((1, 68, 2), 0.9)
    landmarks[:, 48:68] = torch.tensor([0.0, 0.5]) + 0.1 * torch.randn(20, 2)
    weight = part_weight(landmarks, 64)
    assert weight.shape == (1, 1, 64, 64)
    assert weight[0, 0, 48, 32] > 4 and weight[0, 0, 5, 5] < 1.1


def test_picture_loss_is_zero_only_for_equal_pictures() -> None:
    picture, weight = torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32)
    assert pyramid_l1(picture, picture, weight) == 0
    assert pyramid_l1(picture, picture.flip(-1), weight) > 0.1


def test_picture_loss_is_the_weighted_mean_of_the_bands_of_a_laplacian_pyramid() -> None:
    prediction, target = torch.rand(2, 3, 16, 16).double().requires_grad_(), torch.rand(2, 3, 16, 16).double()
    weight = torch.rand(2, 1, 16, 16).double()
    difference, at_level, expected = prediction - target, weight, torch.zeros(())
    for _ in range(2):
        small = F.avg_pool2d(difference, 2)
        band = difference - F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        expected = expected + (at_level * band.abs()).mean()
        difference, at_level = small, F.avg_pool2d(at_level, 2)
    expected = expected + (at_level * difference.abs()).mean()
    found = pyramid_l1(prediction, target, weight, levels=3)
    torch.testing.assert_close(found, expected)
    gradients = (torch.autograd.grad(3 * value, prediction)[0] for value in (found, expected))
    torch.testing.assert_close(*gradients, atol=1e-12, rtol=0)


def test_rotation_error_is_the_geodesic_angle() -> None:
    from scipy.spatial.transform import Rotation

    turned = torch.from_numpy(Rotation.from_rotvec([0.3, -0.2, 0.1]).as_matrix()).float()[None]
    zero = torch.zeros(1, 3)
    poses = HeadPose(zero + 1, turned, zero), HeadPose(zero + 1, torch.eye(3)[None], zero)
    assert rotation_error_deg(*poses).item() == pytest.approx(np.rad2deg(np.linalg.norm([0.3, -0.2, 0.1])), abs=1e-3)


def test_warp_loss_is_the_distance_to_where_the_point_was() -> None:
    from model.networks.warping import identity_grid

    grid = identity_grid(8, 16, 16, corner=False)[None]
    at = 0.6 * torch.rand(1, 20, 3) - 0.3
    weight = torch.ones(20)
    shift = torch.tensor([0.1, -0.2, 0.05])
    assert warp_loss(grid, at, at, weight) < 1e-6
    assert warp_loss(grid + shift, at, at + shift, weight) < 1e-6
    assert warp_loss(grid, at, at + shift, weight).item() == pytest.approx(shift.norm().item(), abs=1e-5)


def test_modes_are_decorrelated_and_knowing_nothing_costs_one(rendered_set: Path) -> None:
    data = TrainingSet.load(rendered_set)
    flat = data.modes.reshape(-1, data.modes.shape[-1])
    np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(flat.shape[1]), atol=1e-3)
    assert data.mode_weight.sum() == pytest.approx(1) and (np.diff(data.mode_weight) <= 0).all()
    truth = torch.from_numpy(flat)
    weight = torch.from_numpy(data.mode_weight)
    assert mode_loss(torch.zeros_like(truth), truth, weight).item() == pytest.approx(1, abs=1e-3)
    assert mode_loss(truth, truth, weight) == 0


def test_phases_follow_each_other(rendered_set: Path, tiny_preset: str) -> None:
    recipe = RenderedRecipe(config(tiny_preset), TrainingSet.load(rendered_set))
    phases = [recipe.phase(step)[0] for step in range(5)]
    assert phases == ["readers", "warps", "pictures", "pictures", "pictures"]


def config(preset: str, **changes: float) -> RenderedConfig:
    sizes = {"reader_steps": 1, "warp_steps": 1, "steps": 2, "warmup_steps": 1}
    sizes |= {"reader_batch": 4, "sources": 1, "drivers": 2}
    return RenderedConfig(preset=preset, **(sizes | changes))  # type: ignore[arg-type]


@pytest.mark.usefixtures("one_thread")
def test_interrupted_training_ends_where_uninterrupted_training_ends(
    rendered_set: Path, tiny_preset: str, tmp_path: Path
) -> None:
    """To the bit with one thread; with several, PyTorch itself adds up gradients in another order each time."""
    data = TrainingSet.load(rendered_set)
    straight = Trainer(RenderedRecipe(config(tiny_preset), data), tmp_path / "a")
    straight.run()
    # Same schedule, stopped after three of its four steps by hand.
    first = Trainer(RenderedRecipe(config(tiny_preset), data), tmp_path / "b")
    while first.step < 3:
        first.run(deadline_s=1e-4)  # passes during the first step that it allows
    second = Trainer(RenderedRecipe(config(tiny_preset), data), tmp_path / "b")
    assert second.step == 3
    second.run()
    for name, value in straight.recipe.model.state_dict().items():
        assert torch.equal(second.recipe.model.state_dict()[name], value), name
    exported = EMOPortraits.from_pretrained(tmp_path / "b" / "export")
    assert exported.config == straight.recipe.model.config
    provenance = json.loads((tmp_path / "b" / "export" / "config.json").read_text())["provenance"]
    assert provenance["step"] == 4 and provenance["identities"] == 8


@pytest.mark.parametrize("point_modes", [False, True], ids=["plain", "points"])
def test_every_phase_says_how_long_it_waits_for_its_batch(
    rendered_set: Path, tiny_preset: str, tiny_point_config: ModelConfig, monkeypatch: pytest.MonkeyPatch,
    point_modes: bool,
) -> None:  # fmt: skip
    if point_modes:
        monkeypatch.setitem(PRESETS, tiny_preset, tiny_point_config)
    recipe = RenderedRecipe(config(tiny_preset), TrainingSet.load(rendered_set))
    for step in range(3):
        begun = time.perf_counter()
        waited_s = recipe.update(step)[DATA_WAIT].item()
        assert 0 < waited_s < time.perf_counter() - begun, recipe.phase(step)


def test_a_validation_shows_source_driver_and_output(rendered_set: Path, tiny_preset: str) -> None:
    recipe = RenderedRecipe(config(tiny_preset), TrainingSet.load(rendered_set))
    shown = recipe.pictures(recipe.model.eval())
    assert shown.shape == (4, 3, 3, 32, 32)
    torch.testing.assert_close(recipe.pictures(recipe.model), shown)


def test_warps_learn_the_geometry_of_one_batch(rendered_set: Path, tiny_preset: str) -> None:
    recipe = RenderedRecipe(config(tiny_preset, warp_sources=2, warp_drivers=2), TrainingSet.load(rendered_set))
    history = []
    for _ in range(40):
        losses = recipe._warp_losses(np.random.default_rng(9))
        recipe.optimiser.zero_grad()
        losses["total"].backward()
        recipe.optimiser.step()
        history.append(losses["driver_px"].item())
    assert history[-1] < 0.8 * history[0]


def test_one_batch_can_be_learnt(rendered_set: Path, tiny_preset: str) -> None:
    recipe = RenderedRecipe(config(tiny_preset, reader_steps=0, warp_steps=0), TrainingSet.load(rendered_set))
    recipe.model.eval()  # no dropout: the same batch gives the same loss
    history = []
    for _ in range(40):
        loss = recipe._losses(0, np.random.default_rng(9))["picture"]
        recipe.optimiser.zero_grad()
        loss.backward()
        recipe.optimiser.step()
        history.append(loss.item())
    assert history[-1] < 0.7 * history[0]
