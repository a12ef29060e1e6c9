from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.networks.close_points import Window
from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.face_modes import project
from model.networks.face_points import FACE_EXTENT, POINTS, RIGHT_EYE, PointReader
from model.networks.pose import HeadPose, rotation_from_angles
from model.training.data import TrainingSet
from model.training.point_readers import BentFaces, bend, crop_jitter, jitter, map_entropy, to_crop
from model.training.rendered import RenderedConfig, RenderedRecipe
from model.training.trainer import Trainer


def test_jittered_poses_are_those_of_the_turned_picture() -> None:
    """Points seen by the jittered pose are one similarity away from those seen before."""
    pose = HeadPose(torch.full((2, 3), 1.2), rotation_from_angles(0.3 * torch.randn(2, 3)), torch.zeros(2, 3) + 0.1)
    points = torch.randn(2, 20, 3)
    before = torch.cat([project(points, pose), torch.ones(2, 20, 1)], dim=-1).double()
    after = project(points, jitter(pose, np.random.default_rng(0))).double()
    similarity = torch.linalg.lstsq(before, after)
    torch.testing.assert_close(before @ similarity.solution, after, atol=1e-5, rtol=0)
    plane = similarity.solution[:, :2].transpose(1, 2)
    gram = plane @ plane.transpose(1, 2)
    torch.testing.assert_close(gram, gram[:, :1, :1] * torch.eye(2), atol=1e-5, rtol=0)


def test_bent_crops_show_points_where_they_are_said_to_be() -> None:
    rng = np.random.default_rng(0)
    by = torch.from_numpy(0.06 * rng.standard_normal((4, 5, 2))).float()
    matrix = crop_jitter(rng, 4)[:, :2]
    at = (torch.rand(4, 30, 2) * 2 - 1) * FACE_EXTENT
    shown = at + bend(at, by)
    picture = torch.cat([shown, torch.ones(4, 30, 1)], dim=-1) @ matrix.transpose(1, 2)
    torch.testing.assert_close(to_crop(picture, matrix, by), at, atol=0.02, rtol=0)


def test_maps_are_best_at_the_truth() -> None:
    truth = torch.tensor([[[0.1, -0.2]]])
    cells = (torch.arange(16) + 0.5) / 8 - 1
    y, x = torch.meshgrid(cells, cells, indexing="ij")

    def entropy(dx: float) -> float:
        distance = (x - 0.1 - dx) ** 2 + (y + 0.2) ** 2
        return map_entropy((-distance / 0.02).flatten()[None, None].log_softmax(-1), truth, 16).item()

    assert entropy(0.0) < entropy(0.1) < entropy(0.3)


def test_windows_of_bent_faces_show_their_points_where_they_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spot at a face point is found again where the window's truth has it, mirrored or not."""
    monkeypatch.setattr("model.training.point_readers.photograph_like", lambda images, *_: images)
    rng = np.random.default_rng(0)
    points = torch.from_numpy(rng.uniform(-0.5, 0.5, (2, len(POINTS), 2))).float()
    place = RIGHT_EYE[3]
    y, x = torch.meshgrid(*[(torch.arange(256) + 0.5) / 128 - 1] * 2, indexing="ij")
    spot = torch.exp(-((x - points[:, place, 0, None, None]) ** 2 + (y - points[:, place, 1, None, None]) ** 2) / 2e-4)
    pictures = spot[:, None].expand(2, 3, 256, 256).contiguous()
    matrix = torch.eye(2, 3).expand(2, 2, 3)
    by = torch.from_numpy(0.06 * rng.standard_normal((2, 5, 2))).float()
    faces = BentFaces(pictures, torch.zeros(2, 1, 256, 256), matrix, by, to_crop(points, matrix, by))
    reader = PointReader(64, (4, 4, 4, 4), 2, len(RIGHT_EYE))
    for window in (Window(RIGHT_EYE, 0.2), Window(RIGHT_EYE, 0.2, mirrored=True)):
        centre = faces.points[:, place] + 0.03
        crops = faces.crops(window, centre, reader, rng)
        for one in range(2):
            row, column = divmod(int(crops.image[one, 0].argmax()), 64)
            seen = (torch.tensor([column, row]) + 0.5) / 32 - 1
            torch.testing.assert_close(seen, crops.truth[one, 3], atol=0.05, rtol=0)


