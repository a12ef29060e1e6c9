"""The trainer on the paper's recipe: exact resume, NaN, validation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.checkpoints import Checkpoints
from model.training.checks import cost_of, differing, resume_differences
from model.training.latents import latent_spread
from model.training.paper import PaperRecipe
from model.training.randomness import seed_dropout, step_rng
from model.training.recipe import NotFinite, descend
from model.training.trainer import Trainer

Make = Callable[..., PaperRecipe]


@pytest.mark.usefixtures("one_thread")
def test_stopped_after_any_step_a_run_ends_with_the_same_bits(make_recipe: Make, tmp_path: Path) -> None:
    """Generator, discriminator, both optimisers and the average; dropout and mixed batches included."""
    assert resume_differences(lambda: make_recipe(ema_decay=0.9), tmp_path, steps=3) == {1: [], 2: []}


@pytest.mark.usefixtures("one_thread")
def test_batches_made_ahead_change_nothing(make_recipe: Make, tmp_path: Path) -> None:
    """Stopped with two workers, gone on with one, against none."""
    whole = Trainer(make_recipe(steps=3), tmp_path / "whole")
    whole.run()
    for workers, until in ((2, 1), (1, 3)):
        trainer = Trainer(make_recipe(workers=workers, steps=3), tmp_path / "stopped")
        trainer.run(until=until)
    assert not differing(whole, trainer)


@pytest.mark.usefixtures("one_thread")
def test_killed_in_the_middle_a_run_goes_on_to_the_same_bits(make_recipe: Make, tmp_path: Path) -> None:
    """By SIGKILL, with workers; scripts/check_training_resume.py does it often, and with several processes."""
    whole = Trainer(make_recipe(steps=4), tmp_path / "whole")
    whole.run()
    out = tmp_path / "killed"

    def validate(model: EMOPortraits, step: int) -> dict[str, float]:
        time.sleep(600)  # however late the kill comes, it finds the training in its second step
        return {}

    def train() -> None:
        recipe = make_recipe(steps=4, workers=1)
        Trainer(recipe, out, save_every_s=0, validate=validate, validate_every=2).run()

    child = get_context("fork").Process(target=train)
    child.start()
    while not Checkpoints(out).paths():
        assert child.is_alive()
        time.sleep(0.002)
    child.kill()
    child.join()
    resumed = Trainer(make_recipe(steps=4), out)
    assert resumed.step == 1
    resumed.run()
    assert not differing(whole, resumed)


@pytest.mark.usefixtures("one_thread")
def test_a_difference_is_found(make_recipe: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a recipe that draws from the global generator as it finds it."""
    monkeypatch.setattr("model.training.paper.seed_dropout", lambda *_: None)
    found = resume_differences(make_recipe, tmp_path, steps=2)
    assert any("motion_encoder" in name for name in found[1])


def test_random_numbers_are_functions_of_seed_step_and_sample() -> None:
    draws = {
        key: step_rng(*key).integers(2**60) for key in ((0, 0), (0, 1), (1, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0, 1))
    }
    assert len(set(draws.values())) == len(draws)
    assert step_rng(0, 1).integers(2**60) == draws[0, 1]
    dropout = []
    for seed, step in ((0, 1), (0, 1), (0, 2), (1, 1)):
        seed_dropout(seed, step)
        dropout.append(torch.rand(()).item())
    assert dropout[0] == dropout[1] and len(set(dropout)) == 3


class Broken:
    """A recipe whose loss is NaN at one step."""

    def __init__(self, recipe: PaperRecipe, at: int) -> None:
        self.recipe, self.at = recipe, at
        self.model, self.modules, self.optimisers = recipe.model, recipe.modules, recipe.optimisers
        self.total_steps, self.ema_decay = recipe.total_steps, recipe.ema_decay
        self.settings, self.provenance, self.watch = recipe.settings, recipe.provenance, recipe.watch

    def update(self, step: int) -> dict[str, Tensor]:
        if step == self.at:
            bad = {"cos": torch.tensor(float("nan")), "sdm": torch.tensor(1.0), "total": torch.tensor(float("nan"))}
            descend(self.optimisers["generator"], self.recipe.trained, bad)
        return self.recipe.update(step)


