"""Written by a training, read again by TensorBoard's own reader and by trackio's; stand-ins for W&B."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.training import board, journal
from model.training.board import FOLDER, PICTURES, RUN_NAME, TRACKERS, check_installed, grid, open_board
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
    killed = Trainer(make_recipe(steps=4), tmp_path, tracker="tensorboard", validate_every=1)
    killed.run(until=2)
    monkeypatch.setattr(killed, "save", lambda: None)
    killed.run(until=3)
    assert [event.step for event in read(tmp_path).Scalars("loss/total")] == [1, 2, 3]
    Trainer(make_recipe(steps=4), tmp_path, tracker="tensorboard", validate_every=1).run()
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


class FakeRun:
    """Keeps what it is given, as trackio and W&B take it."""

    def __init__(self) -> None:
        self.points: list[tuple[int, dict[str, Any]]] = []
        self.finished = False

    def log(self, values: dict[str, Any], *, step: int) -> None:
        self.points.append((step, values))

    def finish(self) -> None:
        self.finished = True


class FakePackage(ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        self.begun: list[dict[str, Any]] = []
        self.runs: list[FakeRun] = []
        self.Image = lambda pixels, caption: (pixels, caption)

    def init(self, **given: Any) -> FakeRun:
        self.begun.append(given)
        self.runs.append(FakeRun())
        return self.runs[-1]


@pytest.fixture(params=["trackio", "wandb"])
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakePackage:
    fake = FakePackage(request.param)
    monkeypatch.setitem(sys.modules, request.param, fake)
    return fake


def test_trackers_like_wandb_go_on_with_the_run_of_their_folder(
    make_recipe: Callable[..., PaperRecipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: FakePackage
) -> None:
    monkeypatch.setattr(journal, "LOG_EVERY_STEPS", 1)
    for place, until in (("one", 1), ("one", 2), ("other", 1)):
        Trainer(make_recipe(), tmp_path / place, tracker=package.__name__).run(until=until)
    names = [begun["name"] for begun in package.begun]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("one-") and (tmp_path / "one" / RUN_NAME).read_text().strip() == names[0]
    for begun in package.begun:
        assert begun["resume"] == "allow" and begun["config"]["schedule"]["batch"] == 2
        assert begun.get("id", begun["name"]) == begun["name"]
    assert ("id" in package.begun[0]) == ("dir" in package.begun[0]) == (package.__name__ == "wandb")
    second = package.runs[1]
    assert second.finished and {step for step, _ in second.points} == {2}
    shown = {name for _, values in second.points for name in values}
    assert {"loss/total", "rate/lr", "time/data_wait_share"} <= shown


def test_pictures_for_trackers_like_wandb(tmp_path: Path, package: FakePackage) -> None:
    opened = open_board(package.__name__, tmp_path, 0, {})
    rows = torch.rand(2, 3, 3, 4, 4)
    opened.pictures(5, rows)
    [(step, values)] = package.runs[0].points
    pixels, caption = values["validation/pictures"]
    assert step == 5 and caption == PICTURES
    assert pixels.shape == (2 * 4, 3 * 4, 3) and pixels.dtype == np.uint8
    assert pixels[4, 8].tolist() == (rows[1, 2, :, 0, 0] * 255).round().int().tolist()


def test_a_run_that_does_not_begin_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: FakePackage
) -> None:
    def refuse(**given: Any) -> None:
        raise ConnectionError("no account\nand more")

    monkeypatch.setattr(package, "init", refuse)
    with pytest.raises(ModelError, match=f"{package.__name__} to begin the run .* but got: no account$"):
        open_board(package.__name__, tmp_path, 0, {})


def test_trackio_itself(tmp_path: Path) -> None:
    """In a process of its own: trackio reads where to write when it is imported."""
    pytest.importorskip("trackio", reason="needs the extra trackio")
    code = (
        "import sys, pathlib, torch; from model.training.board import open_board;"
        "board = open_board('trackio', pathlib.Path(sys.argv[1]), 0, {'steps': 2});"
        "board.scalars('loss', 1, {'total': 0.5}); board.pictures(1, torch.rand(2, 3, 3, 8, 8)); board.close();"
        "from trackio.sqlite_storage import SQLiteStorage;"
        "[run] = SQLiteStorage.get_runs('feed-model'); print(SQLiteStorage.get_logs('feed-model', run))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=os.environ | {"TRACKIO_DIR": str(tmp_path / "trackio")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "'loss/total': 0.5" in done.stdout and "trackio.image" in done.stdout


@pytest.mark.parametrize("tracker", TRACKERS)
def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tracker: str) -> None:
    monkeypatch.setattr(board, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=rf"not installed; pip install 'feed-benchmark\[{tracker}\]'"):
        check_installed(tracker)


def test_a_tracker_that_is_none() -> None:
    with pytest.raises(ModelError, match="among tensorboard, trackio, wandb but got 'mlflow'"):
        check_installed("mlflow")