@pytest.fixture
def tiny_points(tiny_point_config: ModelConfig, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PRESETS, "tiny-points", tiny_point_config)
    return "tiny-points"


def config(preset: str, **changes: float) -> RenderedConfig:
    sizes = {"reader_steps": 2, "steps": 2, "warmup_steps": 1, "reader_batch": 4, "sources": 2, "drivers": 2}
    return RenderedConfig(preset=preset, **(sizes | changes))  # type: ignore[arg-type]


def test_readers_and_generator_are_trained_apart(rendered_set: Path, tiny_points: str) -> None:
    recipe = RenderedRecipe(config(tiny_points), TrainingSet.load(rendered_set))
    before = {name: value.clone() for name, value in recipe.model.named_parameters()}

    def changed() -> set[str]:
        return {
            name.split(".")[0]
            for name, value in recipe.model.named_parameters()
            if not torch.equal(value, before[name])
        }

    recipe.update(0), recipe.update(1)
    assert changed() == {"motion_encoder", "pose_net"}
    before = {name: value.clone() for name, value in recipe.model.named_parameters()}
    recipe.update(2), recipe.update(3)
    assert changed() == {name for name, _ in recipe.model.named_children()} - {"motion_encoder", "pose_net", "texture"}


def test_what_is_in_closed_form_is_computed_between_the_phases(rendered_set: Path, tiny_points: str) -> None:
    recipe = RenderedRecipe(config(tiny_points), TrainingSet.load(rendered_set))
    modes = recipe.model.motion_encoder.modes
    mix = modes.mix.clone()
    recipe.update(0), recipe.update(1)
    assert torch.equal(modes.mix, mix)
    recipe.update(2)
    assert not torch.equal(modes.mix, mix)


def test_weights_that_are_started_from_get_the_modes_of_this_set(rendered_set: Path, tiny_points: str) -> None:
    data = TrainingSet.load(rendered_set)
    start = RenderedRecipe(config(tiny_points), data).model
    start.weights_sha256 = "ab" * 32
    recipe = RenderedRecipe(config(tiny_points, reader_steps=0), data, start)
    mix = recipe.model.motion_encoder.modes.mix.clone()
    recipe.update(0)
    assert not torch.equal(recipe.model.motion_encoder.modes.mix, mix)
    assert recipe.provenance(1)["start_from"] == "ab" * 32


@pytest.mark.usefixtures("one_thread")
def test_interrupted_training_ends_where_uninterrupted_training_ends(
    rendered_set: Path, tiny_points: str, tmp_path: Path
) -> None:
    data = TrainingSet.load(rendered_set)
    straight = Trainer(RenderedRecipe(config(tiny_points), data), tmp_path / "a")
    straight.run()
    for stop in (2, 3, None):
        trainer = Trainer(RenderedRecipe(config(tiny_points), data), tmp_path / "b")
        trainer.run(until=stop)
    for name, value in straight.recipe.model.state_dict().items():
        assert torch.equal(trainer.recipe.model.state_dict()[name], value), name
    assert EMOPortraits.from_pretrained(tmp_path / "b" / "export").config.point_modes == 4


def test_one_batch_can_be_read(rendered_set: Path, tiny_points: str) -> None:
    recipe = RenderedRecipe(config(tiny_points), TrainingSet.load(rendered_set))
    history = []
    for _ in range(60):
        losses = recipe.readers.losses(recipe.model, np.random.default_rng(9), 4)
        recipe.optimiser.zero_grad()
        losses["total"].backward()
        recipe.optimiser.step()
        history.append(losses["points"].item())
    assert history[-1] < 0.9 * history[0]
