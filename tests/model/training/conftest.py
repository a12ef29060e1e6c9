from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.networks.config import PRESETS, ModelConfig
from model.training.losses import vgg
from model.training.losses.perceptual import FaceLoss, GazeLoss, ImageLoss
from model.training.losses.total import LossWeights
from model.training.pairs import PairSampler
from model.training.paper import PaperRecipe
from model.training.paper_config import PaperConfig, Rules, Schedule
from model.training.paper_networks import PerceptualLosses
from tests.model.training.stubs import Corpus


@pytest.fixture
def one_thread() -> Iterator[None]:
    """With several threads, PyTorch adds up gradients in another order each time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def rendered_set(tmp_path: Path) -> Path:
    """Eight people x six states of 32 px, each person in one colour with a little noise; pairs share their states."""
    rng = np.random.default_rng(0)
    data = tmp_path / "set"
    data.mkdir()
    for person in range(8):
        states = 6
        if person % 2 == 0:
            coefficients = rng.random((states, 5)).astype(np.float32)
        np.savez(
            data / f"{person:05d}.npz",
            images=(rng.integers(40, 200, 3) + rng.integers(0, 30, (states, 32, 32, 3))).astype(np.uint8),
            rotation=np.tile(np.eye(3, dtype=np.float32), (states, 1, 1)),
            translation=rng.normal(0, 0.05, (states, 3)).astype(np.float32),
            scale=np.ones(states, np.float32),
            parts=(rng.random((states, 32, 32)) < 0.7).astype(np.uint8),
            coefficients=coefficients,
            tongue=np.zeros((states, 4), np.float32),
            gaze_deg=np.zeros((states, 2), np.float32),
            landmarks478=rng.uniform(-0.5, 0.5, (states, 478, 2)).astype(np.float32),
            points=rng.uniform(-0.4, 0.4, (states, 478, 3)).astype(np.float32),
            rest_points=rng.uniform(-0.4, 0.4, (478, 3)).astype(np.float32),
        )
    return data


@pytest.fixture
def tiny_preset(tiny_config: ModelConfig, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    return "tiny"


@pytest.fixture
def perceptual(monkeypatch: pytest.MonkeyPatch) -> PerceptualLosses:
    """Random networks of a few channels."""
    monkeypatch.setattr(vgg, "STAGE_CHANNELS", (3, 3, 3, 3, 3))
    monkeypatch.setattr("model.training.losses.perceptual.FACE_PX", (32, 16))
    torch.manual_seed(0)
    networks = [vgg.VggTaps("vgg16").eval().requires_grad_(False) for _ in range(4)]
    gaze = GazeLoss(vgg.GazeTaps(networks[2], networks[3]))
    return PerceptualLosses(ImageLoss(networks[0], scales=2), FaceLoss(networks[1]), gaze)


@pytest.fixture
def make_recipe(
    tiny_config: ModelConfig, monkeypatch: pytest.MonkeyPatch, perceptual: PerceptualLosses
) -> Callable[..., PaperRecipe]:
    paper_graph = dataclasses.replace(
        tiny_config, warp_basis=0, canonical_residual=False, texture_path=False, decoder_adaptive=False, z_dropout=0.2,
        z_dropout_last=True,
    )  # fmt: skip
    monkeypatch.setitem(PRESETS, "tiny", paper_graph)

    def make(
        rules: dict[str, Any] | None = None, without: tuple[str, ...] = (), workers: int = 0, **changes: Any
    ) -> PaperRecipe:
        config = PaperConfig(
            {"preset": "tiny"},
            LossWeights(),
            Rules(**({"dis_channels": 2} | (rules or {}))),
            Schedule(**({"steps": 40, "batch": 2} | changes)),
            without,
        )
        schedule, pose_pairs = config.schedule, config.rules.pose_pairs
        sizes = schedule.batch, schedule.micro_batch, schedule.seed
        sampler = PairSampler(Corpus("VC2"), Corpus("FEED"), "paper", *sizes, pose_pairs)
        chosen = {name: None if name in without else getattr(perceptual, name) for name in ("image", "face", "gaze")}
        return PaperRecipe(config, sampler, PerceptualLosses(**chosen), workers=workers)

    return make
