"""Written by a training, read again by TensorBoard's own reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.networks.errors import ModelError
from model.training import board, journal
from model.training.board import FOLDER, PICTURES, check_installed, grid
from model.training.paper import PICTURED, PaperRecipe
from model.training.trainer import Trainer
from tests.model.training.stubs import SIDE


def read(folder: Path) -> Any:
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs the extra tensorboard"
    )
    events = reader.EventAccumulator(str(folder / FOLDER), {"scalars": 0, "images": 0})
    events.Reload()
    return events


def test_curves_and_pictures_of_a_training(
    make_recipe: Callable[..., PaperRecipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after step 3 with a checkpoint of step 2: step 3 is drawn again, and stands there once."""
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard")
    monkeypatch.setattr(journal, "LOG_EVERY_STEPS", 1)
    killed = Trainer(make_recipe(steps=4), tmp_path, tensorboard=True, validate_every=1)
    killed.run(until=2)
    monkeypatch.setattr(killed, "save", lambda: None)
    killed.run(until=3)
    assert [event.step for event in read(tmp_path).Scalars("loss/total")] == [1, 2, 3]
    Trainer(make_recipe(steps=4), tmp_path, tensorboard=True, validate_every=1).run()
    events = read(tmp_path)
    steps = {tag: [event.step for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert all(found == [1, 2, 3, 4] for found in steps.values()), steps
    groups = ("loss/cos", "loss/discriminator", "rate/lr", "rate/dis_lr", "time/data_wait_share", "time/s_per_step")
    assert {*groups, "validation/auc_z", "validation/components_99"} <= steps.keys()
    pictures = events.Images(f"validation/{PICTURES}")
    assert [picture.step for picture in pictures] == [1, 2, 3, 4]
    assert (pictures[0].width, pictures[0].height) == (3 * SIDE, PICTURED * SIDE)


def test_pictures_are_source_driver_and_output(make_recipe: Callable[..., PaperRecipe]) -> None:
    recipe = make_recipe()
    model = recipe.model.eval()
    rows = recipe.pictures(model)
    assert rows.shape == (PICTURED, 3, 3, SIDE, SIDE) and torch.equal(rows, recipe.pictures(model))
    first = next(recipe._others(2))
    assert torch.equal(rows[:2, 0], first.source) and torch.equal(rows[:2, 1], first.driver)
    assert not any(torch.equal(first.source, recipe.sampler.at(0, part).source) for part in range(recipe.sampler.parts))


def test_rows_of_a_grid() -> None:
    rows = torch.arange(6.0).view(2, 3, 1, 1, 1).expand(2, 3, 3, 4, 4) / 5
    placed = grid(rows)
    assert placed.shape == (3, 8, 12)
    assert placed[0, ::4, ::4].flatten().tolist() == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"not installed; pip install 'feed-benchmark\[tensorboard\]'"):
        check_installed()
