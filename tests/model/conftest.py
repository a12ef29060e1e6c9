from __future__ import annotations

import dataclasses

import pytest
import torch

from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits


@pytest.fixture(autouse=True)
def _same_random_numbers_every_time() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def tiny_config() -> ModelConfig:
    """A model small enough for unit tests: 32 px, volume 8 x 4 x 16 x 16."""
    return dataclasses.replace(
        PRESETS["emoportraits-mini"],
        image_size_px=32, volume_size=16, volume_depth=4, volume_channels=8, encoder_channels=(8, 16),
        identity_width=8, identity_image_px=32, motion_crop_px=32, motion_width=8, pose_image_px=32, pose_width=8,
        z_dim=8, embed_channels=16, warp_channels=(8, 8), unet_channels=(8, 8, 16), decoder_channels=16,
        decoder_blocks=1, decoder_image_channels=(8,), norm_groups=4,
    )  # fmt: skip


@pytest.fixture
def tiny_model(tiny_config: ModelConfig) -> EMOPortraits:
    torch.manual_seed(0)
    return EMOPortraits(tiny_config).eval()