def test_nan_stops_with_the_last_good_checkpoint_kept(make_recipe: Make, tmp_path: Path) -> None:
    trainer = Trainer(Broken(make_recipe(steps=3), at=2), tmp_path)
    trainer.run(until=1)
    good = trainer.checkpoints.path(1).read_bytes()
    message = r"step 2: expected finite losses but got cos nan, total nan; the last good checkpoint is .*-00000001\.pt"
    with pytest.raises(ModelError, match=message):
        trainer.run()
    assert trainer.checkpoints.path(1).read_bytes() == good
    assert all(value.isfinite().all() for value in trainer.recipe.model.state_dict().values())
    assert Trainer(make_recipe(steps=3), tmp_path).step == 1


def test_nan_before_any_checkpoint(make_recipe: Make, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no checkpoint was written yet"):
        Trainer(Broken(make_recipe(), at=0), tmp_path).run()
    assert not list(tmp_path.glob("*.pt"))


def test_gradients_that_are_not_finite_change_nothing() -> None:
    weight = torch.nn.Parameter(torch.zeros(2))
    optimiser = torch.optim.AdamW([weight], lr=0.1)
    loss = (weight.sum() * 0).sqrt()  # 0, with an infinite slope
    loss.backward()
    with pytest.raises(NotFinite, match="expected finite gradients but their norm is nan"):
        descend(optimiser, [weight], {"total": loss})
    assert torch.equal(weight, torch.zeros(2)) and not optimiser.state


def test_other_settings_are_refused(make_recipe: Make, tmp_path: Path) -> None:
    Trainer(make_recipe(), tmp_path).save()
    with pytest.raises(ModelError, match="expected the settings of the run in .* but schedule .*; name another"):
        Trainer(make_recipe(lr=1e-3), tmp_path)


def test_validation_sees_averaged_weights_and_its_values_are_kept(make_recipe: Make, tmp_path: Path) -> None:
    seen = []

    def validate(model: EMOPortraits, step: int) -> dict[str, float]:
        assert not model.training
        seen.append((step, next(iter(model.state_dict().values())).clone()))
        torch.rand(3)  # what it draws does not reach the training
        return {"outside": step / 10}

    plain = Trainer(make_recipe(steps=3), tmp_path / "plain")
    plain.run()
    trainer = Trainer(make_recipe(steps=3), tmp_path / "validated", validate=validate, validate_every=2)
    trainer.run()
    rows = [json.loads(line) for line in (tmp_path / "validated" / "validation.jsonl").read_text().splitlines()]
    assert [(row["step"], row["outside"]) for row in rows] == [(2, 0.2), (3, 0.3)] and [s for s, _ in seen] == [2, 3]
    assert all(9 / 16 <= row["auc_z"] <= 1 and 1 <= row["components_99"] <= 8 for row in rows)  # of 8 dimensions
    for name, value in plain.average.items():
        torch.testing.assert_close(trainer.average[name], value, atol=0, rtol=1e-4)
    assert torch.equal(seen[-1][1], next(iter(trainer.average.values())))


def test_cost_counts_and_times(make_recipe: Make) -> None:
    recipe = make_recipe()
    counted = cost_of(recipe, 0)
    assert sum(counted.parameters.values()) == sum(p.numel() for m in recipe.modules.values() for p in m.parameters())
    values = [sum(p.numel() for p in module.parameters()) for module in recipe.modules.values()]
    trained = sum(p.numel() for p in recipe.trained) + values[1]
    assert counted.weights_mib == 4 * (values[0] + sum(values) + 3 * trained) / 2**20
    assert counted.steps == 40 and counted.s_per_step is None and "h in all" not in str(counted)
    timed = cost_of(recipe, 1)
    assert timed.s_per_step and timed.peak_mib and timed.peak_mib > timed.weights_mib
    assert "s a step" in str(timed) and "motion_encoder" in str(timed)


def test_spread_of_latents() -> None:
    """Isotropic: (d + 1) / 2d and every component; one direction: 1 and one; a constant z: a warning instead."""
    z = torch.linalg.qr(torch.randn(64, 5) - torch.randn(64, 5).mean(0))[0]
    z = torch.linalg.qr(torch.cat([torch.ones(64, 1), z], dim=1))[0][:, 1:]  # orthogonal and without mean
    assert latent_spread(z) == {"auc_z": pytest.approx(6 / 10), "components_99": 5}
    assert latent_spread(z[:, :1].expand(-1, 5)) == {"auc_z": pytest.approx(1.0), "components_99": 1}
    assert latent_spread(torch.ones(64, 5)) == {}


def test_what_is_watched_is_not_trained_on_and_always_the_same(make_recipe: Make) -> None:
    recipe = make_recipe()
    model = recipe.model.eval()
    assert recipe.watch(model) == recipe.watch(model)
