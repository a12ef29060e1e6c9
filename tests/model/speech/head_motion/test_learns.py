"""A few cheap steps bring generated motion nearer to people's than no motion and than motion without a law."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.speech.head_motion.data import MotionClips
from model.speech.head_motion.recipe import HeadMotionRecipe
from model.speech.head_motion.training_config import read_config
from model.training.trainer import Trainer
from scripts.head_motion_parts.nearness import RandomWalk, compared, constant
from scripts.head_motion_parts.planted import write_nodding

STEPS, FRAMES = 90, 150


@pytest.mark.usefixtures("one_thread")
def test_spectrum_after_a_few_steps(tmp_path: Path) -> None:
    """Of people who were not trained on; scripts/ablation_head_motion.py trains for longer, and measures more."""
    for name, people in (("train", range(24)), ("held-out", range(900, 908))):
        (tmp_path / name).mkdir()
        write_nodding(tmp_path / name, people, FRAMES)
    config = read_config("head_motion_mini")
    recipe = HeadMotionRecipe(config, MotionClips(tmp_path / "train", config.schedule.clip_frames))
    trainer = Trainer(recipe, tmp_path / "run")
    trainer.run(until=STEPS)
    model, others = trainer.averaged_model(), MotionClips(tmp_path / "held-out", FRAMES)
    heard, truths = zip(*(others.whole(number) for number in range(8)), strict=True)
    walk = RandomWalk.of([recipe.clips.track(number) for number in range(24)])
    found = compared(
        {
            "made": lambda n: model.sample(heard[n], seed=n),
            "constant": lambda n: constant(truths[n]),
            "walk": lambda n: walk.track(FRAMES, seed=n),
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
