"""Training against two critics: exact resume, five steps to one, who learns when, what is watched, what it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.speech.clips import SUFFIX, Origin, write_clip
from model.speech.head_motion.config import CriticSizes
from model.speech.head_motion.critics import seen_by
from model.speech.head_motion.data import MotionClips
from model.speech.head_motion.generator import HeadMotion
from model.speech.head_motion.recipe import HeadMotionRecipe
from model.speech.head_motion.rotation import identity_pose
from model.speech.head_motion.training_config import HeadMotionTraining, MotionSchedule, read_config
from model.training.checks import cost_of, differing, resume_differences
from model.training.trainer import Trainer
from scripts.head_motion_parts.nearness import RandomWalk, compared, constant
from scripts.head_motion_parts.planted import clip, write_nodding

Make = Callable[..., HeadMotionRecipe]


@pytest.mark.usefixtures("one_thread")
def test_stopped_after_any_step_a_run_ends_with_the_same_bits(make_recipe: Make, tmp_path: Path) -> None:
    """Generator, both critics, three optimisers and the average."""
    assert resume_differences(make_recipe, tmp_path, steps=3) == {1: [], 2: []}


@pytest.mark.usefixtures("one_thread")
def test_what_a_checkpoint_holds_and_that_batches_ahead_change_nothing(make_recipe: Make, tmp_path: Path) -> None:
    whole = Trainer(make_recipe(), tmp_path / "whole")
    whole.run(until=2)
    state = whole.state()
    assert state["modules"].keys() == state["optimisers"].keys() == {"model", "local", "global"}
    assert all(optimiser["state"] for optimiser in state["optimisers"].values())
    ahead = Trainer(make_recipe(workers=1), tmp_path / "ahead")
    ahead.run(until=2)
    assert not differing(whole, ahead)
    exported = HeadMotion.from_pretrained(tmp_path / "whole" / "export")
    assert exported.provenance["step"] == 2 and exported.provenance["people"] == 8


def test_critics_take_five_steps_to_one_of_the_generator(make_recipe: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MotionSchedule().critic_steps == 5 and MotionSchedule().penalty == 10
    recipe = make_recipe(critic_steps=5)
    steps = dict.fromkeys(recipe.optimisers, 0)
    for name, optimiser in recipe.optimisers.items():

        def count(*_: object, name: str = name) -> None:
            steps[name] += 1

        optimiser.register_step_post_hook(count)
    drawn = []
    batch = recipe.clips.batch
    monkeypatch.setattr(recipe.clips, "batch", lambda *at: drawn.append(at[1:3]) or batch(*at))
    recipe.update(7)
    assert steps == {"model": 1, "local": 5, "global": 5}
    assert drawn == [(7, part) for part in range(6)]  # each on windows of its own


def values(module: torch.nn.Module) -> list[Tensor]:
    return [value.detach().clone() for value in module.parameters()]


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_each_learns_from_its_own_loss_alone(make_recipe: Make) -> None:
    recipe = make_recipe()
    critics, generator = list(recipe.critics.values()), recipe.model
    before = values(generator), [values(critic) for critic in critics]
    batch = recipe._drawn(0, 0)
    recipe._train_critics(batch, *recipe._made([batch]))
    assert same(values(generator), before[0]) and all(value.grad is None for value in generator.parameters())
    assert not any(same(values(critic), old) for critic, old in zip(critics, before[1], strict=True))
    between = [values(critic) for critic in critics]
    recipe._train_generator(recipe._drawn(0, 1))
    assert not same(values(generator), before[0])
    for critic, old in zip(critics, between, strict=True):
        assert same(values(critic), old)
        assert all(value.grad is None and value.requires_grad for value in critic.parameters())


def test_rates_fall_along_a_line(make_recipe: Make) -> None:
    recipe = make_recipe(lr=1e-3, critic_lr=2e-3)
    recipe.update(15)  # of 20
    rates = {name: optimiser.param_groups[0]["lr"] for name, optimiser in recipe.optimisers.items()}
    assert rates == {"model": pytest.approx(2.5e-4), "local": pytest.approx(5e-4), "global": pytest.approx(5e-4)}


def test_speeds_are_in_units_of_the_clips(make_recipe: Make) -> None:
    recipe = make_recipe()
    assert recipe.speed is not None
    tracks = [recipe.model.in_spreads(recipe.clips.track(number)) for number in range(8)]
    steps = torch.cat([seen_by(track[None], recipe.speed)[0, 1:, 9:] for track in tracks])
    torch.testing.assert_close(steps[:, :6].square().mean().sqrt(), torch.tensor(1.0))
    torch.testing.assert_close(steps[:, 6:].square().mean().sqrt(), torch.tensor(1.0))


def test_numbers_of_a_step(make_recipe: Make) -> None:
    found = make_recipe().update(0)
    names = {"rotation", "translation", "smooth", "adversarial", "total", "local", "global", "data_wait_s"}
    assert found.keys() == names and all(value.isfinite() for value in found.values())
    assert "local" in str(cost_of(make_recipe(), 0))


def test_what_is_watched_is_always_the_same(make_recipe: Make) -> None:
    recipe = make_recipe()
    model = recipe.model.eval()
    found = recipe.watch(model)
    assert found == recipe.watch(model) and found.keys() == {"l1", "speed_ratio"}
    assert found["l1"] > 0 and 0 <= found["speed_ratio"] < 0.5  # nearly at rest


def test_windows_are_functions_of_their_numbers(nodding: Path) -> None:
    clips = MotionClips(nodding, 24)
    one, again = (clips.batch(3, 5, 1, 6, 4) for _ in range(2))
    assert torch.equal(one.features, again.features) and torch.equal(one.noise, again.noise)
    for other in (clips.batch(4, 5, 1, 6, 4), clips.batch(3, 6, 1, 6, 4), clips.batch(3, 5, 2, 6, 4)):
        assert not torch.equal(one.track, other.track)
    assert one.features.shape == (6, 24, 12) and one.track.shape == (6, 24, 9) and one.noise.shape == (6, 24, 4)
    assert one.share.min() >= 0 and one.share.max() <= 1


def test_each_clip_is_against_its_own_rest_pose(nodding: Path) -> None:
    clips = MotionClips(nodding, 24)
    for number in range(3):
        track = clips.track(number)
        assert (track - identity_pose()).abs().amax(dim=1).min() < 1e-6
        assert (track.median(dim=0).values - identity_pose()).abs().max() < 0.05
        assert torch.equal(clips.whole(number)[1], track) and len(clips.whole(number)[0]) == len(track)


def test_every_window_is_drawn(tmp_path: Path) -> None:
    """Longer clips have more of them."""
    for number, frames in enumerate((24, 31)):
        write_clip(tmp_path / f"{number}{SUFFIX}", clip(number, frames))
    clips = MotionClips(tmp_path, 24)
    drawn = clips.batch(0, 0, 0, 400, 2).track
    assert len({tuple(window.flatten().tolist()) for window in drawn}) == 1 + 8


def test_settings_that_make_no_sense(nodding: Path) -> None:
    with pytest.raises(ModelError, match="at least 8 frames, which the local critic sees, but got 7"):
        HeadMotionTraining(schedule=MotionSchedule(clip_frames=7))
    for changes in ({"lr": 1.0}, {"beta2": -0.1}, {"penalty": -1.0}, {"critic_steps": 0}, {"steps": 2.5}):
        with pytest.raises(ModelError, match=f"expected .*{next(iter(changes))}"):
            MotionSchedule(**changes)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="at least 100 frames"):
        MotionClips(nodding, 100)


def test_clips_decide_what_the_features_are(nodding: Path, tmp_path: Path) -> None:
    config = HeadMotionTraining(schedule=MotionSchedule(clip_frames=24), critics=CriticSizes(width=8))
    given, clips = clip(0, 40), MotionClips(nodding, 24)
    assert given.pose is not None
    sizes = HeadMotionRecipe(config, clips).model.config
    assert (sizes.feature_dim, sizes.fps, sizes.audio_features) == (12, 25, "planted energy")
    for name, other, message in (
        ("narrow", replace(given, features=given.features[:, :5]), "'feature_dim': 5"),
        ("fast", replace(given, fps=30), "'fps': 30"),
        ("unsaid", replace(given, origin=Origin()), "expected clips that say what made their features"),
    ):
        (tmp_path / name).mkdir()
        write_clip(tmp_path / name / f"0{SUFFIX}", other)
        with pytest.raises(ModelError, match=message):
            HeadMotionRecipe(config, clips, MotionClips(tmp_path / name, 24))
    for name in ("feature_dim", "fps", "audio_features"):
        with pytest.raises(ModelError, match=f"expected no {name} under"):
            HeadMotionTraining({name: 12})


@pytest.mark.usefixtures("one_thread")
def test_a_few_steps_bring_the_spectrum_nearer_than_no_motion_and_motion_without_a_law(tmp_path: Path) -> None:
    """Of people who were not trained on; scripts/ablation_head_motion.py trains for longer, and measures more."""
    frames = 150
    for name, people in (("train", range(24)), ("held-out", range(900, 908))):
        (tmp_path / name).mkdir()
        write_nodding(tmp_path / name, people, frames)
    config = read_config("head_motion_mini")
    recipe = HeadMotionRecipe(config, MotionClips(tmp_path / "train", config.schedule.clip_frames))
    trainer = Trainer(recipe, tmp_path / "run")
    trainer.run(until=90)
    model, others = trainer.averaged_model(), MotionClips(tmp_path / "held-out", frames)
    heard, truths = zip(*(others.whole(number) for number in range(8)), strict=True)
    walk = RandomWalk.of([recipe.clips.track(number) for number in range(24)])
    found = compared(
        {
            "made": lambda n: model.sample(heard[n], seed=n),
            "constant": lambda n: constant(truths[n]),
            "walk": lambda n: walk.track(frames, seed=n),
        },
        truths,
    )
    spectrum = {name: np.mean([one.spectrum for one in row]) for name, row in found.items()}
    velocity = {name: np.mean([one.velocity for one in row]) for name, row in found.items()}
    assert spectrum["made"] < 0.95 * min(spectrum["constant"], spectrum["walk"])
    assert velocity["made"] < 0.7 * velocity["constant"]
    other = model.sample(heard[0], seed=99)
    assert torch.equal(model.sample(heard[0], seed=0), model.sample(heard[0], seed=0))
    assert (other - model.sample(heard[0], seed=0)).abs().mean() > 0.1 * model.spread.min()
