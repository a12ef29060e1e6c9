from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from model.speech.head_motion.config import CriticSizes, HeadMotionConfig
from model.speech.head_motion.data import MotionClips
from model.speech.head_motion.recipe import HeadMotionRecipe
from model.speech.head_motion.training_config import FROM_CLIPS, HeadMotionTraining, MotionSchedule
from scripts.head_motion_parts.planted import write_nodding

TINY = HeadMotionConfig(
    feature_dim=4, noise_dim=4, width=16, heads=2, layers=1, window_frames=6, decoder_blocks=1, decoder_kernel=3
)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """With several threads, PyTorch adds up gradients in another order each time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def nodding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips of heads that nod with the sound's energy."""
    return write_nodding(tmp_path_factory.mktemp("nodding"), range(8), frames=90)


@pytest.fixture
def make_recipe(nodding: Path) -> Callable[..., HeadMotionRecipe]:
    def make(workers: int = 0, **changes: Any) -> HeadMotionRecipe:
        schedule = MotionSchedule(
            **({"steps": 20, "batch": 3, "clip_frames": 24, "critic_steps": 2, "ema_decay": 0.9} | changes)
        )
        sizes = {name: value for name, value in TINY.to_dict().items() if name not in FROM_CLIPS}
        config = HeadMotionTraining(sizes, CriticSizes(width=8, blocks=1), schedule=schedule)
        return HeadMotionRecipe(config, MotionClips(nodding, schedule.clip_frames), workers=workers)

    return make
